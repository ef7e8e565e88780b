"""Any audio file to float32 mono."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from coaxial.audio.pcm import Piece, read_pcm
from coaxial.domain.errors import UnreadableAudio

Samples = npt.NDArray[np.float32]

MAX_SECONDS = 600.0
"""A clip is a sentence or two; what is longer was never cut into sentences."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000

CLIPPED_RUN = 3
"""So many full-scale samples in a row are taken for clipping; one or two also occur in healthy recordings."""

# Samples of all channels that are down-mixed at once: large enough for numpy, small enough for 8 channels at 192 kHz.
_BLOCK = 1 << 20

# The level from which a sample counts as full scale: the largest positive value of the format.
_FULL_SCALE = {"u8": 127 / 128}
_FULL_SCALE_16_BIT = 32767 / 32768


@dataclass(frozen=True)
class Sound:
    """What a file holds, as one channel."""

    samples: Samples
    """(n,) float32, full scale ±1; floating-point files may exceed it."""
    sample_rate: int
    channels: int
    """Of the file, before the down-mix to their mean."""
    clipped: float
    """Fraction of all channels' samples that lie in runs of three or more at full scale."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


def decode(path: Path, max_seconds: float = MAX_SECONDS) -> Sound:
    """Decode a file by its content, whatever its name says; a file that was cut off gives what is there.

    Raises: UnreadableAudio (missing, empty, not sound, damaged, longer than max_seconds, unusual rate).
    """
    with _opened(path) as file:
        if not file.read(1):
            raise UnreadableAudio(f"{path.name} is empty (0 bytes).", remedy="Record or export it again.")
        file.seek(0)
        mix = _DownMix(path.name, max_seconds)
        for piece in _pieces(file, path.name):
            mix.add(piece)
        return mix.finish()


def _pieces(file: BinaryIO, name: str) -> Iterator[Piece]:
    plain = read_pcm(file)
    if plain is not None:
        yield plain
        return
    # Imported when first needed: FFmpeg's libraries take as long as the rest of this package.
    from coaxial.audio.ffmpeg import read_pieces

    file.seek(0)
    yield from read_pieces(file, name)


def _opened(path: Path) -> BinaryIO:
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():
            raise UnreadableAudio(f"{path.name} is a device or a pipe, not an audio file.", remedy="Give a file.")
        return path.open("rb")
    except FileNotFoundError:
        raise UnreadableAudio(
            f"{path.name} does not exist in {path.parent}.", remedy="Check the file's name."
        ) from None
    except IsADirectoryError:
        raise UnreadableAudio(f"{path.name} is a folder, not an audio file.", remedy="Give a file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableAudio(f"{path.name} cannot be opened: {reason}.", remedy="Check its permissions.") from error


class _DownMix:
    """Turns samples of any format and layout into one float32 channel, a block at a time."""

    def __init__(self, name: str, max_seconds: float) -> None:
        self._name = name
        self._max_seconds = max_seconds
        self._rate = 0
        self._channels = 0
        self._format = ""
        self._waiting: list[npt.NDArray[Any]] = []
        self._waiting_size = 0
        self._mono: list[Samples] = []
        self._count = 0
        self._clipped = 0
        self._heard = 0
        self._runs = np.zeros(0, dtype=np.int64)

    def add(self, piece: Piece) -> None:
        channels = len(piece.values)
        if not self._rate:
            self._begin(piece.sample_rate)
        elif piece.sample_rate != self._rate:
            raise UnreadableAudio(
                f"{self._name} changes its sample rate midway, from {self._rate} to {piece.sample_rate} Hz.",
                remedy="Export it again with one rate.",
            )
        if (channels, piece.kind) != (self._channels, self._format):
            self._flush()
            self._channels, self._format = channels, piece.kind
            self._runs = np.zeros(channels, dtype=np.int64)
        self._waiting.append(piece.values)
        self._waiting_size += piece.values.size
        self._count += piece.values.shape[1]
        if self._count > self._max_seconds * self._rate:
            raise UnreadableAudio(
                f"{self._name} is longer than {self._max_seconds / 60:g} minutes.",
                remedy="Cut it into clips of one sentence each.",
            )
        if self._waiting_size >= _BLOCK:
            self._flush()

    def finish(self) -> Sound:
        self._flush()
        if not self._count:
            raise UnreadableAudio(
                f"{self._name} contains no sound that can be decoded.", remedy="Record or export it again."
            )
        samples = np.concatenate(self._mono) if len(self._mono) > 1 else self._mono[0]
        return Sound(samples, self._rate, self._channels, self._clipped / self._heard)

    def _begin(self, rate: int) -> None:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise UnreadableAudio(
                f"{self._name} has a sample rate of {rate} Hz, which is not between {LOWEST_RATE} and {HIGHEST_RATE}.",
                remedy="Export it again at 22,050 Hz or more.",
            )
        self._rate = rate

    def _flush(self) -> None:
        if not self._waiting:
            return
        block = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting, axis=1)
        self._waiting, self._waiting_size = [], 0
        step = _BLOCK // len(block)
        for begin in range(0, block.shape[1], step):
            self._mix(block[:, begin : begin + step])

    def _mix(self, block: npt.NDArray[Any]) -> None:
        self._heard += block.size
        values, full_scale = _to_float(block)
        level = full_scale * _FULL_SCALE.get(self._format.rstrip("p"), _FULL_SCALE_16_BIT)
        if self._runs.any() or values.max() >= level or values.min() <= -level:
            self._count_clipped(values, level)
        mono = values[0] if len(values) == 1 else values[0] + values[1]
        for channel in values[2:]:
            mono += channel
        mono *= np.float32(1 / (full_scale * len(values)))
        self._mono.append(mono)

    def _count_clipped(self, values: Samples, level: float) -> None:
        for channel, flags in enumerate(np.abs(values) >= level):
            counted, self._runs[channel] = count_in_runs(flags, int(self._runs[channel]))
            self._clipped += counted


def _to_float(values: npt.NDArray[Any]) -> tuple[Samples, float]:
    """(channels, n) of any FFmpeg sample type to new float32 with its full scale; not-a-number becomes silence.

    In the order in which they lie: a file's samples are converted as one row, which is four times as fast as channel
    after channel. Scaling is left for the one channel that is made of them.
    """
    floats = values.astype(np.float32)
    if values.dtype == np.uint8:
        floats -= 128
        return floats, 128.0
    if values.dtype.kind == "i":
        return floats, 2.0 ** (8 * values.dtype.itemsize - 1)
    if not np.isfinite(floats).all():
        floats = np.nan_to_num(floats, nan=0.0, posinf=1.0, neginf=-1.0)
    return floats, 1.0


def count_in_runs(flags: npt.NDArray[np.bool_], carried: int = 0) -> tuple[int, int]:
    """How many true flags lie in runs of CLIPPED_RUN or more, where `carried` true ones went before.

    flags: (n,). Returns: (the count, length of the run that reaches the end). Carried flags of a run are counted once,
    as soon as the run is long enough.
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    lengths = ends - starts
    uncounted = lengths.copy()
    if len(starts) and starts[0] == 0:
        lengths[0] += carried
        if carried < CLIPPED_RUN:
            uncounted[0] += carried
    trailing = int(lengths[-1]) if len(ends) and ends[-1] == len(flags) else 0
    return int(uncounted[lengths >= CLIPPED_RUN].sum()), trailing
