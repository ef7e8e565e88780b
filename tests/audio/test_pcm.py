from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest

from audio.encoding import encode, tone
from coaxial.audio.decode import decode
from coaxial.audio.pcm import read_pcm
from coaxial.domain.errors import UnreadableAudio


def wav(values: np.ndarray, rate: int = 48000) -> bytes:
    """(n, channels) as the standard library writes it."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(values.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values.astype("<i2").tobytes())
    return content.getvalue()


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).integers(-32768, 32768, (5000, 2)).astype(np.int16)


def test_plain_pcm_is_read_to_the_sample(values):
    pcm = read_pcm(io.BytesIO(wav(values, 44100)))
    assert pcm.sample_rate == 44100
    assert np.array_equal(pcm.values.T, values)


def test_chunks_before_the_sound_are_passed_over(values):
    content = wav(values)
    for chunk in (b"bext" + struct.pack("<I", 7) + b"odd....\0", b"JUNK" + struct.pack("<I", 4) + b"RIFF"):
        with_chunk = content[:12] + chunk + content[12:]
        assert np.array_equal(read_pcm(io.BytesIO(with_chunk)).values.T, values)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_it_is_what_the_decoder_gives(tmp_path, layout):
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    parts = np.random.default_rng(0).uniform(-1, 1, (channels, 30_000)).astype(np.float32)
    path = encode(tmp_path / "a.wav", parts, 48000, "pcm_s16le", layout)
    with path.open("rb") as file:
        assert read_pcm(file) is not None
    fast, slow = decode(path), decode(encode(tmp_path / "a.aiff", parts, 48000, "pcm_s16be", layout))
    assert np.array_equal(fast.samples, slow.samples)
    assert (fast.sample_rate, fast.channels, fast.clipped) == (slow.sample_rate, slow.channels, slow.clipped)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 10_000])
def test_what_is_there_of_a_cut_off_file_is_read(values, cut):
    content = wav(values)[:-cut]
    whole = (len(content) - 44) // 4
    assert np.array_equal(read_pcm(io.BytesIO(content)).values.T, values[:whole])


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_mulaw", "adpcm_ms"])
def test_everything_else_is_left_to_the_decoder(tmp_path, codec):
    with encode(tmp_path / "a.wav", tone(0.5, 22050), 22050, codec).open("rb") as file:
        assert read_pcm(file) is None


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", b"ID3" * 20]
)
def test_what_has_no_sound_to_read_is_left_to_the_decoder(content):
    assert read_pcm(io.BytesIO(content)) is None


def test_no_header_can_make_it_fail(tmp_path, values):
    content = bytearray(wav(values)[:300])
    random = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        for position in random.integers(0, 44, 3):
            damaged[position] = random.integers(0, 256)
        (tmp_path / "a.wav").write_bytes(damaged)
        try:
            decode(tmp_path / "a.wav")
        except UnreadableAudio as error:
            assert error.message
