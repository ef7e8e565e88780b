"""The database: opening it, bringing it up to date, transactions, and its errors in words.

A file of SQLite's in the data directory; PostgreSQL where several machines share the work.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError, NoSuchModuleError, ProgrammingError
from sqlalchemy.orm import Session

from coaxial.domain.errors import DatabaseUnreachable, StorageFailure

REVISION = "0005"
"""The newest migration. Kept here so that an up-to-date database opens without importing Alembic."""

_CONNECTION = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A server that went away without a word is given up within half a minute."""

SILENT_SECONDS = 15
"""After which PostgreSQL ends a transaction in which nothing was said: its machine is gone, and others wait for it."""

_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:key)")

_MIGRATION_LOCK = 0x636F6179
"""PostgreSQL's name of the lock under which tables are made or changed."""

_WRITING_LOCK = 0x636F6177
"""PostgreSQL's name of the lock under which rows are written."""

_MORE_CONNECTIONS = 60
"""Beside the five that stay open: a server's threads, forty at most, and its streams never wait for one another's."""

BUSY_SECONDS = 30.0
"""How long a command waits for another one's transaction; transactions here last milliseconds."""


class Database:
    """The tables, up to date.

    Raises: StorageFailure where the database cannot be opened, is damaged, or belongs to a newer version.
    It is never deleted or replaced.
    """

    def __init__(self, path: Path, url: str = "") -> None:
        """path: of SQLite's file. url: of a PostgreSQL database instead."""
        self._path = path
        self._engine = engine = _postgresql(url) if url else _sqlite(path)
        # SQLite's transactions see one view anyway.
        self._reader = engine if self._is_file else engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = engine.execution_options(immediate=True)
        self.name = engine.url.render_as_string(hide_password=True) if url else str(path)
        with self._translated():
            self._bring_up_to_date()

    def close(self) -> None:
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view; nothing is written."""
        with self._translated(), Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self, turn: int = _WRITING_LOCK) -> Iterator[Session]:
        """One transaction: all of it is kept when the block ends well, nothing otherwise.

        What is found in it decides what is written, so there is one at a time: SQLite sees to that, and on PostgreSQL
        all wait for each other that name the same lock. turn: that name.
        """
        with self._translated(), Session(self._writer) as session, session.begin():
            if not self._is_file:
                session.execute(_TAKE_TURN, {"key": turn})
            yield session

    @property
    def _is_file(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _bring_up_to_date(self) -> None:
        if self._revision() == REVISION:
            return
        if not self._is_file:
            _migrate(self._engine, self.name)
            return
        from filelock import FileLock

        # Two commands may meet a new data directory at the same moment: one makes the tables, the other waits.
        with FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=BUSY_SECONDS):
            if self._revision() != REVISION:
                _migrate(self._engine, self.name)

    def _revision(self) -> str | None:
        with self._engine.connect() as connection:
            return _revision_of(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise  # no state of a disk or file makes these: they are mistakes of ours and must show
        except (DatabaseError, InterfaceError) as error:
            sentences = _FILE_SENTENCES if self._is_file else _SERVER_SENTENCES
            raise _in_words(error, self.name, sentences) from error


def _sqlite(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, max_overflow=_MORE_CONNECTIONS)
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(url: str) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    try:
        # A connection that broke while nobody used it is replaced, and not met by whoever needs it next.
        engine = create_engine(address, pool_pre_ping=True, connect_args=_CONNECTION, max_overflow=_MORE_CONNECTIONS)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StorageFailure(
            "COAXIAL_DATABASE_URL names a PostgreSQL database, and the package that speaks with it is not installed.",
            remedy="Install it with: pip install 'coaxial[cluster]'",
        ) from None
    event.listen(engine, "connect", _bound_silence)
    return engine


def _bound_silence(connection: DBAPIConnection, _record: object) -> None:
    # TCP by itself would leave a server waiting two hours for a machine that lost its power.
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{SILENT_SECONDS}s'")
    connection.commit()


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


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


def _migrate(engine: Engine, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "coaxial.store:migrations")
    with engine.execution_options(immediate=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(_TAKE_TURN, {"key": _MIGRATION_LOCK})
        found = _revision_of(connection)
        if found is not None:
            try:
                ScriptDirectory.from_config(config).get_revision(found)
            except CommandError:
                raise StorageFailure(
                    f"The database {name} was made by a newer version of coaxial (its tables are at {found}, "
                    f"this version knows {REVISION}).",
                    remedy="Upgrade coaxial, or use another data directory with --data-dir.",
                ) from None
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


_FILE_SENTENCES = (
    (
        ("not a database", "malformed", "corrupt"),
        "The database {name} is damaged or is not a coaxial database.",
        "It was left as it is. Put a backup in its place, or move it away and import again: "
        "the recordings themselves are untouched.",
    ),
    (
        ("locked", "busy"),
        "The database {name} is being written by another program and did not become free.",
        "Wait for the other command to end and try again.",
    ),
    (
        ("is full",),
        "The disk is full: {name} could not be written.",
        "Free some space and run the same command again; what was finished is kept.",
    ),
    (
        ("readonly", "read-only", "unable to open", "permission"),
        "The database {name} cannot be opened for writing.",
        "Give yourself permission on the file and its folder, or choose another with --data-dir.",
    ),
    (
        ("disk i/o",),
        "The disk under the database {name} reports errors.",
        "Check the disk and its free space, then run the same command again.",
    ),
)


_UNREACHABLE = "The database {name} cannot be reached."

_SERVER_SENTENCES = (
    (
        ("password authentication", "no password supplied", "role", "permission denied"),
        "The database server refused to let coaxial into {name}.",
        "Check the user and the password in COAXIAL_DATABASE_URL.",
    ),
    (
        ("does not exist",),
        "There is no database {name} on its server.",
        "Make one with createdb, or correct COAXIAL_DATABASE_URL.",
    ),
    (
        ("no space", "disk full"),
        "The disk of the database server is full: {name} could not be written.",
        "Free some space there and run the same command again; what was finished is kept.",
    ),
    (
        ("connect", "connection", "terminating", "starting up", "shutting down", "timeout"),
        _UNREACHABLE,
        "Check that its server runs and that COAXIAL_DATABASE_URL is its address.",
    ),
)


def _in_words(
    error: DatabaseError | InterfaceError, name: str, sentences: tuple[tuple[tuple[str, ...], str, str], ...]
) -> StorageFailure:
    detail = str(error.orig)
    for signs, message, remedy in sentences:
        if any(sign in detail.lower() for sign in signs):
            kind = DatabaseUnreachable if message == _UNREACHABLE else StorageFailure
            return kind(message.format(name=name), remedy=remedy)
    return StorageFailure(
        f"The database {name} could not do what was asked: {detail}.",
        remedy="It was left as it was before this command. Upgrade coaxial if it comes from another version.",
    )
