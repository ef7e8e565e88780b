"""Whether the broker is there."""

from __future__ import annotations

import contextlib
import sqlite3

from coaxial.domain.errors import CoaxialError
from coaxial.jobs.app import broker_file
from coaxial.settings import Settings

_SECONDS = 2.0


def why_unreachable(settings: Settings) -> str:
    """Why no message can be sent at this moment, in a few words without any password; empty where one can."""
    return _redis(settings.broker_url) if settings.broker_url else _file(settings)


def _file(settings: Settings) -> str:
    path = broker_file(settings)
    if not path.exists():
        return ""  # the first message makes it
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return ""


def _redis(url: str) -> str:
    try:
        import redis
    except ImportError:
        return "the package that speaks with Redis is not installed"
    try:
        with contextlib.closing(
            redis.Redis.from_url(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS)
        ) as asked:
            asked.ping()
    except (redis.RedisError, OSError, ValueError, CoaxialError) as error:
        return type(error).__name__
    return ""
