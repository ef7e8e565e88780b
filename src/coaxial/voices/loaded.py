"""Voices that stay loaded between speeches, the latest used ones, as many as a limit of memory holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from coaxial.domain.errors import InUse
from coaxial.domain.files import file_status
from coaxial.voices.speech import SpeakingVoice

_BYTES_PER_FILE_BYTE = 1.5
"""Memory of a loaded voice, as measured with ONNX Runtime 1.32, without what it needs while it speaks."""

_LOOKS = 5
"""How often a voice that is exported anew while it is loaded is loaded again."""

_Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass
class _Kept:
    stamp: _Stamp
    bytes: float
    voice: Future[SpeakingVoice] = field(default_factory=Future)


class LoadedVoices:
    """Loads a voice once, however many threads ask for it at that moment, and again when its files are others."""

    def __init__(self, most_bytes: float) -> None:
        """most_bytes: of memory, for all together; the voice that was asked for last stays in any case."""
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, _Kept] = OrderedDict()

    def voice(self, onnx: Path) -> SpeakingVoice:
        """A voice to speak with, on one thread a sentence. Raises: NotFound, UnreadableVoice, InUse."""
        stamp = _stamp(onnx)
        with self._lock:
            kept = self._kept.get(onnx)
            loads = kept is None or kept.stamp != stamp
            if kept is None or loads:
                size = stamp[0][2] if stamp[0] else 0
                kept = self._kept[onnx] = _Kept(stamp, _BYTES_PER_FILE_BYTE * size)
            self._kept.move_to_end(onnx)
            self._let_go_of_the_oldest()
        if loads:
            self._load(onnx, kept)
        return kept.voice.result()

    def __len__(self) -> int:
        return len(self._kept)

    def _load(self, onnx: Path, kept: _Kept) -> None:
        try:
            kept.voice.set_result(_loaded(onnx, kept))
        except BaseException as error:
            with self._lock:
                if self._kept.get(onnx) is kept:
                    del self._kept[onnx]
            kept.voice.set_exception(error)

    def _let_go_of_the_oldest(self) -> None:
        while len(self._kept) > 1 and sum(one.bytes for one in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)


def _loaded(onnx: Path, kept: _Kept) -> SpeakingVoice:
    """The model and the configuration of one and the same export."""
    for _ in range(_LOOKS):
        voice = SpeakingVoice(onnx, threads=1)
        now = _stamp(onnx)
        if now == kept.stamp:
            return voice
        kept.stamp = now
    raise InUse(f"{onnx.stem} is being exported right now.", remedy="Try again when that has ended.")


def _stamp(onnx: Path) -> _Stamp:
    """What tells the files of one export from those of another."""
    found = (file_status(path) for path in (onnx, onnx.with_name(f"{onnx.name}.json")))
    return tuple((one.st_ino, one.st_mtime_ns, one.st_size) if one else None for one in found)
