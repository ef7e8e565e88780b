from __future__ import annotations

from pathlib import Path

import pytest

from downloads import FILE, PATH
from hub_server import Hub


@pytest.fixture
def url(hub: Hub) -> str:
    """Where the hub offers the file."""
    return hub.put(PATH, FILE)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where it is to lie."""
    return tmp_path / "cache" / "amy.ckpt"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Where a manifest is to lie."""
    return tmp_path / "checkpoints" / "manifest.json"
