"""What this machine and this data directory are like: versions, devices, room, the queue and who works on it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from coaxial.domain.jobs import HELD, STATES, JobState
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.job_records import JobRecord, WorkerRecord
from coaxial.workflows.gpus import Gpu, list_gpus

PACKAGES = ("torch", "piper-tts", "onnxruntime", "av", "soxr", "fastapi", "celery", "sqlalchemy")

_KINDS = (
    "recordings",
    "imports",
    "uploads",
    "clips",
    "datasets",
    "checkpoints",
    "runs",
    "voices",
    "logs",
)
"""Folders of the data directory; whatever else is there counts as `other`."""

_SECONDS_KEPT = 60.0
"""The sizes of folders: looking at a hundred thousand files takes a second."""


@dataclass(frozen=True)
class WorkerView:
    """A worker, and what it does."""

    worker: WorkerRecord
    jobs: list[JobRecord]


@dataclass(frozen=True)
class SystemView:
    """What there is at this moment."""

    host: str
    system: str
    processors: int
    memory: int | None
    """Bytes of the machine; None where the system does not tell."""
    versions: Mapping[str, str]
    data_dir: Path
    database: str
    broker: str
    disk_free: int
    disk_total: int
    sizes: Mapping[str, int]
    """Bytes of each kind of thing in the data directory; a file of several names counts once."""
    gpus: list[Gpu]
    jobs: Mapping[JobState, int]
    workers: list[WorkerView]


def system_view(settings: Settings) -> SystemView:
    """Raises: StorageFailure."""
    with open_store(settings) as store:
        counted = store.jobs_by_state()
        held = store.jobs(HELD)
        workers = store.workers(within=settings.job_lease)
        database = store.name
    disk = shutil.disk_usage(settings.data_dir)
    return SystemView(
        socket.gethostname(),
        f"{platform.system()} {platform.release()} {platform.machine()}",
        settings.processes,
        _memory(),
        _versions(),
        settings.data_dir,
        database,
        _broker(settings),
        disk.free,
        disk.total,
        _sizes.of(settings.data_dir),
        list_gpus(),
        {state: counted.get(state, 0) for state in STATES},
        [WorkerView(one, [job for job in held if job.worker == one.name]) for one in workers],
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("coaxial", *PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _broker(settings: Settings) -> str:
    if not settings.broker_url:
        return str(settings.data_dir / "broker.db")
    # Without user and password.
    address = urlsplit(settings.broker_url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


class _Sizes:
    """Of folders, as they were a moment ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Path, tuple[float, dict[str, int]]] = {}

    def of(self, data_dir: Path) -> dict[str, int]:
        with self._lock:
            then, sizes = self._kept.get(data_dir, (float("-inf"), {}))
            if time.monotonic() - then > _SECONDS_KEPT:
                sizes = _measured(data_dir)
                self._kept = {data_dir: (time.monotonic(), sizes)}
            return sizes


_sizes = _Sizes()


def _measured(data_dir: Path) -> dict[str, int]:
    seen: set[tuple[int, int]] = set()
    sizes = {kind: _size(data_dir / kind, seen) for kind in _KINDS}
    return {**sizes, "other": _size(data_dir, seen)}


def _size(folder: Path, seen: set[tuple[int, int]]) -> int:
    size, folders = 0, [str(folder)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue  # not there, or gone at this moment
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
                is_folder = entry.is_dir(follow_symlinks=False)
            except OSError:
                continue
            if is_folder:
                folders.append(entry.path)
            elif (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                size += status.st_size
    return size
