"""The one store for all doors: rows in a database, files in the data directory.

`open_store` is the way in; what it answers is in `coaxial.store.records`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coaxial.settings import Settings
from coaxial.store.claims import Claims
from coaxial.store.database import Database
from coaxial.store.jobs import Jobs
from coaxial.store.speech import Speech
from coaxial.store.takes import Takes
from coaxial.store.training import Training
from coaxial.store.voices import Voices


class Store(Speech, Takes, Training, Voices, Jobs, Claims):
    """Every row the program keeps; each method is one transaction. Raises, everywhere: StorageFailure."""

    def __init__(self, settings: Settings) -> None:
        self._data_dir = settings.data_dir
        self._database = Database(settings.database, settings.database_url)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The store of a data directory, its tables made or brought up to date. Raises: StorageFailure."""
    store = Store(settings)
    try:
        yield store
    finally:
        store.close()
