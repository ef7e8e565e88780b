"""The one store for all doors: rows in a database, files in the data directory.

`open_store` is the way in; what it answers is in `coaxial.store.records`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from coaxial.settings import Settings
from coaxial.store.answers import Answers
from coaxial.store.claims import Claims
from coaxial.store.counts import Counts
from coaxial.store.database import Database
from coaxial.store.job_views import JobViews
from coaxial.store.jobs import Jobs
from coaxial.store.readings import Readings
from coaxial.store.recordings import Recordings
from coaxial.store.run_views import RunViews
from coaxial.store.speech import Speech
from coaxial.store.tables import LARGEST_ID as LARGEST_ID
from coaxial.store.takes import Takes
from coaxial.store.training import Training
from coaxial.store.voices import Voices
from coaxial.store.watching import Watching
from coaxial.store.workers import Workers


class Store(
    Speech,
    Takes,
    Recordings,
    Readings,
    Training,
    Voices,
    Jobs,
    JobViews,
    Claims,
    Workers,
    RunViews,
    Watching,
    Answers,
    Counts,
):
    """Every row the program keeps; each method is one transaction. Raises, everywhere: StorageFailure."""

    def __init__(self, settings: Settings) -> None:
        self._data_dir = settings.data_dir
        self._database = Database(settings.database, settings.database_url)

    @property
    def name(self) -> str:
        """Of the database: its file, or its address without the password."""
        return self._database.name

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


@dataclass
class _Shared:
    """A store, and how many blocks have it."""

    opening: threading.Lock = field(default_factory=threading.Lock)
    blocks: int = 0
    store: Store | None = None


_shared: dict[tuple[int, Settings], _Shared] = {}
_sharing = threading.Lock()


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The store of a data directory, its tables made or brought up to date.

    All blocks of a process that overlap, in whatever threads, have one store: within a server, which holds it as long
    as it runs, it is open already. The last block closes it. Raises: StorageFailure.
    """
    # A forked process must not use its parent's connections.
    key = (os.getpid(), settings)
    with _sharing:
        shared = _shared.setdefault(key, _Shared())
        shared.blocks += 1
    try:
        yield _opened(shared, settings)
    finally:
        with _sharing:
            shared.blocks -= 1
            last = shared.blocks == 0
            if last:
                del _shared[key]
        if last and shared.store is not None:
            shared.store.close()


def _opened(shared: _Shared, settings: Settings) -> Store:
    with shared.opening:
        if shared.store is None:
            shared.store = Store(settings)
        return shared.store
