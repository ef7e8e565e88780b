"""Sound into formats, as it is made."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from coaxial.audio.encode import FORMATS, SoundFormat, encoded, encoded_whole

RATE = 22050
SECONDS = 2.0

# What encoders put before or after the sound: whole frames of at most 2,048 samples, and the silence they start with.
PADDING = 0.12


def tone() -> np.ndarray:
    """440 Hz at a third of full scale."""
    return (10923 * np.sin(2 * np.pi * 440 * np.arange(round(SECONDS * RATE)) / RATE)).astype(np.int16)


def decoded(content: bytes) -> tuple[np.ndarray, int]:
    """Samples in ±1 and their rate, by FFmpeg's library."""
    with av.open(io.BytesIO(content)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono")
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
        return samples, frames[0].sample_rate


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("form", [one for one in FORMATS if one != "pcm"])
def test_every_format_sounds_as_long_as_loud_and_as_high_as_what_went_in(form: SoundFormat, whole: bool) -> None:
    sound = tone()
    chunks = [sound[:1], sound[1:20000], sound[20000:]]
    content = encoded_whole(chunks, RATE, form) if whole else b"".join(encoded(chunks, RATE, form))
    samples, rate = decoded(content)
    assert 0 <= len(samples) / rate - SECONDS <= PADDING
    middle = samples[rate // 4 : -rate // 4]
    # LAME takes a twentieth off, so that nothing clips.
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(1 / 3 / np.sqrt(2), rel=0.06)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * rate / len(middle) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_said_is_sent_before_the_rest_is_made(form: SoundFormat) -> None:
    made = 0

    def sentences() -> Iterator[np.ndarray]:
        nonlocal made
        for part in np.array_split(tone(), 4):
            made += 1
            yield part

    pieces = encoded(sentences(), RATE, form)
    first = next(pieces)
    assert (made, len(first) > 100) == (1, True)


def test_lossless_formats_lose_nothing() -> None:
    sound = tone()
    chunks = np.array_split(sound, 3)
    for content in (b"".join(encoded(chunks, RATE, "flac")), encoded_whole(chunks, RATE, "flac")):
        samples, _ = decoded(content)
        assert np.array_equal(np.round(samples * 32768).astype(np.int16), sound)
    assert b"".join(encoded(chunks, RATE, "pcm")) == encoded_whole(chunks, RATE, "pcm") == sound.tobytes()


def test_a_wave_of_unknown_length_is_read_to_its_end_by_python_libsndfile_and_ffmpeg(tmp_path: Path) -> None:
    sound = tone()
    content = b"".join(encoded(np.array_split(sound, 3), RATE, "wav"))
    path = tmp_path / "stream.wav"
    path.write_bytes(content)
    with wave.open(str(path)) as riff:
        assert (riff.getframerate(), riff.getnchannels(), riff.getsampwidth()) == (RATE, 1, 2)
        assert riff.readframes(riff.getnframes()) == sound.tobytes()
    assert np.array_equal(soundfile.read(path, dtype="int16")[0], sound)
    assert len(decoded(content)[0]) == len(sound)


def test_a_whole_wave_tells_its_length() -> None:
    with wave.open(io.BytesIO(encoded_whole(np.array_split(tone(), 3), RATE, "wav"))) as riff:
        assert riff.getnframes() == len(tone())


def test_raw_samples_are_resampled_without_a_seam() -> None:
    pieces = encoded(np.array_split(tone(), 50), RATE, "pcm", 24000)
    samples = np.frombuffer(b"".join(pieces), "<i2")
    assert len(samples) == pytest.approx(SECONDS * 24000, abs=2)
    expected = 10923 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / 24000)
    assert np.abs(samples - expected)[500:-500].max() < 30
