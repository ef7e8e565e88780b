"""16-bit mono PCM in RIFF WAVE files, the one format of prepared clips."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.audio.riff import HEADER_BYTES, wav_header
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.files import atomic_write

__all__ = ["HEADER_BYTES", "from_pcm", "read_wav", "to_pcm", "wav_header", "write_wav"]


def to_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """(n,) float32 with full scale 1 to 16-bit integers, rounded; what exceeds full scale is held there."""
    pcm: npt.NDArray[np.int16] = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype("<i2")
    return pcm


def from_pcm(pcm: npt.NDArray[np.int16]) -> Samples:
    """(n,) 16-bit integers to float32 with full scale 1, as Piper's own tools read them."""
    return pcm.astype(np.float32) * np.float32(1 / 32768)


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
