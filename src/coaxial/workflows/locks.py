"""One command at a time on one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from coaxial.domain.errors import InUse
from coaxial.domain.files import storage_errors
from coaxial.settings import Settings

WAIT_SECONDS = 60.0


@contextmanager
def locked(settings: Settings, key: str, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a name for the length of a block, over all processes; the system lets go of it when a process dies.

    what: the thing in words, for the person. wait: until the other process has finished, where that takes moments.
    Raises: InUse where another process holds it.
    """
    lock = FileLock(lock_file(settings, key))
    try:
        lock.acquire(timeout=WAIT_SECONDS if wait else 0)
    except Timeout:
        raise InUse(
            f"Another command is working on {what} right now.", remedy="Wait until it has finished, or stop it."
        ) from None
    try:
        yield
    finally:
        lock.release()


def lock_file(settings: Settings, key: str) -> Path:
    """The file that is locked while a name is held. Raises: StorageFailure."""
    folder = settings.data_dir / "locks"
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{key}.lock"


def speech_key(name: str) -> str:
    """What is held while recordings of a profile or prompt list are added, used or deleted."""
    return f"speech-{name}"
