"""16-bit mono PCM in RIFF WAVE files, the one format of prepared clips."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.files import atomic_write

HEADER_BYTES = 44
"""Bytes before the first sample of a file written here."""


def to_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """(n,) float32 with full scale 1 to 16-bit integers, rounded; what exceeds full scale is held there."""
    pcm: npt.NDArray[np.int16] = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype("<i2")
    return pcm


def from_pcm(pcm: npt.NDArray[np.int16]) -> Samples:
    """(n,) 16-bit integers to float32 with full scale 1, as Piper's own tools read them."""
    return pcm.astype(np.float32) * np.float32(1 / 32768)


def wav_bytes(pcm: npt.NDArray[np.int16], rate: int) -> bytes:
    """The whole file of (n,) 16-bit samples."""
    content = io.BytesIO()
    with wave.open(content, "wb") as riff:
        riff.setnchannels(1)
        riff.setsampwidth(2)
        riff.setframerate(rate)
        riff.writeframes(np.ascontiguousarray(pcm, dtype="<i2").tobytes())
    return content.getvalue()


def write_wav(path: Path, pcm: npt.NDArray[np.int16], rate: int) -> None:
    """Write (n,) 16-bit samples in one atomic step. Raises: StorageFailure."""
    with atomic_write(path) as file:
        file.write(wav_bytes(pcm, rate))


def read_wav(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Samples (n,) and rate of a file that write_wav made. Raises: UnreadableAudio."""
    try:
        with wave.open(str(path), "rb") as riff:
            if (riff.getnchannels(), riff.getsampwidth()) != (1, 2):
                raise UnreadableAudio(f"{path.name} is not 16-bit mono.", remedy="Prepare the dataset again.")
            return np.frombuffer(riff.readframes(riff.getnframes()), dtype="<i2"), riff.getframerate()
    except (OSError, wave.Error, EOFError) as error:
        raise UnreadableAudio(f"{path.name} cannot be read: {error}.", remedy="Prepare the dataset again.") from error
