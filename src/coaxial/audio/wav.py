"""16-bit mono PCM in RIFF WAVE files, the one format of prepared clips."""

from __future__ import annotations

import struct
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


def wav_header(samples: int, rate: int) -> bytes:
    """What stands before so many 16-bit samples: RIFF, format and data chunk (44 bytes)."""
    size = 2 * samples
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)


def write_wav(path: Path, pcm: npt.NDArray[np.int16], rate: int) -> None:
    """Write (n,) 16-bit samples in one atomic step. Raises: StorageFailure."""
    with atomic_write(path) as file:
        file.write(wav_header(len(pcm), rate))
        file.write(np.ascontiguousarray(pcm, dtype="<i2").tobytes())


def read_wav(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Samples (n,) and rate of a file that write_wav made. Raises: UnreadableAudio."""
    try:
        with wave.open(str(path), "rb") as riff:
            if (riff.getnchannels(), riff.getsampwidth()) != (1, 2):
                raise UnreadableAudio(f"{path.name} is not 16-bit mono.", remedy="Prepare the dataset again.")
            return np.frombuffer(riff.readframes(riff.getnframes()), dtype="<i2"), riff.getframerate()
    except (OSError, wave.Error, EOFError) as error:
        raise UnreadableAudio(f"{path.name} cannot be read: {error}.", remedy="Prepare the dataset again.") from error
