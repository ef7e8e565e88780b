from __future__ import annotations

import numpy as np
import pytest

from audio.encoding import tone
from coaxial.audio.decode import decode
from coaxial.audio.resample import resample
from coaxial.audio.robot_speech import SENTENCES, speak
from coaxial.audio.speech import RATE, find_speech, speech_frames

SILENCE_BEFORE, SILENCE_AFTER = 1.0, 0.75


def speech_only(text: str) -> np.ndarray:
    """(n,) at 16 kHz from the first to the last audible sample."""
    samples, rate = speak(text)
    samples = resample(samples, rate, RATE)
    audible = np.flatnonzero(np.abs(samples) > 0.006 * np.abs(samples).max())
    return samples[audible[0] : audible[-1] + 1]


def in_silence(speech: np.ndarray, gain: float = 1.0, noise: float = 1e-3) -> np.ndarray:
    """Speech between known silences of faint noise."""
    parts = [np.zeros(int(SILENCE_BEFORE * RATE)), speech, np.zeros(int(SILENCE_AFTER * RATE))]
    samples = np.concatenate(parts)
    samples += noise * np.abs(speech).max() * np.random.default_rng(0).standard_normal(len(samples))
    return (gain * samples).astype(np.float32)


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    return [speech_only(text) for text in SENTENCES[:16]]


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_bounds_of_speech_are_right_to_a_tenth_of_a_second_at_any_level(clips, gain):
    for clip, bounds in zip(clips, find_speech([in_silence(clip, gain) for clip in clips]), strict=True):
        assert bounds == pytest.approx((SILENCE_BEFORE, SILENCE_BEFORE + len(clip) / RATE), abs=0.1)


def test_many_clips_at_once_are_found_as_one_by_one(clips):
    assert find_speech(clips) == [find_speech([clip])[0] for clip in clips]


def test_noise_hum_and_silence_are_not_speech():
    random = np.random.default_rng(0)
    white = random.standard_normal(3 * RATE)
    pink = np.cumsum(white) - np.linspace(0, np.cumsum(white)[-1], 3 * RATE)
    hum = tone(3.0, RATE, frequency=50)
    click = np.zeros(3 * RATE)
    click[20_000:20_040] = 1.0
    sounds = [white / 5, white / 5000, pink / np.abs(pink).max(), hum, click, np.zeros(3 * RATE)]
    assert find_speech([sound.astype(np.float32) for sound in sounds]) == [None] * len(sounds)


def test_a_click_before_the_sentence_is_not_its_beginning(clips):
    clip = in_silence(clips[0])
    clip[2000:2020] += 0.8
    assert find_speech([clip])[0][0] == pytest.approx(SILENCE_BEFORE, abs=0.1)


def test_a_pause_in_the_sentence_is_kept(clips):
    paused = np.concatenate([clips[0], np.zeros(RATE, dtype=np.float32), clips[1]])
    bounds = find_speech([in_silence(paused)])[0]
    assert bounds == pytest.approx((SILENCE_BEFORE, SILENCE_BEFORE + len(paused) / RATE), abs=0.1)


def test_a_moment_of_certainty_counts_only_where_there_is_nothing_better():
    assert speech_frames(np.array([0, 0.9, 0, 0, 0.9, 0.9, 0.9, 0], dtype=np.float32)) == (4, 6)
    assert speech_frames(np.array([0, 0.9, 0], dtype=np.float32)) == (1, 1)
    assert speech_frames(np.array([0, 0.3, 0.3, 0], dtype=np.float32)) == (1, 2)
    assert speech_frames(np.array([0, 0.15, 0.9, 0.9, 0.9, 0.3], dtype=np.float32)) == (1, 4)
    assert speech_frames(np.zeros(9, dtype=np.float32)) is None


def test_real_speech_is_found_in_every_real_recording(speech):
    paths = sorted((speech / "kerstin-100" / "audio").iterdir())[:12]
    sounds = [decode(path) for path in paths]
    found = find_speech([resample(sound.samples, sound.sample_rate, RATE) for sound in sounds])
    for sound, bounds in zip(sounds, found, strict=True):
        assert bounds is not None
        assert 0 <= bounds[0] < 1.0
        assert 0.6 * sound.seconds < bounds[1] - bounds[0] <= sound.seconds
