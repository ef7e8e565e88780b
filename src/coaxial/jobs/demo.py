"""The demo: the whole way from recordings to a voice, as jobs that anybody could have queued."""

from __future__ import annotations

import hashlib
from typing import Any

from coaxial.jobs.queue import Queue
from coaxial.settings import Settings
from coaxial.store.job_records import JobRecord
from coaxial.workflows.write_demo import write_demo

NAME, LANGUAGE = "robot", "en-US"

_TRAINING: dict[str, Any] = {"budget": {"minutes": 2.0}, "batch_size": 4}
"""From random weights and on any machine: the voice hums and has no words yet, but every step to it can be seen."""


def queue_demo(settings: Settings, queue: Queue, key: str = "") -> list[JobRecord]:
    """Queue the import, preparing, training and export of a robot's voice, each after the one before.

    key: as of `Queue.submit`; with one, the same jobs come again. Raises: StorageFailure.
    """
    steps: list[tuple[str, dict[str, Any]]] = [
        ("import", {"source": str(write_demo(settings)), "name": NAME, "language": LANGUAGE}),
        ("prepare", {"name": NAME, "options": {"quality": "x_low"}}),
        ("train", {"options": _TRAINING}),
        ("export", {}),
    ]
    # Of a length of its own: the longest key that a client may give fills its column.
    name = hashlib.sha256(key.encode()).hexdigest() if key else ""
    jobs: list[JobRecord] = []
    for kind, arguments in steps:
        after = jobs[-1].id if jobs else None
        jobs.append(queue.submit(kind, arguments, after, key=f"{name} {kind}" if name else ""))
    return jobs
