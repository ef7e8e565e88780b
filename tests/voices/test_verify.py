"""A voice that is not what it should be is refused, with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest

from coaxial.domain.errors import ExportRejected
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import TorchSpeech
from coaxial.voices.verify import TorchReference, verify
from random_voices import SENTENCES, random_weights


@pytest.fixture
def reference() -> TorchReference:
    shape = NetworkShape.of(Quality.X_LOW)
    return TorchSpeech(random_weights(shape), shape)


@pytest.fixture
def copy(anna: Path, tmp_path: Path) -> Path:
    """A copy of the voice to spoil."""
    shutil.copytree(anna.parent, tmp_path / "copy")
    return tmp_path / "copy" / anna.name


def test_a_right_voice_is_proven_on_four_kinds_of_utterance(anna: Path, reference: TorchReference) -> None:
    asked: list[int] = []

    def counting(ids: Sequence[int], scales: Sequence[float], speaker: int) -> np.ndarray:
        asked.append(len(ids))
        return reference(ids, scales, speaker)

    proof = verify(anna, counting, SENTENCES)
    assert proof.cases == 4
    assert proof.largest_difference < 1e-5
    assert proof.spoken_seconds > 0.5
    short, long, single, punctuation = asked
    assert 5 < short < 600 < long
    assert (single, punctuation) == (5, 11)


def test_a_difference_anybody_could_measure_is_refused(anna: Path, reference: TorchReference) -> None:
    def off(ids: Sequence[int], scales: Sequence[float], speaker: int) -> np.ndarray:
        audio = reference(ids, scales, speaker).copy()
        audio[-1] += 0.002
        return audio

    with pytest.raises(ExportRejected, match=r"differ by up to 0\.002 in a short sentence"):
        verify(anna, off, SENTENCES)


def test_another_length_is_refused(anna: Path, reference: TorchReference) -> None:
    def longer(ids: Sequence[int], scales: Sequence[float], speaker: int) -> np.ndarray:
        return np.append(reference(ids, scales, speaker), np.zeros(256, np.float32))

    with pytest.raises(ExportRejected, match="samples and torch in"):
        verify(anna, longer, SENTENCES)


def test_nan_is_refused(copy: Path, reference: TorchReference) -> None:
    model = onnx.load(copy)
    last = next(tensor for tensor in model.graph.initializer if tensor.name.endswith("dec.conv_post.weight"))
    last.CopyFrom(onnx.numpy_helper.from_array(np.full(tuple(last.dims), np.nan, np.float32), last.name))
    onnx.save(model, copy)
    with pytest.raises(ExportRejected, match="differ by up to nan"):
        verify(copy, reference, SENTENCES)


def test_a_wrong_last_speaker_is_refused(choir: Path) -> None:
    shape = NetworkShape.of(Quality.X_LOW, 3)
    weights = random_weights(shape)
    verify(choir, TorchSpeech(weights, shape), SENTENCES)
    weights["emb_g.weight"][2] += 1.0
    with pytest.raises(ExportRejected):
        verify(choir, TorchSpeech(weights, shape), SENTENCES)


def test_a_truncated_model_is_refused(copy: Path, reference: TorchReference) -> None:
    copy.write_bytes(copy.read_bytes()[:1_000_000])
    with pytest.raises(ExportRejected, match="checker"):
        verify(copy, reference, SENTENCES)


def test_a_model_without_its_configuration_is_refused(copy: Path, reference: TorchReference) -> None:
    Path(f"{copy}.json").unlink()
    with pytest.raises(ExportRejected, match="does not load"):
        verify(copy, reference, SENTENCES)
