"""The network on its own: it speaks the same alone and in company, folded and exported, however short the text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from coaxial.domain.quality import HOP_LENGTH, NetworkShape, Quality
from coaxial.engine.vits.attention import by_distance, by_position
from coaxial.engine.vits.batch import Batch, draw_noise
from coaxial.engine.vits.convolution import NormalisedConv1d, NormalisedConvTranspose1d, channels_last, fold_weight_norm
from coaxial.engine.vits.synthesizer import Synthesizer
from piper_reference import random_batch, randomise

SHAPE = NetworkShape.of(Quality.X_LOW, num_speakers=3)


@pytest.fixture(scope="module")
def network() -> Synthesizer:
    torch.manual_seed(3)
    network = Synthesizer(SHAPE).eval().requires_grad_(False)
    randomise(network, seed=1)
    return network


def speak(network: nn.Module, *texts: Tensor, length_scale: float = 1.5) -> Tensor:
    """Audio of a batch of texts, without any noise; the last speaker says them all."""
    lengths = torch.tensor([len(text) for text in texts])
    ids = nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    speakers = torch.full((len(texts),), 2)
    audio: Tensor = network.infer(ids, lengths, 0.0, length_scale, 0.0, speakers)  # type: ignore[operator]
    return audio


def text(phonemes: int) -> Tensor:
    return torch.randint(1, 256, (phonemes,), generator=torch.Generator().manual_seed(phonemes))


def test_texts_of_any_lengths_are_spoken_together_as_alone(network: Synthesizer) -> None:
    texts = [text(phonemes) for phonemes in (1, 23, 2, 7)]
    together = speak(network, *texts)
    for row, alone in enumerate(speak(network, each) for each in texts):
        samples = alone.shape[2]
        assert (together[row, :, :samples] - alone[0]).abs().max() < 1e-5 * alone.abs().max()
        assert not together[row, :, samples:].any()


def test_one_phoneme_is_spoken_whatever_the_scales(network: Synthesizer) -> None:
    for noise, length, rhythm in ((0.0, 1.0, 0.0), (0.667, 1.0, 0.8), (2.0, 0.0, 2.0), (1.0, 4.0, 1.0)):
        audio = network.infer(text(1)[None], torch.tensor([1]), noise, length, rhythm, torch.tensor([0]))
        assert audio.shape[:2] == (1, 1) and audio.shape[2] >= HOP_LENGTH and audio.shape[2] % HOP_LENGTH == 0
        assert torch.isfinite(audio).all() and audio.abs().max() <= 1


def test_speakers_sound_different(network: Synthesizer) -> None:
    ids, lengths = text(5)[None].expand(2, -1), torch.tensor([5, 5])
    first, second = network.infer(ids, lengths, 0.0, 1.0, 0.0, torch.tensor([0, 1]))
    assert not torch.allclose(first, second)


def test_speaking_twice_as_slowly_takes_twice_as_long(network: Synthesizer) -> None:
    slow, fast = speak(network, text(40), length_scale=20.0), speak(network, text(40), length_scale=10.0)
    assert slow.shape[2] == pytest.approx(2 * fast.shape[2], rel=0.1)


def test_folding_weight_norm_leaves_plain_convolutions_and_the_same_voice(network: Synthesizer) -> None:
    folded = fold_weight_norm(network)
    assert not [key for key in folded.state_dict() if key.endswith(("weight_g", "weight_v"))]
    torch.testing.assert_close(speak(folded, text(9)), speak(network, text(9)), rtol=0, atol=1e-6)
    assert any(key.endswith("weight_g") for key in network.state_dict())


class Exported(nn.Module):
    """The network with the inputs of a Piper voice."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, lengths: Tensor, scales: Tensor, speakers: Tensor) -> Tensor:
        infer: Callable[..., Tensor] = self.network.infer  # type: ignore[assignment]
        return infer(ids, lengths, scales[0], scales[1], scales[2], speakers)


