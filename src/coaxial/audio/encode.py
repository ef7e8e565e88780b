"""Sound into the formats that players and programs ask for, as it is made: no file, and no length known before."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
import numpy.typing as npt

from coaxial.audio.riff import wav_header

Pcm = npt.NDArray[np.int16]
SoundFormat = Literal["wav", "pcm", "flac", "opus", "mp3", "aac"]

MEDIA_TYPES: dict[SoundFormat, str] = {
    "wav": "audio/wav",
    # Raw 16-bit samples, the low byte first; how many a second is told beside it.
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
}
"""What each format is called on the web. Opus comes in Ogg (RFC 7845), AAC in ADTS."""

FORMATS: tuple[SoundFormat, ...] = get_args(SoundFormat)


class _Encoder(Protocol):
    def encode(self, pcm: Pcm) -> bytes: ...

    def finish(self) -> bytes: ...


def encoded(chunks: Iterable[Pcm], sample_rate: int, form: SoundFormat, rate: int | None = None) -> Iterator[bytes]:
    """16-bit mono audio, chunk by chunk: what there is of the encoded stream after each.

    chunks: (samples,) each, at sample_rate Hz. rate: Hz of the result; None: the same, or the
    lowest above it that the format has.
    """
    target = rate or _rate(form, sample_rate)
    encoder = _encoder(form, target, io_like=_Pipe())
    resampling = _Resampling(sample_rate, target)
    for chunk in chunks:
        if found := encoder.encode(resampling.next(chunk)):
            yield found
    yield encoder.encode(resampling.last()) + encoder.finish()


def encoded_whole(chunks: Iterable[Pcm], sample_rate: int, form: SoundFormat) -> bytes:
    """The same as a file whose header tells its length."""
    target = _rate(form, sample_rate)
    resampling = _Resampling(sample_rate, target)
    pieces = [resampling.next(chunk) for chunk in chunks]
    pcm = np.concatenate([*pieces, resampling.last()])
    if form == "wav":
        return wav_header(len(pcm), target) + _bytes(pcm)
    file = io.BytesIO()
    encoder = _encoder(form, target, io_like=file)
    content = encoder.encode(pcm) + encoder.finish()
    return content or file.getvalue()


@dataclass(frozen=True)
class _Codec:
    container: str
    name: str
    rates: tuple[int, ...]
    """Hz, ascending; empty for any."""
    bits_per_second: int = 0


_CODECS: dict[str, _Codec] = {
    "flac": _Codec("flac", "flac", ()),
    "opus": _Codec("ogg", "libopus", (8000, 12000, 16000, 24000, 48000), 32_000),
    "mp3": _Codec("mp3", "libmp3lame", (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000), 64_000),
    "aac": _Codec("adts", "aac", (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000), 64_000),
}
_SAMPLE_FORMATS = {"flac": "s16", "libopus": "s16", "libmp3lame": "s16p", "aac": "fltp"}


def _rate(form: SoundFormat, rate: int) -> int:
    """The lowest rate that loses nothing."""
    rates = _CODECS[form].rates if form in _CODECS else ()
    return next((one for one in rates if one >= rate), rates[-1]) if rates else rate


def _encoder(form: SoundFormat, rate: int, io_like: Any) -> _Encoder:
    if form in ("wav", "pcm"):
        return _Plain(wav_header(None, rate) if form == "wav" else b"")
    return _Compressed(_CODECS[form], rate, io_like)


def _bytes(pcm: Pcm) -> bytes:
    return pcm.astype("<i2", copy=False).tobytes()


class _Plain:
    def __init__(self, header: bytes) -> None:
        self._header = header

    def encode(self, pcm: Pcm) -> bytes:
        header, self._header = self._header, b""
        return header + _bytes(pcm)

    def finish(self) -> bytes:
        return b""


class _Compressed:
    """FFmpeg's encoders, through PyAV."""

    def __init__(self, codec: _Codec, rate: int, io_like: Any) -> None:
        # Imported when first needed: FFmpeg's libraries take as long as the rest of this package.
        import av

        self._frame = av.AudioFrame
        self._rate, self._samples = rate, 0
        self._sink = io_like
        # Every packet goes out at once; a page of Ogg would wait until a second is full.
        options = {"flush_packets": "1", **({"page_duration": "200000"} if codec.container == "ogg" else {})}
        self._container = av.open(io_like, "w", format=codec.container, options=options)
        stream = cast(Any, self._container.add_stream(codec.name, rate=rate, layout="mono"))
        stream.format = _SAMPLE_FORMATS[codec.name]
        if codec.bits_per_second:
            stream.bit_rate = codec.bits_per_second
        self._stream = stream

    def encode(self, pcm: Pcm) -> bytes:
        if pcm.size:
            frame = self._frame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts = self._rate, self._samples
            self._samples += pcm.size
            self._container.mux(self._stream.encode(frame))
        return self._taken()

    def finish(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._taken()

    def _taken(self) -> bytes:
        return self._sink.taken() if isinstance(self._sink, _Pipe) else b""


class _Pipe:
    """What a container is written into that cannot be wound back."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


class _Resampling:
    """To another sample rate, chunk by chunk, without a seam."""

    def __init__(self, rate: int, target: int) -> None:
        self._stream: Any = None
        if rate != target:
            import soxr

            self._stream = soxr.ResampleStream(rate, target, 1, dtype="int16", quality="HQ")

    def next(self, pcm: Pcm) -> Pcm:
        return pcm if self._stream is None else self._resampled(pcm, last=False)

    def last(self) -> Pcm:
        nothing = np.zeros(0, dtype=np.int16)
        return nothing if self._stream is None else self._resampled(nothing, last=True)

    def _resampled(self, pcm: Pcm, *, last: bool) -> Pcm:
        resampled: Pcm = self._stream.resample_chunk(pcm, last=last)
        return resampled
