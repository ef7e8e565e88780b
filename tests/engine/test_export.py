"""What an exported model is, beside torch and beside Piper's own exporter."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import OPSET, TorchSpeech, export_onnx
from piper_exporter import export_as_piper_does
from random_voices import random_weights

QUIET = (0.0, 1.07, 0.0)


def speak(path: Path, ids: list[int], scales: tuple[float, ...] = QUIET, speaker: int | None = None) -> np.ndarray:
    inputs: dict[str, Any] = {
        "input": np.array([ids]),
        "input_lengths": np.array([len(ids)]),
        "scales": np.array(scales, np.float32),
    }
    if speaker is not None:
        inputs["sid"] = np.array([speaker])
    return onnxruntime.InferenceSession(path).run(None, inputs)[0]


def interface(path: Path) -> dict[str, tuple[int, list[int | str]]]:
    graph = onnx.load(path).graph
    return {
        value.name: (
            value.type.tensor_type.elem_type,
            [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim],
        )
        for value in (*graph.input, *graph.output)
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = NetworkShape.of(Quality.X_LOW)
    path = tmp_path_factory.mktemp("onnx") / "anna.onnx"
    export_onnx(random_weights(shape), shape, path)
    return path


def test_inputs_and_output_are_those_of_a_piper_voice(exported: Path) -> None:
    int64, float32 = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    assert interface(exported) == {
        "input": (int64, ["batch_size", "phonemes"]),
        "input_lengths": (int64, ["batch_size"]),
        "scales": (float32, [3]),
        "output": (float32, ["batch_size", 1, 1, "time"]),
    }
    assert onnx.load(exported).opset_import[0].version == OPSET == 15


def test_the_same_weights_give_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    shape = NetworkShape.of(Quality.X_LOW)
    export_onnx(random_weights(shape), shape, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == exported.read_bytes()


def test_exporting_draws_no_random_number_and_warns_of_nothing(tmp_path: Path) -> None:
    shape = NetworkShape.of(Quality.X_LOW)
    weights = random_weights(shape)
    state = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_onnx(weights, shape, tmp_path / "quiet.onnx")
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("phonemes", [1, 2, 9, 50, 333])
def test_onnx_says_what_torch_says(exported: Path, phonemes: int) -> None:
    shape = NetworkShape.of(Quality.X_LOW)
    ids = np.random.default_rng(phonemes).integers(1, 160, phonemes).tolist()
    audio = speak(exported, ids)
    expected = TorchSpeech(random_weights(shape), shape)(ids, QUIET)
    assert audio.shape == (1, 1, 1, *expected.shape)
    assert np.abs(audio.reshape(-1) - expected).max() < 1e-5


def test_scales_decide_length_and_variety(exported: Path) -> None:
    ids = list(range(14, 60))
    plain = speak(exported, ids)
    assert np.array_equal(speak(exported, ids), plain)
    assert not np.array_equal(speak(exported, ids, (0.667, 1.07, 0.0)), plain)
    assert speak(exported, ids, (0.0, 4.0, 0.0)).size > 1.5 * plain.size


def test_several_sentences_go_through_at_once(exported: Path) -> None:
    slow = (0.0, 4.03, 0.0)
    rows = [list(range(14, 40)), [*range(60, 80), *[0] * 6]]
    inputs = {"input": np.array(rows), "input_lengths": np.array([26, 20]), "scales": np.array(slow, np.float32)}
    both = onnxruntime.InferenceSession(exported).run(None, inputs)[0].reshape(2, -1)
    first, second = (speak(exported, ids, slow).reshape(-1) for ids in (rows[0], rows[1][:20]))
    assert both.shape == (2, max(first.size, second.size))
    assert np.abs(both[0, : first.size] - first).max() < 1e-5
    # The decoder's receptive field reaches over the end of the shorter sentence.
    heard = second.size - 20 * 256
    assert heard > 10_000
    assert np.abs(both[1, :heard] - second[:heard]).max() < 1e-5


def test_each_of_several_speakers_is_their_own(tmp_path: Path) -> None:
    shape = NetworkShape.of(Quality.X_LOW, 3)
    weights = random_weights(shape)
    path = tmp_path / "choir.onnx"
    export_onnx(weights, shape, path)
    ids, reference = list(range(14, 40)), TorchSpeech(weights, shape)
    voices = [speak(path, ids, speaker=number).reshape(-1) for number in range(3)]
    for number, audio in enumerate(voices):
        assert np.abs(audio - reference(ids, QUIET, number)).max() < 1e-5
    assert len({audio.tobytes() for audio in voices}) == 3
    assert interface(path)["sid"] == (onnx.TensorProto.INT64, ["batch_size"])


def test_a_medium_voice_is_as_large_as_the_published_ones(tmp_path: Path) -> None:
    shape = NetworkShape.of(Quality.MEDIUM)
    export_onnx(random_weights(shape), shape, tmp_path / "medium.onnx")
    assert (tmp_path / "medium.onnx").stat().st_size == pytest.approx(63_482_314, rel=0.02)


@pytest.mark.reference
def test_pipers_exporter_gives_a_model_that_says_the_same(tmp_path: Path) -> None:
    shape = NetworkShape.of(Quality.X_LOW, 2)
    weights = random_weights(shape)
    export_onnx(weights, shape, tmp_path / "ours.onnx")
    export_as_piper_does(weights, shape, tmp_path / "theirs.onnx")
    ids = np.random.default_rng(1).integers(1, 160, 80).tolist()
    ours, theirs = (speak(tmp_path / name, ids, speaker=1) for name in ("ours.onnx", "theirs.onnx"))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5
