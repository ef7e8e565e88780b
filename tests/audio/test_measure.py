from __future__ import annotations

import numpy as np
import pytest

from audio.encoding import encode, tone
from coaxial.audio.decode import decode
from coaxial.audio.measure import Measures, measure, measure_all
from coaxial.audio.resample import resample
from coaxial.audio.robot_speech import SENTENCES, speak
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.progress import Silent


class Counting(Silent):
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.total, self.done = 0.0, 0.0

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.total += total or 0

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """One second of noise at -60 dBFS, a sentence, half a second of noise; 48 kHz stereo. And its speech's seconds."""
    samples, rate = speak(SENTENCES[4])
    speech = resample(samples, rate, 48000)
    audible = np.flatnonzero(np.abs(speech) > 0.004)
    speech = speech[audible[0] : audible[-1]] * np.float32(0.5)
    samples = np.concatenate([np.zeros(48000), speech, np.zeros(24000)])
    samples += 1e-3 * np.random.default_rng(0).standard_normal(len(samples))
    path = tmp_path_factory.mktemp("recording") / "a.wav"
    return encode(path, np.stack([samples, samples]), 48000, layout="stereo"), len(speech) / 48000


def test_a_recording_is_measured_as_it_was_made(recording):
    path, seconds = recording
    (found,) = measure([path])
    assert found.seconds == pytest.approx(1.5 + seconds, abs=1e-3)
    assert (found.sample_rate, found.channels, found.clipped) == (48000, 2, 0.0)
    assert found.speech_start == pytest.approx(1.0, abs=0.1)
    assert found.speech_end == pytest.approx(1.0 + seconds, abs=0.1)
    assert found.noise_floor == pytest.approx(-60, abs=1)
    assert -15 < found.peak < 0
    assert -40 < found.loudness < found.peak


def test_an_offset_of_the_sound_card_is_taken_for_neither_noise_nor_sound(tmp_path, recording):
    path, _ = recording
    samples = decode(path).samples
    (as_it_is,) = measure([path])
    (found,) = measure([encode(tmp_path / "a.wav", samples + np.float32(0.03), 48000)])
    for name in ("speech_start", "speech_end", "loudness", "noise_floor", "begins", "ends"):
        assert getattr(found, name) == pytest.approx(getattr(as_it_is, name), abs=0.1), name


def test_a_recording_of_nobody_has_no_speech(tmp_path):
    (found,) = measure([encode(tmp_path / "a.wav", np.zeros(48000, dtype=np.float32), 48000)])
    assert (found.speech_start, found.speech_end) == (None, None)
    assert (found.peak, found.loudness, found.noise_floor) == (-120.0, -70.0, -120.0)


def test_a_recording_of_one_sample_is_measured(tmp_path):
    (found,) = measure([encode(tmp_path / "a.wav", np.full(1, 0.5, dtype=np.float32), 48000)])
    assert found.peak == pytest.approx(-6, abs=0.1)
    assert found.speech_start is None


def test_a_clipped_recording_is_known_by_its_fraction(tmp_path):
    loud = np.clip(2 * tone(1.0, 48000), -1, 1)
    (found,) = measure([encode(tmp_path / "a.wav", 2 * loud, 48000)])
    assert found.clipped > 0.3
    assert found.peak == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("processes", [1, 2])
def test_every_file_has_its_result_in_order_and_bad_ones_say_why(tmp_path, recording, processes):
    (tmp_path / "text.wav").write_text("no audio")
    paths = [recording[0], tmp_path / "text.wav", tmp_path / "gone.wav"] * 3
    progress = Counting()
    found = list(measure_all(paths, processes, progress))
    assert [type(one) for one in found] == [Measures, UnreadableAudio, UnreadableAudio] * 3
    assert "gone.wav does not exist" in str(found[2])
    assert found[0] == found[3] == measure(paths[:1])[0]
    assert (progress.total, progress.done) == (9, 9)


def test_no_files_give_no_results():
    assert list(measure_all([], 2, Silent())) == []
