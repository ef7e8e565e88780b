"""The Triton kernels beside what they stand for: on a GPU where there is one, else through Triton's interpreter."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from coaxial.engine.alignment import _visited_phonemes
from coaxial.engine.unfolding import Layer, cotangents, unfold
from coaxial.engine.vits.wavenet import WaveNet
from piper_reference import plain_alignment

pytest.importorskip("triton", reason="Triton is not installed: CPU builds of torch come without it")

from coaxial.engine.kernels import alignment as alignment_kernel
from coaxial.engine.kernels import unfolding as unfolding_kernels
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
    gradients, distance = unfolding_kernels.cotangents(x.to(DEVICE), windows.to(DEVICE), layer, 0.3)
    expected, expected_distance = cotangents(x, windows, layer, 0.3)
    torch.testing.assert_close(gradients.cpu(), expected)
    torch.testing.assert_close(distance.cpu(), expected_distance)


@pytest.mark.parametrize("condition_channels", [0, 24], ids=["one speaker", "several speakers"])
def test_a_wavenet_by_hand_is_what_torch_differentiates(condition_channels: int) -> None:
    torch.manual_seed(0)
    network = WaveNet(32, 5, 3, condition_channels)
    for parameter in network.parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter, 0.0, 0.2)
    mask = (torch.arange(21) < torch.tensor([21, 13])[:, None]).float()[:, None]
    inputs = [normal(2, 32, 21) * mask, *([normal(2, condition_channels, 1)] if condition_channels else [])]
    weight = normal(2, 32, 21, seed=1)

    # The network's own forward is by hand on a GPU, so torch differentiates it on the CPU.
    expected = differentiated(network.forward, network, inputs, mask, weight)
    moved = copy.deepcopy(network).to(DEVICE)
    found = differentiated(
        lambda *given: wavenet_by_hand(moved, *given),
        moved,
        [value.to(DEVICE) for value in inputs],
        mask.to(DEVICE),
        weight.to(DEVICE),
    )
    torch.testing.assert_close(found[0].cpu(), expected[0], rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert (ours.cpu() - theirs).norm() <= 1e-5 * theirs.norm()


def differentiated(forward, network: WaveNet, inputs: list[Tensor], mask: Tensor, weight: Tensor) -> list[Tensor]:
    """The result, and the gradients of its weighted sum on the inputs and on all parameters."""
    x, *condition = leaves = [value.detach().requires_grad_() for value in inputs]
    result = forward(x, mask, condition[0] if condition else None)
    gradients = torch.autograd.grad((result * weight).sum(), [*leaves, *network.parameters()])
    return [result.detach(), *gradients]
