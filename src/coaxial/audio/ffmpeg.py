"""Everything FFmpeg's libraries can decode, through PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer

from coaxial.audio.pcm import Piece
from coaxial.domain.errors import UnreadableAudio

# Everything else FFmpeg knows is either not sound or, like playlists, makes it open other files and addresses.
_FORMATS = "wav,w64,aiff,au,caf,mp3,flac,ogg,mov,matroska,aac,amr,asf,wv,ape,tta"

# FFmpeg looks for DTS hidden in 16-bit WAV over several megabytes: 18 ms a file against 1 ms for all the rest.
_PROBE_WAV = {"probesize": "32", "max_size": "8192"}

# FFmpeg's own errors, and those of a damaged header: a place before the file's beginning, a tag that is not text.
_DAMAGE = (av.FFmpegError, EOFError, OSError, ValueError)

# From as many planes on PyAV reads one too many, past the end of FFmpeg's list, and takes the process down.
_UNSAFE_PLANES = 8

_REMEDY = "Coaxial reads WAV, MP3, FLAC, OGG, Opus, M4A, AAC and WebM."


def read_pieces(file: BinaryIO, name: str) -> Iterator[Piece]:
    """Decode the first audio stream of a file that is open at its beginning; what is damaged within is passed over.

    Raises: UnreadableAudio where there is no sound that can be decoded.
    """
    start = file.read(4)
    file.seek(0)
    options = {"format_whitelist": _FORMATS} | (_PROBE_WAV if start in (b"RIFF", b"RF64") else {})
    try:
        with av.open(file, mode="r", options=options) as container:
            _check(container, name)
            interleave = _Interleave()
            for frame in _frames(container):
                yield from interleave.pieces(frame)
    except _DAMAGE as error:
        raise UnreadableAudio(
            f"{name} is not an audio file, or it is damaged from its beginning.", remedy=_REMEDY
        ) from error


def _check(container: InputContainer, name: str) -> None:
    if not container.streams.audio:
        raise UnreadableAudio(f"{name} has no sound in it.", remedy=_REMEDY)
    if container.streams.audio[0].codec_context is None:
        raise UnreadableAudio(f"{name} has its sound in a form that cannot be decoded.", remedy=_REMEDY)


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


class _Interleave:
    """Frames to pieces, by way of FFmpeg's own interleaving where PyAV cannot read a frame's planes."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._layout = ("", "")

    def pieces(self, frame: AudioFrame) -> Iterator[Piece]:
        kind, channels = frame.format.name, frame.layout.nb_channels
        if frame.format.is_planar and channels < _UNSAFE_PLANES:
            yield Piece(frame.to_ndarray(), kind, frame.sample_rate)
            return
        frames = [frame]
        if frame.format.is_planar:
            if self._resampler is None or self._layout != (kind, frame.layout.name):
                self._layout = kind, frame.layout.name
                self._resampler = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)
            frames = self._resampler.resample(frame)
        for one in frames:
            yield Piece(one.to_ndarray().reshape(-1, channels).T, kind, frame.sample_rate)
