"""The Celery app. Its messages carry a job's id and nothing else: a hint that there is something to claim.

Whether a message is lost, comes late or comes twice makes no difference to what is done, only to when.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from kombu.transport.sqlalchemy import Transport as EmbeddedTransport
from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import OperationalError as SQLOperationalError

from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings

TASK = QUEUE = "coaxial.job"

_SECONDS_TO_REACH_A_BROKER = 4.0

_SECONDS_BETWEEN_LOOKS = 0.2
"""Into the embedded broker's file."""

_log = logging.getLogger("coaxial.jobs")


class _Channel(EmbeddedTransport.Channel):  # type: ignore[misc]
    """One that meets a worker's or server's of the same moment: both look whether tables and queue are there."""

    def _open(self) -> Any:
        try:
            return super()._open()
        except SQLOperationalError:
            return super()._open()  # the other made the tables between our look and our try

    def _get_or_create(self, queue: str) -> Any:
        try:
            return super()._get_or_create(queue)
        except IntegrityError:
            self.session.rollback()
            return super()._get_or_create(queue)


@cache
def app_of(settings: Settings) -> Celery:
    """The app of a process. Raises: InvalidOption (a Redis broker, and no client for it)."""
    app = Celery("coaxial", broker=_address(settings), set_as_current=False)
    # Of the class, for this transport hands its options on to the database.
    EmbeddedTransport.polling_interval = _SECONDS_BETWEEN_LOOKS
    EmbeddedTransport.Channel = _Channel
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        # The broker forgets a message only when its job ended; and if it does not, nothing is lost either.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_serializer="json",
        accept_content=["json"],
        # Workers steer by the table; remote control and events would be a second truth, and more queues to poll.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=_SECONDS_TO_REACH_A_BROKER,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(settings),
    )
    return app


def publish(settings: Settings, jobs: Iterable[int]) -> bool:
    """Tell the workers of jobs. False where the broker cannot be reached: a worker's sweep will find the jobs."""
    app = app_of(settings)
    try:
        for job in jobs:
            app.send_task(TASK, args=[job], queue=QUEUE, retry=False)
    except (KombuError, OperationalError, SQLAlchemyError, OSError) as error:
        _log.warning("the broker cannot be reached, workers find the work by themselves: %s", error)
        return False
    return True


def broker_file(settings: Settings) -> Path:
    """Where the embedded broker keeps its messages."""
    return settings.data_dir / "broker.db"


def discard_damaged_broker(settings: Settings) -> None:
    """Make room for a new file where the embedded broker's is damaged: hints are no loss."""
    if settings.broker_url or not broker_file(settings).exists():
        return
    try:
        with contextlib.closing(_connect(broker_file(settings))) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
            damaged = connection.execute("PRAGMA quick_check").fetchone() != ("ok",)
    except sqlite3.OperationalError:
        return  # another worker writes at this moment
    except sqlite3.DatabaseError:
        damaged = True
    if damaged:
        for ending in ("", "-wal", "-shm"):
            broker_file(settings).with_name(f"{broker_file(settings).name}{ending}").unlink(missing_ok=True)


def forget_delivered(settings: Settings) -> None:
    """Drop what the embedded broker keeps of messages that were delivered."""
    if settings.broker_url or not broker_file(settings).exists():
        return
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_connect(broker_file(settings))) as connection:
        connection.execute("DELETE FROM kombu_message WHERE visible = 0")
        connection.commit()


def _transport_options(settings: Settings) -> dict[str, Any]:
    if not settings.broker_url:
        return {"creator": lambda: _connect(broker_file(settings))}
    return {
        # A training takes longer than this; its message then comes again, and finds the job claimed.
        "visibility_timeout": settings.redis_visibility,
        "socket_connect_timeout": _SECONDS_TO_REACH_A_BROKER,
        "socket_timeout": 30.0,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_SECONDS_TO_REACH_A_BROKER, check_same_thread=False)
    # A kill or a power cut may cost the last messages, which are hints, and never the file; a commit waits for no disk.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _address(settings: Settings) -> str:
    if not settings.broker_url:
        return f"sqla+{URL.create('sqlite', database=str(broker_file(settings))).render_as_string()}"
    try:
        import redis  # noqa: F401
    except ImportError:
        raise InvalidOption(
            "COAXIAL_BROKER_URL names a Redis server, and the package that speaks with it is not installed.",
            remedy="Install it with: pip install 'coaxial[cluster]'",
        ) from None
    return settings.broker_url
