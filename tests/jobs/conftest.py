"""A data directory with workers on it, with the embedded broker or Redis, and something small to train on."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coaxial.settings import Settings
from coaxial.store import open_store
from engine.conftest import write_dataset
from jobs.traces import STEPS, Trace
from jobs.workers import Works, seeded

LEASE = "3"


class Redis:
    """A Redis server of the test's own, which keeps nothing on the disk."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        line = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        """As a power cut: what it held is gone."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        assert not os.environ.get("CI"), "redis-server is missing, and in CI it must be there"
        pytest.skip("the program redis-server is not installed")
    server = Redis()
    server.start()
    yield server
    server.kill()


def works_in(data_dir: Path, **environment: str) -> Iterator[Works]:
    ours = {
        "COAXIAL_DATA_DIR": str(data_dir),
        "COAXIAL_PROCESSES": "1",
        "COAXIAL_JOB_LEASE": LEASE,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        **environment,
    }
    whole = {name: value for name, value in os.environ.items() if not name.startswith("COAXIAL_")} | ours
    settings = Settings.read(data_dir, whole)
    with open_store(settings) as store:
        works = Works(settings, store, whole)
        try:
            yield works
        finally:
            works.close()
            shutil.rmtree(settings.runs, ignore_errors=True)  # gigabytes, and what is not on the disk yet slows others


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    """With the embedded broker."""
    yield from works_in(tmp_path)


@pytest.fixture(params=["one machine", "several machines"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    """With SQLite and the embedded broker, and with PostgreSQL and Redis."""
    if request.param == "one machine":
        yield from works_in(tmp_path)
    else:
        redis, server = request.getfixturevalue("redis"), request.getfixturevalue("postgresql")
        yield from works_in(tmp_path, COAXIAL_BROKER_URL=redis.url, COAXIAL_DATABASE_URL=server.new_database())


@pytest.fixture
def randoms() -> Iterator[random.Random]:
    yield from seeded()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    """A training job of STEPS steps that nobody disturbed."""
    for works in works_in(tmp_path_factory.mktemp("undisturbed")):
        arguments = training_in(works)
        works.start()
        trace = Trace(works, works.queue.submit("train", arguments(STEPS)).id)
    yield trace


Training = Callable[..., dict[str, Any]]


@pytest.fixture
def humming(works: Works) -> Training:
    return training_in(works)


def training_in(works: Works) -> Training:
    """Arguments of a training job on eight clips of humming, which the store then has."""
    name = "hum-x_low-000000000000"
    prepared = write_dataset(works.settings.datasets / name)
    works.store.add_dataset(prepared, [])

    def arguments(steps: int, *, seed: int = 1, checkpoint_every: int = 2, device: str = "cpu") -> dict[str, Any]:
        options = {"budget": {"steps": steps}, "batch_size": 1, "checkpoint_every": checkpoint_every, "device": device}
        return {"dataset": name, "options": {**options, "seed": seed}}

    return arguments
