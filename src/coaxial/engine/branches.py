"""Parts of a step that do not wait for each other: on a GPU they run at the same time."""

from __future__ import annotations

from functools import lru_cache
from types import TracebackType

import torch


class Branch:
    """What is computed within it begins after all that was asked for before, and runs beside what is asked for after.

    On a GPU it is a stream of its own, and whoever uses the branch keeps the tensors that cross its border alive until
    it is joined; elsewhere it is nothing. Large operations leave parts of a GPU idle at their ends, which the many
    small ones of text and durations fill.
    """

    def __init__(self, stream: torch.cuda.Stream | None) -> None:
        self._stream = stream
        self._context = torch.cuda.stream(stream) if stream is not None else None

    def __enter__(self) -> Branch:
        if self._stream is not None and self._context is not None:
            self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
            self._context.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._context is not None:
            self._context.__exit__(kind, error, traceback)

    def join(self) -> None:
        """Let all that is asked for from here on wait for the branch."""
        if self._stream is not None:
            torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)


def branches(device: torch.device) -> tuple[Branch, Branch]:
    """Two branches beside the main one."""
    first, second = _streams(device) if device.type == "cuda" else (None, None)
    return Branch(first), Branch(second)


def join_all(device: torch.device) -> None:
    """Join branches that an error left open while the present stream is captured; a capture with open ones cannot end.

    One that cannot end never gives its memory back.
    """
    for stream in _streams(device):
        with torch.cuda.stream(stream):
            captured = torch.cuda.is_current_stream_capturing()
        if captured:
            torch.cuda.current_stream(device).wait_stream(stream)


@lru_cache(maxsize=16)
def _streams(device: torch.device) -> tuple[torch.cuda.Stream, torch.cuda.Stream]:
    # Of higher priority than the main one: their operations are small, and the large ones take what room they leave.
    return torch.cuda.Stream(device, priority=-1), torch.cuda.Stream(device, priority=-1)
