"""Text becomes speech with an exported voice."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from coaxial.audio.riff import wav_header
from coaxial.domain.errors import InvalidOption
from coaxial.domain.files import atomic_write
from coaxial.domain.speaking import SpeakOptions
from coaxial.settings import Settings
from coaxial.voices.speech import SpeakingVoice

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_AS_RECORDED = SpeakOptions()


@dataclass(frozen=True)
class Spoken:
    """What was said."""

    voice: Path
    seconds: float


def speak(
    settings: Settings, voice: str, text: str, out: Path | BinaryIO, options: SpeakOptions = _AS_RECORDED
) -> Spoken:
    """Speak a text into a WAV file, or into a stream, sentence by sentence as each is ready.

    voice: name of a stored voice, path of an `.onnx`, or a folder with one.
    Raises: NotFound, UnreadableVoice, InvalidOption (nothing to speak, unknown speaker, out a folder), StorageFailure.
    """
    if isinstance(out, Path) and out.is_dir():
        raise InvalidOption(f"{out} is a folder.", remedy="Name the WAV file to write in it.")
    onnx_path = _find(settings, voice)
    speaking = SpeakingVoice(onnx_path)
    chunks = speaking.speak(text, options)
    if isinstance(out, Path):
        samples = _write_file(out, chunks, speaking.sample_rate)
    else:
        samples = _write_stream(out, chunks, speaking.sample_rate)
    return Spoken(onnx_path, samples / speaking.sample_rate)


def _find(settings: Settings, voice: str) -> Path:
    given = Path(voice).expanduser()
    if voice.endswith(".onnx"):
        return given
    if given.is_dir():
        models = sorted(given.glob("*.onnx"))
        if len(models) == 1:
            return models[0]
        raise InvalidOption(
            f"{given} holds {len(models) or 'no'} voices.", remedy="Name one .onnx file, or a voice of the store."
        )
    from coaxial.store import open_store

    with open_store(settings) as store:
        return store.voice(voice).onnx


def _write_file(path: Path, chunks: Iterator[npt.NDArray[np.int16]], sample_rate: int) -> int:
    samples = 0
    with atomic_write(path) as file, wave.open(file, "wb") as riff:
        riff.setnchannels(1)
        riff.setsampwidth(2)
        riff.setframerate(sample_rate)
        for chunk in chunks:
            riff.writeframes(chunk.astype("<i2").tobytes())
            samples += chunk.size
    return samples


def _write_stream(stream: BinaryIO, chunks: Iterator[npt.NDArray[np.int16]], sample_rate: int) -> int:
    """16-bit mono WAV whose length nobody knows when it begins (RIFF WAVE; Multimedia Programming Interface 1.0)."""
    samples = 0
    for chunk in chunks:
        if not samples:
            stream.write(wav_header(None, sample_rate))
        stream.write(chunk.astype("<i2").tobytes())
        stream.flush()
        samples += chunk.size
    return samples
