"""Scalars for TensorBoard, each written as it comes.

tensorboardX's SummaryWriter leaves it to a thread, which ends where the clock is set back by weeks (its wait is too
long for poll), and then training waits for the thread for ever.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.summary_pb2 import Summary


class Board:
    """One file of events, beside those of earlier sittings of a run."""

    def __init__(self, folder: Path, step: int) -> None:
        """step: what is here of later steps, of work that was lost, TensorBoard forgets."""
        folder.mkdir(parents=True, exist_ok=True)
        # A name of its own: that of another file in the same second, or of a clock that was set back, would empty it.
        self._events = EventsWriter(str(folder / "events"), f".{uuid4().hex[:8]}")
        if step:
            log = SessionLog(status=SessionLog.START)
            self._events.write_event(Event(step=step + 1, session_log=log, wall_time=time.time()))

    def add(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write a step's values, as GROUP/NAME."""
        summary = Summary(value=[Summary.Value(tag=f"{group}/{name}", simple_value=values[name]) for name in values])
        self._events.write_event(Event(step=step, summary=summary, wall_time=time.time()))

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._events.flush()

    def close(self) -> None:
        self._events.close()
