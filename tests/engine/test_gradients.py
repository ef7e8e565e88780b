"""Gradients that are added in one operation are those that torch adds one by one."""

from __future__ import annotations

import copy

import torch
from torch import nn

from coaxial.engine.gradients import FlatGradients, add_gradients


def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv1d(3, 4, 1), nn.GroupNorm(2, 4), nn.Conv1d(4, 2, 3), nn.Linear(6, 5))
    layers.unused = nn.Parameter(torch.ones(3))
    return layers


def test_they_are_torch_s_own_twice_over():
    ours, theirs = network(), network()
    flat = FlatGradients(ours)
    for _ in range(2):
        x = torch.randn(2, 3, 8)
        add_gradients(list(ours.parameters()), [ours(x).sum(), ours(2 * x)], [torch.tensor(1.0), torch.ones(2, 2, 5)])
        torch.autograd.backward([theirs(x).sum(), theirs(2 * x)], [torch.tensor(1.0), torch.ones(2, 2, 5)])
    for (name, own), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        if name == "unused":
            assert not own.grad.any() and other.grad is None
        else:
            torch.testing.assert_close(own.grad, other.grad)
            assert own.grad.untyped_storage().data_ptr() == flat.flat.untyped_storage().data_ptr()


def test_where_there_were_none_they_are_tensors_of_their_own():
    x = torch.ones(3, requires_grad=True)
    y = copy.deepcopy(x)
    add_gradients([x, y], (x + y).sum())
    x.grad.add_(1)
    assert x.grad.tolist() == [2, 2, 2] and y.grad.tolist() == [1, 1, 1]
