"""The SQLite file: opening it, bringing it up to date, transactions, and its errors in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from coaxial.domain.errors import StorageFailure

REVISION = "0001"
"""The newest migration. Kept here so that an up-to-date database opens without importing Alembic."""

BUSY_SECONDS = 30.0
"""How long a command waits for another one's transaction; transactions here last milliseconds."""


class Database:
    """One SQLite file with its tables up to date.

    Raises: StorageFailure where the file cannot be opened, is damaged, or belongs to a newer version.
    The file is never deleted or replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
        event.listen(self._engine, "connect", _set_up_connection)
        event.listen(self._engine, "begin", _begin)
        with self._translated():
            self._bring_up_to_date()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view; nothing is written."""
        with self._translated(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it is kept when the block ends well, nothing otherwise."""
        with self._translated(), Session(self._engine.execution_options(immediate=True)) as session, session.begin():
            yield session

    def _bring_up_to_date(self) -> None:
        if self._revision() == REVISION:
            return
        from filelock import FileLock

        # Two commands may meet a new data directory at the same moment: one makes the tables, the other waits.
        with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=BUSY_SECONDS):
            if self._revision() != REVISION:
                _migrate(self._engine, self.path)

    def _revision(self) -> str | None:
        with self._engine.connect() as connection:
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
            if tables.first() is None:
                return None
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
            return None if row is None else str(row[0])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise  # no state of a disk or file makes these: they are mistakes of ours and must show
        except DatabaseError as error:
            raise _in_words(error, self.path) from error


def _set_up_connection(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin only at the first write, too late for BEGIN IMMEDIATE below.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, when another wrote in between;
    # one that says at the start that it will write waits its turn (sqlite.org/lang_transaction.html).
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _migrate(engine: Engine, path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "coaxial.store:migrations")
    with engine.execution_options(immediate=True).begin() as connection:
        row: Any = None
        if connection.dialect.has_table(connection, "alembic_version"):
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
        if row is not None:
            try:
                ScriptDirectory.from_config(config).get_revision(row[0])
            except CommandError:
                raise StorageFailure(
                    f"The database {path} was made by a newer version of coaxial (its tables are at {row[0]}, "
                    f"this version knows {REVISION}).",
                    remedy="Upgrade coaxial, or use another data directory with --data-dir.",
                ) from None
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


_SENTENCES = (
    (
        ("not a database", "malformed", "corrupt"),
        "The database {path} is damaged or is not a coaxial database.",
        "It was left as it is. Put a backup in its place, or move it away and import again: "
        "the recordings themselves are untouched.",
    ),
    (
        ("locked", "busy"),
        "The database {path} is being written by another program and did not become free.",
        "Wait for the other command to end and try again.",
    ),
    (
        ("is full",),
        "The disk is full: {path} could not be written.",
        "Free some space and run the same command again; what was finished is kept.",
    ),
    (
        ("readonly", "read-only", "unable to open", "permission"),
        "The database {path} cannot be opened for writing.",
        "Give yourself permission on the file and its folder, or choose another with --data-dir.",
    ),
    (
        ("disk i/o",),
        "The disk under the database {path} reports errors.",
        "Check the disk and its free space, then run the same command again.",
    ),
)


def _in_words(error: DatabaseError, path: Path) -> StorageFailure:
    detail = str(error.orig)
    for signs, message, remedy in _SENTENCES:
        if any(sign in detail.lower() for sign in signs):
            return StorageFailure(message.format(path=path), remedy=remedy)
    return StorageFailure(
        f"The database {path} could not do what was asked: {detail}.",
        remedy="It was left as it was before this command. Upgrade coaxial if the file comes from another version.",
    )
