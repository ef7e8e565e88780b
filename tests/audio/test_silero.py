from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from coaxial.audio.resample import resample
from coaxial.audio.robot_speech import SENTENCES, speak
from coaxial.audio.silero import FRAME, RATE, speech_probabilities


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    """Speech of several lengths, one of them nothing."""
    spoken = [resample(*speak(text), RATE) for text in SENTENCES[:8]]
    return [np.concatenate(spoken[:3]), *spoken, spoken[0][:0], spoken[0][:5000]]


def frame_by_frame(clip: np.ndarray) -> list[float]:
    """Probabilities as the package's own model gives them in ONNX Runtime."""
    data = Path(find_spec("silero_vad").origin).parent / "data"
    session = onnxruntime.InferenceSession(str(data / "silero_vad_16k_op15.onnx"))
    padded = np.pad(clip, (64, -len(clip) % FRAME)).astype(np.float32)
    state, probabilities = np.zeros((2, 1, 128), dtype=np.float32), []
    for begin in range(0, len(padded) - 64, FRAME):
        frame = padded[None, begin : begin + 64 + FRAME]
        probability, state = session.run(None, {"input": frame, "state": state, "sr": np.array(RATE)})
        probabilities.append(probability.item())
    return probabilities


def test_probabilities_are_those_of_silero_frame_by_frame(clips):
    for clip, found in zip(clips, speech_probabilities(clips), strict=True):
        assert found == pytest.approx(frame_by_frame(clip), abs=1e-4)


def test_many_clips_at_once_have_the_probabilities_of_one_by_one(clips):
    for clip, found in zip(clips, speech_probabilities(clips), strict=True):
        assert found == pytest.approx(speech_probabilities([clip])[0], abs=1e-5)


@pytest.mark.parametrize("length", [0, 1, FRAME - 1, FRAME, FRAME + 1, 48 * FRAME, 48 * FRAME + 1])
def test_every_frame_begun_has_a_probability(length):
    silence = np.zeros(length, dtype=np.float32)
    probabilities = speech_probabilities([silence, silence])
    assert [len(one) for one in probabilities] == [-(-length // FRAME)] * 2
    assert all((one < 0.1).all() for one in probabilities)


def test_no_clips_have_no_probabilities():
    assert speech_probabilities([]) == []


def test_loud_and_damaged_sound_has_finite_probabilities():
    random = np.random.default_rng(0)
    (found,) = speech_probabilities([(1e4 * random.standard_normal(20_000)).astype(np.float32)])
    assert ((found >= 0) & (found <= 1)).all()
