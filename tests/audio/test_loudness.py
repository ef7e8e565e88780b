from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from audio.encoding import tone
from coaxial.audio.loudness import CEILING, SILENCE, integrated_loudness, level, true_peak
from coaxial.audio.resample import resample
from coaxial.audio.robot_speech import speak


def decibels(amplitude: float) -> float:
    return float(20 * np.log10(amplitude))


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 192000])
@pytest.mark.parametrize("expected", [-23.0, -36.0])
def test_a_sine_of_one_kilohertz_has_the_loudness_the_standard_gives_it(rate, expected):
    # BS.1770-4: 0 dBFS at 997 Hz in one channel is -3.01 LKFS.
    amplitude = 10 ** ((expected + 3.01) / 20)
    assert integrated_loudness(tone(5.0, rate, 997, amplitude), rate) == pytest.approx(expected, abs=0.05)


def test_loud_parts_decide_and_pauses_do_not():
    # EBU Tech 3341, case 3 in one channel: 10 s at -36, 60 s at -23, 10 s at -36 LUFS measure -23.
    levels = [(10, -36.0), (60, -23.0), (10, -36.0)]
    parts = [tone(seconds, 16000, 997, 10 ** ((lufs + 3.01) / 20)) for seconds, lufs in levels]
    assert integrated_loudness(np.concatenate(parts), 16000) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_speech_has_the_loudness_that_pyloudnorm_measures(rate):
    samples, native = speak("Two strangers shared a table by the door.")
    samples = resample(samples, native, rate)
    # In whole tenths of a second: what is left over belongs to no gating block, and pyloudnorm counts part of it.
    samples = samples[: len(samples) // (rate // 10) * (rate // 10)]
    reference = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples)
    assert integrated_loudness(samples, rate) == pytest.approx(reference, abs=1e-3)


def test_a_clip_shorter_than_a_gating_block_has_a_loudness():
    assert integrated_loudness(tone(0.3, 48000, 997, 1.0), 48000) == pytest.approx(-3.0, abs=0.3)


def test_silence_is_as_quiet_as_the_gate():
    assert integrated_loudness(np.zeros(48000, dtype=np.float32), 48000) == SILENCE
    assert integrated_loudness(np.zeros(0, dtype=np.float32), 48000) == SILENCE
    assert integrated_loudness(tone(1.0, 48000, amplitude=1e-5), 48000) == SILENCE


def test_the_true_peak_lies_between_the_samples():
    # A sine at a quarter of the rate, sampled 45 degrees off its crests (EBU Tech 3341, case 15).
    samples = (0.5 * np.sin(np.pi / 2 * np.arange(48000) + np.pi / 4)).astype(np.float32)
    assert decibels(np.abs(samples).max()) == pytest.approx(-9.0, abs=0.1)
    assert decibels(true_peak(samples, 48000)) == pytest.approx(-6.0, abs=0.3)


@pytest.mark.parametrize("target", [-30.0, -23.0])
def test_a_levelled_clip_has_the_loudness_asked_for(target):
    samples, rate = speak("The lighthouse keeper wrote in his journal.")
    for gain in (0.01, 1.0):
        levelled = level(samples * np.float32(gain), rate, target)
        assert integrated_loudness(levelled, rate) == pytest.approx(target, abs=0.05)


@pytest.mark.parametrize("target", [-9.0, None])
@pytest.mark.parametrize("rate", [16000, 22050])
def test_no_levelled_clip_exceeds_the_ceiling(target, rate):
    random = np.random.default_rng(0)
    plosive = np.concatenate([1e-3 * random.standard_normal(rate), random.standard_normal(50), np.zeros(rate)])
    between = 1.2 * np.sin(np.pi / 2 * np.arange(rate) + np.pi / 4)
    for samples in (plosive, between, 2.0 * random.uniform(-1, 1, rate)):
        levelled = level(samples.astype(np.float32), rate, target)
        assert decibels(true_peak(levelled, rate)) <= CEILING + 0.01


def test_a_clip_below_the_ceiling_keeps_its_level_when_none_is_asked_for():
    samples = tone(1.0, 22050, amplitude=0.3)
    assert level(samples, 22050, None) is samples


def test_silence_stays_silent():
    silence = np.zeros(22050, dtype=np.float32)
    assert not level(silence, 22050, -23.0).any()
    assert not len(level(silence[:0], 22050, -23.0))
