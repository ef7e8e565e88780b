"""An empty store: in a file of SQLite's, and in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coaxial.settings import Settings
from coaxial.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    return Settings(data_dir=tmp_path, processes=1, database_url=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as store:
        yield store
