"""How much room base checkpoints take, and giving it back; never of one that a run is starting from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coaxial.checkpoints.cache import Cache, Cached
from coaxial.domain.errors import InUse, NotFound
from coaxial.domain.files import file_status
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.base_shelf import Shelf, key_of
from coaxial.workflows.locks import lock_file


@dataclass(frozen=True)
class Cleared:
    """What was deleted and what had to stay."""

    removed: tuple[str, ...]
    """Ids."""
    kept: tuple[str, ...]
    """Ids of those that a run or a download is using right now."""
    freed: int
    """Bytes."""


def cache_info(settings: Settings) -> dict[str, Any]:
    """What is in the cache, whole or in part, with sizes in bytes and last uses; its total, and the free disk."""
    cache = Cache(settings.checkpoints)
    cache.folder.mkdir(parents=True, exist_ok=True)
    return {
        "folder": str(cache.folder),
        "total_size": cache.total_size(),
        "free_disk": shutil.disk_usage(cache.folder).free,
        "checkpoints": [_shown(one) for one in cache.all()],
    }


def clear_bases(settings: Settings, name: str | None = None, *, older_than: timedelta | None = None) -> Cleared:
    """Delete one base checkpoint (by id), all that were not used for so long, or all; their catalog entries stay.

    Raises: NotFound (nothing of that id is here), InUse (of one that was named), StorageFailure.
    """
    cache = Cache(settings.checkpoints)
    here = cache.all()
    if name is not None:
        key = key_of(Shelf.of(settings).catalog.find(name))
        here = [one for one in here if one.key == key]
        if not here:
            raise NotFound(f"{name} is not on this machine.", remedy="See what is: coaxial checkpoints cache")
    if older_than is not None:
        before = datetime.now(timezone.utc) - older_than
        here = [one for one in here if _last_used(one) < before]
    size = cache.total_size()
    removed: list[str] = []
    kept: list[str] = []
    for one in here:
        if _starting_runs(settings, one.path):
            kept.append(_id(one))
            continue
        with _free(cache, one.key) as free:
            (removed if free else kept).append(_id(one))
            if free:
                cache.remove(one.key)
    if name is not None and kept:
        raise InUse(
            f"{name} is being used by a run or a download right now.", remedy="Wait until it has finished, or stop it."
        )
    return Cleared(tuple(removed), tuple(kept), size - cache.total_size())


@contextmanager
def _free(cache: Cache, key: str) -> Iterator[bool]:
    """Whether no other process is fetching it; held for the length of the block where that is so."""
    lock = FileLock(cache.lock_file(key))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _starting_runs(settings: Settings, base: Path) -> list[str]:
    """Names of the runs that train from this file right now: their process holds their lock."""
    with open_store(settings) as store:
        runs = [run.name for run in store.runs() if run.state == "running" and run.base and Path(run.base) == base]
    return [name for name in runs if _is_held(lock_file(settings, f"run-{name}"))]


def _is_held(path: Path) -> bool:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _last_used(one: Cached) -> datetime:
    written = one.provenance
    if written is not None:
        return datetime.fromisoformat(written.used or written.downloaded)
    status = file_status(one.path) or file_status(one.path.with_name(f".{one.path.name}.part"))
    return datetime.fromtimestamp(status.st_mtime, timezone.utc) if status else datetime.now(timezone.utc)


def _shown(one: Cached) -> dict[str, Any]:
    written = one.provenance
    return {
        "id": _id(one),
        "state": "downloaded" if one.whole else "damaged" if one.path.exists() else "partial",
        "size": one.size,
        "downloaded": written.downloaded if written else "",
        "used": written.used if written else "",
        "path": str(one.path) if one.path.exists() else "",
    }


def _id(one: Cached) -> str:
    return one.key.replace("_", ".", 1)
