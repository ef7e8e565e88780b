"""Whether anything was written since the last look, asked of the database in the cheapest way it has."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from coaxial.store.database import Database


class Watch:
    """Remembers one reader's last look. Used from one thread; `close` it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect() if engine.dialect.name == "sqlite" else None
        self._seen: int | None = None

    def has_changed(self) -> bool:
        """True also where it cannot be told.

        SQLite counts what other connections wrote (PRAGMA data_version); this one writes nothing. A PostgreSQL server
        has no such number, so that there whoever asks has to look.
        """
        if self._connection is None:
            return True
        try:
            version = int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())
            self._connection.rollback()
        except DBAPIError:
            return True  # whoever looks will say what is wrong
        changed = version != self._seen
        self._seen = version
        return changed

    def forget(self) -> None:
        """The next answer is True: what was found at this look could not be used."""
        self._seen = None

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()


class Watching:
    """A store method for those who follow what happens; part of `Store`."""

    _database: Database

    def watch(self) -> Watch:
        """For one reader."""
        return Watch(self._database.engine)
