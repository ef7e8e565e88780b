"""A hub on loopback that offers en-US.amy: an old checkpoint, of a smaller tier for the tests' sake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coaxial.checkpoints.catalog import Catalog
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from hub_server import Hub, on_hub
from old_checkpoints import write_old_checkpoint

AMY = Catalog().find("en-US.amy")
CONFIG = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "phoneme_id_map": {"a": [14]}}


@pytest.fixture(scope="session")
def old_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the first Piper trainer wrote it, in the smallest tier; read it only."""
    return write_old_checkpoint(tmp_path_factory.mktemp("old") / "old.ckpt", quality=Quality.X_LOW)


@pytest.fixture
def settings(hub: Hub, tmp_path: Path) -> Settings:
    """Of a studio that asks the hub."""
    return Settings.read(tmp_path / "data", {"HF_ENDPOINT": hub.url, "COAXIAL_DOWNLOAD_TIMEOUT": "2"})


@pytest.fixture
def amy(hub: Hub, old_checkpoint: Path) -> str:
    """The checkpoint's path on the hub, which has it and its configuration."""
    hub.put(on_hub(AMY.config_url), json.dumps(CONFIG).encode())
    hub.put(on_hub(AMY.url), old_checkpoint.read_bytes())
    return on_hub(AMY.url)
