"""One network's gradients as one buffer, so that they are cleared, measured and summed over GPUs in one operation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_ALIGNMENT = 64
"""Elements: every gradient begins where the widest loads may."""


class FlatGradients:
    """Owns the `.grad` of every parameter of a network; they are views of `flat` and stay where they are.

    A captured graph adds into them at fixed addresses, and micro-batches add up by themselves.
    """

    def __init__(self, network: nn.Module) -> None:
        parameters = list(network.parameters())
        sizes = [-(-parameter.numel() // _ALIGNMENT) * _ALIGNMENT for parameter in parameters]
        self.flat: Tensor = torch.zeros(sum(sizes), device=parameters[0].device)
        """float32, with zeros between the parameters."""
        for parameter, part in zip(parameters, self.flat.split(sizes), strict=True):
            parameter.grad = part[: parameter.numel()].view_as(parameter)

    def clear(self) -> None:
        """Set all gradients to zero."""
        self.flat.zero_()

    def norm(self) -> Tensor:
        """Euclidean length of all gradients together, 0-dim."""
        length: Tensor = torch.linalg.vector_norm(self.flat)
        return length


def add_gradients(
    parameters: Sequence[Tensor], of: Tensor | Sequence[Tensor], gradient: Tensor | Sequence[Tensor] | None = None
) -> None:
    """Add the gradients of what was computed to the parameters' `.grad`; gradient: those on it, 1 if not given.

    torch adds to one parameter after the other, with a thousand launches; here one operation adds to all.
    """
    found = torch.autograd.grad(of, parameters, gradient, allow_unused=True)
    own: list[Tensor] = []
    new: list[Tensor] = []
    for parameter, each in zip(parameters, found, strict=True):
        if each is not None and parameter.grad is None:
            parameter.grad = each.clone(memory_format=torch.contiguous_format)
        elif each is not None and parameter.grad is not None:
            # Flat, because one tensor that lies otherwise than its gradient makes torch add one after the other.
            own.append(parameter.grad.view(-1))
            new.append(each.reshape(-1))
    if own:
        torch._foreach_add_(own, new)
