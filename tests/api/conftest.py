"""A server whose hub has one checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

from amy_on_hub import amy, old_checkpoint, settings  # noqa: F401
from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.settings import Settings
from hub_server import Hub
from jobs.conftest import works_in
from jobs.workers import Works
from old_checkpoints import full_size_checkpoint  # noqa: F401


@pytest.fixture
def works(settings: Settings, hub: Hub) -> Iterator[Works]:  # noqa: F811
    """The same data directory as a worker sees it; none runs until the test starts one."""
    with contextmanager(works_in)(
        settings.data_dir, HF_ENDPOINT=hub.url, COAXIAL_DOWNLOAD_TIMEOUT="2", COAXIAL_CPU_JOBS="3"
    ) as works:
        yield works


@pytest.fixture
def worker(works: Works) -> Works:
    """With a worker that takes jobs."""
    works.start()
    return works


@pytest.fixture
def app(settings: Settings) -> FastAPI:  # noqa: F811
    return create_app(settings)


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client
