"""A hub on loopback that offers en-US.amy, and a studio that asks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coaxial.checkpoints.catalog import Catalog
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from hub_server import Hub, on_hub
from old_checkpoints import write_old_checkpoint

AMY = Catalog().find("en-US.amy")


CONFIG = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "phoneme_id_map": {"a": [14]}}


class Heard(Silent):
    """Keeps what was said, and the stages."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.stages: list[str] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.stages.append(name)

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


@pytest.fixture(scope="session")
def old_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the first Piper trainer wrote it, in the smallest tier; read it only."""
    path = tmp_path_factory.mktemp("old") / "old.ckpt"
    write_old_checkpoint(path, quality=Quality.X_LOW)
    return path


@pytest.fixture
def settings(hub: Hub, tmp_path: Path) -> Settings:
    return Settings.read(tmp_path / "data", {"HF_ENDPOINT": hub.url, "COAXIAL_DOWNLOAD_TIMEOUT": "2"})


@pytest.fixture
def amy(hub: Hub, old_checkpoint: Path) -> str:
    """The hub offers en-US.amy: an old checkpoint, of a smaller tier for the test's sake, and its configuration."""
    hub.put(on_hub(AMY.config_url), json.dumps(CONFIG).encode())
    hub.put(on_hub(AMY.url), old_checkpoint.read_bytes())
    return on_hub(AMY.url)
