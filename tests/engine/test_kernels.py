"""The Triton kernels beside what they stand for: on a GPU where there is one, else through Triton's interpreter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.engine.alignment import _visited_phonemes
from coaxial.engine.unfolding import Layer, cotangents, unfold
from coaxial.engine.vits.wavenet import SeparableConvolutions, WaveNet
from piper_reference import plain_alignment

pytest.importorskip("triton", reason="Triton is not installed: CPU builds of torch come without it")

from coaxial.engine.kernels import alignment as alignment_kernel
from coaxial.engine.kernels import unfolding as unfolding_kernels
from coaxial.engine.separable_by_hand import separable_by_hand
from coaxial.engine.wavenet_by_hand import wavenet_by_hand

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Layers of the judges with fewer channels, the blocks that their input lies in, and its positions.
GEOMETRIES = {
    "one channel, of samples": (Layer(1, 1, 8, 15, 1, 7, 1.0), 1, 51),
    "one channel, of a period": (Layer(1, 1, 8, 5, 3, 2, 1.0), 1, 41),
    "strided": (Layer(1, 32, 16, 5, 3, 2, 0.1), 1, 37),
    "groups of one block": (Layer(4, 16, 64, 41, 4, 20, 0.1), 1, 53),
    "a block for each group": (Layer(4, 16, 64, 41, 4, 20, 0.1), 4, 53),
    "several groups in a block": (Layer(4, 16, 64, 41, 4, 20, 0.1), 2, 53),
    "groups as wide as blocks": (Layer(2, 64, 64, 41, 4, 20, 0.1), 2, 33),
    "wider than a block": (Layer(1, 256, 64, 5, 1, 2, 0.1), 4, 17),
    "scores": (Layer(1, 64, 8, 3, 1, 1, 0.1), 1, 9),
}
geometries = pytest.mark.parametrize(("layer", "blocks", "positions"), GEOMETRIES.values(), ids=list(GEOMETRIES))


@pytest.fixture(autouse=True)
def exact(exact_products: None) -> None:
    """No product of any of these tests is rounded to TF32."""


def normal(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def visited(likelihood: Tensor, phonemes: Tensor, frames: Tensor) -> Tensor:
    found = alignment_kernel.visited_phonemes(likelihood.to(DEVICE), phonemes.to(DEVICE), frames.to(DEVICE))
    return found.cpu().long()


def test_lengths_may_lie_apart() -> None:
    likelihood, together = normal(3, 12, 5), torch.tensor([[5, 12], [2, 9], [1, 4]])
    phonemes, frames = together.unbind(1)
    assert torch.equal(visited(likelihood, phonemes, frames), _visited_phonemes(likelihood, phonemes, frames))


@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0], ids=["ties", "close", "far"])
def test_the_alignment_is_the_textbook_recursion_s(scale: float) -> None:
    # Fewer phonemes than frames, one phoneme, and as many as frames.
    lengths = torch.tensor([21, 7, 1, 20]), torch.tensor([40, 25, 9, 20])
    likelihood = scale * normal(4, 40, 21) - 200
    found = visited(likelihood, *lengths)
    assert torch.equal(found, _visited_phonemes(likelihood, *lengths))
    for row, (phonemes, frames) in enumerate(zip(*(column.tolist() for column in lengths), strict=True)):
        assert found[row, :frames].tolist() == plain_alignment(likelihood[row].numpy(), phonemes, frames).tolist()
        assert (found[row, frames:] == -1).all()


def test_the_alignment_takes_likelihoods_as_a_product_leaves_them() -> None:
    lengths = torch.tensor([5, 3]), torch.tensor([11, 12])
    turned = normal(2, 5, 12).transpose(1, 2)
    assert torch.equal(visited(turned, *lengths), visited(turned.contiguous(), *lengths))


@geometries
def test_windows_are_their_twin_s(layer: Layer, blocks: int, positions: int) -> None:
    x = normal(blocks, 3, positions, layer.groups * layer.inputs // blocks)
    assert torch.equal(unfolding_kernels.unfold(x.to(DEVICE), layer).cpu(), unfold(x, layer))


@geometries
def test_cotangents_are_their_twin_s(layer: Layer, blocks: int, positions: int) -> None:
    x = normal(blocks, 4, positions, layer.groups * layer.inputs // blocks)
    windows = normal(layer.groups, 6 * layer.length(positions), layer.taps, seed=1)
    gradients, distance = unfolding_kernels.cotangents(
        x.to(DEVICE), windows.to(DEVICE), layer, torch.tensor(0.3, device=DEVICE)
    )
    expected, expected_distance = cotangents(x, windows, layer, torch.tensor(0.3))
    torch.testing.assert_close(gradients.cpu(), expected)
    torch.testing.assert_close(distance.cpu(), expected_distance)


def test_a_single_sequence_is_cut_and_judged_as_many_are() -> None:
    # One sequence of one position: sizes of 1, which Triton treats apart.
    layer = Layer(1, 4, 8, 3, 1, 1, 0.1)
    for positions in (1, 5):
        x = normal(1, 2, positions, 4)
        windows = normal(1, 3 * layer.length(positions), layer.taps, seed=1)
        pull = torch.tensor(0.3)
        gradients, distance = unfolding_kernels.cotangents(x.to(DEVICE), windows.to(DEVICE), layer, pull.to(DEVICE))
        expected, expected_distance = cotangents(x, windows, layer, pull)
        torch.testing.assert_close(gradients.cpu(), expected)
        torch.testing.assert_close(distance.cpu(), expected_distance)


@pytest.fixture
def mask() -> Tensor:
    """Of two sequences, one shorter than the other."""
    return (torch.arange(11) < torch.tensor([11, 7])[:, None]).float()[:, None]


@pytest.mark.parametrize("condition_channels", [0, 24], ids=["one speaker", "several speakers"])
def test_a_wavenet_by_hand_is_what_torch_differentiates(mask: Tensor, condition_channels: int) -> None:
    network = with_random_biases(WaveNet(32, 5, 3, condition_channels))
    inputs = [normal(2, 32, 11) * mask]
    if condition_channels:
        inputs.append(normal(2, condition_channels, 1, seed=2))
    # The network's own forward is by hand on a GPU, so torch differentiates it on the CPU.
    expected = differentiated(lambda x, condition=None: network(x, mask, condition), network, inputs)
    moved, seen = copy.deepcopy(network).to(DEVICE), mask.to(DEVICE)
    found = differentiated(lambda x, condition=None: wavenet_by_hand(moved, x, seen, condition), moved, inputs)
    assert_same(found, expected)


class Given(nn.Module):
    """Dropout whose choice is known: keep is (layers, B, C, P), one layer after the other."""

    def __init__(self, keep: Tensor) -> None:
        super().__init__()
        self._keep = iter(keep)

    def forward(self, x: Tensor) -> Tensor:
        return x * next(self._keep)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_separable_convolutions_by_hand_are_what_torch_differentiates(mask: Tensor, dropout: float) -> None:
    network = with_random_biases(SeparableConvolutions(24, 3, 3, dropout))
    moved, seen = copy.deepcopy(network).to(DEVICE), mask.to(DEVICE)
    torch.manual_seed(7)
    keep = F.dropout(torch.ones(3, 2 * 11, 24, device=DEVICE), dropout).cpu()
    network.drop = Given(keep.view(3, 2, 11, 24).transpose(2, 3))
    inputs = [normal(2, 24, 11)]
    expected = differentiated(lambda x: network(x, mask), network, inputs)
    torch.manual_seed(7)
    found = differentiated(lambda x: separable_by_hand(moved, x, seen), moved, inputs)
    assert_same(found, expected)


Network = TypeVar("Network", bound=nn.Module)


def with_random_biases(network: Network) -> Network:
    """Biases, scales and offsets other than those that a network begins with."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return network


def differentiated(forward: Callable[..., Tensor], network: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """The result, and the gradients of a weighted sum of it on the inputs and on all parameters; all on the CPU."""
    device = next(network.parameters()).device
    leaves = [value.to(device).requires_grad_() for value in copy.deepcopy(inputs)]
    result = forward(*leaves)
    weighted = result * normal(*result.shape, seed=1).to(device)
    return [
        found.cpu()
        for found in (result.detach(), *torch.autograd.grad(weighted.sum(), [*leaves, *network.parameters()]))
    ]


def assert_same(found: list[Tensor], expected: list[Tensor]) -> None:
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert (ours - theirs).norm() <= 1e-5 * theirs.norm()
