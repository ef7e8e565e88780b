"""Any audio file to float32 mono, through PyAV (FFmpeg's libraries)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.container import InputContainer

from coaxial.audio.pcm import read_pcm
from coaxial.domain.errors import UnreadableAudio

Samples = npt.NDArray[np.float32]

MAX_SECONDS = 600.0
"""A clip is a sentence or two; what is longer was never cut into sentences."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000

CLIPPED_RUN = 3
"""So many full-scale samples in a row are taken for clipping; one or two also occur in healthy recordings."""

# Everything else FFmpeg knows is either not sound or, like playlists, makes it open other files and addresses.
_FORMATS = "wav,w64,aiff,au,caf,mp3,flac,ogg,mov,matroska,aac,amr,asf,wv,ape,tta"

# FFmpeg looks for DTS hidden in 16-bit WAV over several megabytes: 18 ms a file against 1 ms for all the rest.
_PROBE_WAV = {"probesize": "32", "max_size": "8192"}

# Samples of all channels that are down-mixed at once: large enough for numpy, small enough for 8 channels at 192 kHz.
_BLOCK = 1 << 20

_SUPPORTED = "Coaxial reads WAV, MP3, FLAC, OGG, Opus, M4A, AAC and WebM."

# FFmpeg's own errors, and those of a damaged header: a place before the file's beginning, a tag that is not text.
_DAMAGE = (av.FFmpegError, EOFError, OSError, ValueError)

# From as many planes on PyAV reads one too many, past the end of FFmpeg's list, and takes the process down.
_UNSAFE_PLANES = 8

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
        start = file.read(4)
        if not start:
            raise UnreadableAudio(f"{path.name} is empty (0 bytes).", remedy="Record or export it again.")
        file.seek(0)
        if (pcm := read_pcm(file)) is not None:
            mix = _DownMix(path.name, max_seconds)
            mix.add_values(pcm.values, "s16", pcm.sample_rate)
            return mix.finish()
        file.seek(0)
        options = {"format_whitelist": _FORMATS} | (_PROBE_WAV if start in (b"RIFF", b"RF64") else {})
        try:
            with av.open(file, mode="r", options=options) as container:
                return _decode_container(container, path, max_seconds)
        except _DAMAGE as error:
            raise UnreadableAudio(
                f"{path.name} is not an audio file, or it is damaged from its beginning.", remedy=_SUPPORTED
            ) from error


def _opened(path: Path) -> BinaryIO:
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():
            raise UnreadableAudio(f"{path.name} is a device or a pipe, not an audio file.", remedy=_SUPPORTED)
        return path.open("rb")
    except FileNotFoundError:
        raise UnreadableAudio(
            f"{path.name} does not exist in {path.parent}.", remedy="Check the file's name."
        ) from None
    except IsADirectoryError:
        raise UnreadableAudio(f"{path.name} is a folder, not an audio file.", remedy=_SUPPORTED) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableAudio(f"{path.name} cannot be opened: {reason}.", remedy="Check its permissions.") from error


def _decode_container(container: InputContainer, path: Path, max_seconds: float) -> Sound:
    if not container.streams.audio:
        raise UnreadableAudio(f"{path.name} has no sound in it.", remedy=_SUPPORTED)
    if container.streams.audio[0].codec_context is None:
        raise UnreadableAudio(f"{path.name} has its sound in a form that cannot be decoded.", remedy=_SUPPORTED)
    mix = _DownMix(path.name, max_seconds)
    for frame in _frames(container):
        mix.add(frame)
    return mix.finish()


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    """Frames of the first audio stream; damaged packets are passed over, a torn end ends it."""
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, *_DAMAGE):
            return
        try:
            yield from packet.decode()
        except _DAMAGE:
            continue


class _DownMix:
    """Turns frames of any sample format and layout into one float32 channel, a block at a time."""

    def __init__(self, name: str, max_seconds: float) -> None:
        self._name = name
        self._max_seconds = max_seconds
        self._rate = 0
        self._channels = 0
        self._format = ""
        self._planar = False
        self._interleave: av.AudioResampler | None = None
        self._waiting: list[npt.NDArray[Any]] = []
        self._waiting_size = 0
        self._mono: list[Samples] = []
        self._count = 0
        self._clipped = 0
        self._heard = 0
        self._runs = np.zeros(0, dtype=np.int64)

    def add(self, frame: AudioFrame) -> None:
        self._expect(frame.format.name, frame.layout.nb_channels, frame.sample_rate)
        if not frame.format.is_planar:
            self._append(frame.to_ndarray().reshape(-1, self._channels), planar=False)
        elif self._channels < _UNSAFE_PLANES:
            self._append(frame.to_ndarray(), planar=True)
        else:
            if self._interleave is None:
                self._interleave = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)
            for one in self._interleave.resample(frame):
                self._append(one.to_ndarray().reshape(-1, self._channels), planar=False)

    def add_values(self, values: npt.NDArray[Any], kind: str, rate: int) -> None:
        """values: (n, channels) of FFmpeg's sample format kind."""
        self._expect(kind, values.shape[1], rate)
        self._append(values, planar=False)

    def _expect(self, kind: str, channels: int, rate: int) -> None:
        """Prepare for samples of a kind, which almost always is that of the samples before."""
        if not self._rate:
            self._begin(rate)
        elif rate != self._rate:
            raise UnreadableAudio(
                f"{self._name} changes its sample rate midway, from {self._rate} to {rate} Hz.",
                remedy="Export it again with one rate.",
            )
        if (channels, kind) != (self._channels, self._format):
            self._flush()
            self._channels, self._format = channels, kind
            self._runs = np.zeros(channels, dtype=np.int64)
            self._interleave = None

    def _append(self, values: npt.NDArray[Any], *, planar: bool) -> None:
        self._planar = planar
        self._waiting.append(values)
        self._waiting_size += values.size
        self._count += values.size // self._channels
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
        block = self._waiting[0]
        if len(self._waiting) > 1:
            block = np.concatenate(self._waiting, axis=1 if self._planar else 0)
        self._waiting, self._waiting_size = [], 0
        self._heard += block.size
        channels = [_to_float(one) for one in (block if self._planar else block.T)]
        for channel, samples in enumerate(channels):
            self._count_clipped(channel, samples)
        mono = channels[0]
        for samples in channels[1:]:
            mono += samples
        if len(channels) > 1:
            mono *= np.float32(1 / len(channels))
        self._mono.append(mono)

    def _count_clipped(self, channel: int, samples: Samples) -> None:
        level = _FULL_SCALE.get(self._format.rstrip("p"), _FULL_SCALE_16_BIT)
        if self._runs[channel] or samples.max() >= level or samples.min() <= -level:
            counted, self._runs[channel] = count_in_runs(np.abs(samples) >= level, int(self._runs[channel]))
            self._clipped += counted


def _to_float(values: npt.NDArray[Any]) -> Samples:
    """(n,) of any FFmpeg sample type to new float32 with full scale 1; not-a-number becomes silence."""
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) * np.float32(1 / 128)
    floats = values.astype(np.float32)
    if values.dtype.kind == "i":
        floats *= np.float32(2.0 ** (1 - 8 * values.dtype.itemsize))
    elif not np.isfinite(floats).all():
        floats = np.nan_to_num(floats, nan=0.0, posinf=1.0, neginf=-1.0)
    return floats


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
