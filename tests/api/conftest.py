"""A server whose hub has one checkpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.checkpoints.catalog import Catalog
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from hub_server import Hub, on_hub
from jobs.conftest import works_in
from jobs.workers import Works
from old_checkpoints import full_size_checkpoint, write_old_checkpoint  # noqa: F401

AMY = Catalog().find("en-US.amy")
CONFIG = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "phoneme_id_map": {"a": [14]}}


@pytest.fixture(scope="session")
def old_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the first Piper trainer wrote it, in the smallest tier; read it only."""
    return write_old_checkpoint(tmp_path_factory.mktemp("old") / "old.ckpt", quality=Quality.X_LOW)


@pytest.fixture
def settings(hub: Hub, tmp_path: Path) -> Settings:
    return Settings.read(tmp_path / "data", {"HF_ENDPOINT": hub.url, "COAXIAL_DOWNLOAD_TIMEOUT": "2"})


@pytest.fixture
def amy(hub: Hub, old_checkpoint: Path) -> str:
    """The hub offers en-US.amy: an old checkpoint, of a smaller tier for the test's sake, and its configuration."""
    hub.put(on_hub(AMY.config_url), json.dumps(CONFIG).encode())
    hub.put(on_hub(AMY.url), old_checkpoint.read_bytes())
    return on_hub(AMY.url)


@pytest.fixture
def works(settings: Settings, hub: Hub) -> Iterator[Works]:
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
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client