@pytest.mark.filterwarnings("ignore")
def test_it_exports_to_opset_15_for_every_length_of_text(network: Synthesizer, tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    inputs = {"input": text(12)[None], "input_lengths": torch.tensor([12]), "scales": torch.tensor([0.0, 1.5, 0.0])}
    inputs["sid"] = torch.tensor([2])
    torch.onnx.export(
        Exported(fold_weight_norm(network)),
        tuple(inputs.values()),
        str(path),
        opset_version=15,
        input_names=list(inputs),
        dynamic_axes={"input": {0: "batch", 1: "phonemes"}, "input_lengths": {0: "batch"}},
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(str(path))
    for phonemes in (1, 2, 5, 12, 60):
        feed: dict[str, Any] = {"input": text(phonemes)[None], "input_lengths": torch.tensor([phonemes])}
        found = session.run(None, {key: value.numpy() for key, value in {**inputs, **feed}.items()})[0]
        expected = speak(network, text(phonemes))
        assert abs(torch.from_numpy(found) - expected).max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize("length", [1, 2, 4, 5, 9, 30])
def test_relative_scores_lie_on_the_band_and_nowhere_else(length: int) -> None:
    near = torch.randn(2, 3, length, 9)
    scores = by_position(near)
    expected = torch.zeros(2, 3, length, length)
    for query in range(length):
        for key in range(max(0, query - 4), min(length, query + 5)):
            expected[:, :, query, key] = near[:, :, query, key - query + 4]
    assert torch.equal(scores, expected)
    weights = torch.randn(2, 3, length, length)
    # By_distance is its transpose: both give the same inner product.
    torch.testing.assert_close((scores * weights).sum(), (by_distance(weights) * near).sum())


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_normalised_convolutions_are_torch_s() -> None:
    torch.manual_seed(0)
    pairs = [
        (NormalisedConv1d(6, 8, 5, dilation=2, stride=2, groups=2), nn.Conv1d(6, 8, 5, 2, 4, dilation=2, groups=2)),
        (NormalisedConvTranspose1d(6, 4, 16, 8), nn.ConvTranspose1d(6, 4, 16, 8, 4)),
    ]
    x = torch.randn(2, 6, 20)
    for ours, plain in pairs:
        theirs = nn.utils.weight_norm(plain)
        theirs.load_state_dict(ours.state_dict())
        ours.weight_g.data.mul_(1.7)
        theirs.weight_g.data.mul_(1.7)
        torch.testing.assert_close(ours(x), theirs(x))


def test_padding_a_batch_changes_no_loss() -> None:
    shape = NetworkShape.of(Quality.X_LOW)
    network = Synthesizer(shape).eval()
    randomise(network, seed=1)
    batch = random_batch(shape, frames=[36, 33], phonemes=[6, 5])
    noise = draw_noise(shape, batch)
    pad = nn.functional.pad
    padded = Batch(
        phoneme_ids=pad(batch.phoneme_ids, (0, 5)),
        phoneme_lengths=batch.phoneme_lengths,
        spectrogram=pad(batch.spectrogram, (0, 12)),
        frame_lengths=batch.frame_lengths,
        audio=pad(batch.audio, (0, 12 * HOP_LENGTH)),
    )
    wider = type(noise)(
        pad(noise.posterior, (0, 12), value=3.0), pad(noise.durations, (0, 5), value=3.0), noise.segments
    )
    ours, theirs = network(batch, noise), network(padded, wider)
    torch.testing.assert_close(theirs.duration, ours.duration)
    torch.testing.assert_close(theirs.audio, ours.audio)
    torch.testing.assert_close(theirs.prior.latent[:, :, :36], ours.prior.latent)
    assert not theirs.prior.latent[:, :, 36:].any()


@pytest.mark.parametrize(
    "convolution",
    [
        NormalisedConv1d(6, 8, 5, dilation=2),
        NormalisedConv1d(6, 8, 5, stride=2, groups=2),
        NormalisedConvTranspose1d(6, 4, 16, 8),
    ],
)
def test_a_convolution_gives_the_same_where_the_channels_of_a_position_lie_side_by_side(convolution: nn.Module) -> None:
    x = torch.randn(2, 6, 20, generator=torch.Generator().manual_seed(0))
    laid_out = convolution(channels_last(x))
    assert laid_out.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(laid_out.squeeze(2), convolution(x))
