from __future__ import annotations

import numpy as np
import pytest

from audio.encoding import frequency_of, tone
from coaxial.audio.resample import resample


@pytest.mark.parametrize(("rate", "target"), [(48000, 22050), (44100, 16000), (8000, 22050), (192000, 22050)])
def test_a_tone_keeps_pitch_length_and_level(rate, target):
    resampled = resample(tone(2.0, rate), rate, target)
    assert len(resampled) == pytest.approx(2.0 * target, abs=1)
    assert frequency_of(resampled, target) == pytest.approx(440, abs=0.6)
    assert np.abs(resampled[target // 2 : -target // 2]).max() == pytest.approx(0.5, abs=1e-3)


def test_what_the_new_rate_cannot_hold_is_taken_out_and_not_folded_back():
    resampled = resample(tone(2.0, 48000, frequency=15_000), 48000, 22050)
    assert 20 * np.log10(np.abs(resampled[2000:-2000]).max()) < -90


def test_the_same_rate_changes_nothing():
    samples = tone(1.0, 22050)
    assert resample(samples, 22050, 22050) is samples
    assert len(resample(samples[:0], 48000, 22050)) == 0
