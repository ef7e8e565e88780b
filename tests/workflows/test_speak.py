"""Text to a WAV file or stream."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.domain.speaking import SpeakOptions
from coaxial.settings import Settings
from coaxial.workflows.speak import speak
from random_voices import facts_of, make_pair

QUIET = SpeakOptions(noise_scale=0.0, noise_w=0.0)


@pytest.fixture(scope="module")
def onnx_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pair(tmp_path_factory.mktemp("voice"), facts_of())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, processes=1)


def read(path: Path) -> tuple[int, int, int, np.ndarray]:
    with wave.open(str(path), "rb") as riff:
        data = np.frombuffer(riff.readframes(riff.getnframes()), "<i2")
        return riff.getframerate(), riff.getnchannels(), riff.getsampwidth(), data


def test_a_voice_file_or_its_folder_speaks_into_a_wav(settings: Settings, onnx_path: Path, tmp_path: Path) -> None:
    spoken = speak(settings, str(onnx_path), "Hello there. Goodbye.", tmp_path / "a.wav", QUIET)
    rate, channels, width, audio = read(tmp_path / "a.wav")
    assert (rate, channels, width) == (16000, 1, 2)
    assert audio.size / rate == spoken.seconds > 0.2
    assert audio.any()
    speak(settings, str(onnx_path.parent), "Hello there. Goodbye.", tmp_path / "b.wav", QUIET)
    assert (tmp_path / "b.wav").read_bytes() == (tmp_path / "a.wav").read_bytes()


def test_a_folder_in_the_place_of_a_file_is_told_before_anything_is_spoken(settings, onnx_path, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="is a folder"):
        speak(settings, str(onnx_path), "Hello there.", tmp_path)


class Pipe(io.RawIOBase):
    """A stream that, like standard output, cannot be wound back."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.pieces.append(bytes(data))
        return len(data)


def test_a_stream_gets_each_sentence_when_it_is_ready(settings: Settings, onnx_path: Path, tmp_path: Path) -> None:
    pipe = Pipe()
    speak(settings, str(onnx_path), "Hello there. Goodbye.", pipe, QUIET)  # type: ignore[arg-type]
    header, *sentences = pipe.pieces
    assert len(sentences) == 2
    assert (header[:4], header[8:16], header[36:40]) == (b"RIFF", b"WAVEfmt ", b"data")
    assert struct.unpack("<IHHIIHH", header[16:36]) == (16, 1, 1, 16000, 32000, 2, 16)
    speak(settings, str(onnx_path), "Hello there. Goodbye.", tmp_path / "a.wav", QUIET)
    assert b"".join(sentences) == read(tmp_path / "a.wav")[3].tobytes()


def test_ffmpegs_library_reads_the_streamed_wav_to_its_end(settings: Settings, onnx_path: Path) -> None:
    import av

    pipe = Pipe()
    speak(settings, str(onnx_path), "Hello there. Goodbye.", pipe, QUIET)  # type: ignore[arg-type]
    with av.open(io.BytesIO(b"".join(pipe.pieces))) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert 2 * samples == sum(map(len, pipe.pieces[1:]))


def test_nothing_is_written_where_nothing_can_be_spoken(settings: Settings, onnx_path: Path, tmp_path: Path) -> None:
    pipe = Pipe()
    for out in (tmp_path / "a.wav", pipe):
        with pytest.raises(InvalidOption, match="empty"):
            speak(settings, str(onnx_path), "", out)  # type: ignore[arg-type]
    assert not list(tmp_path.glob("*a.wav*"))
    assert not pipe.pieces


def test_a_voice_that_is_not_there_is_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no voice named 'anna'"):
        speak(settings, "anna", "Hello.", tmp_path / "a.wav")
    with pytest.raises(NotFound, match="no voice file"):
        speak(settings, str(tmp_path / "anna.onnx"), "Hello.", tmp_path / "a.wav")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidOption, match="holds no voices"):
        speak(settings, str(tmp_path / "empty"), "Hello.", tmp_path / "a.wav")
