"""Ending a long computation between two of its layers, where nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class GivenUp(Exception):
    """A computation through watched networks was ended before its result; it has changed no weight."""


def give_up_when(asked: Callable[[], bool], *networks: nn.Module) -> None:
    """From here on end passes through the networks, forward and back, at the next layer, when that is asked for.

    asked: looked at before every layer. What a pass computes is the same with and without. A pass that is asked to end
    raises GivenUp, whatever called it: `network(...)`, or `torch.autograd.grad`.
    """

    def look() -> None:
        if asked():
            raise GivenUp

    def before(layer: nn.Module, inputs: object) -> None:
        look()

    def after(layer: nn.Module, inputs: object, output: object) -> None:
        # Gradients come back through the output first, also where none of the layer's own weights is asked for.
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: look())

    for network in networks:
        for layer in network.modules():
            layer.register_forward_pre_hook(before)
            layer.register_forward_hook(after)
