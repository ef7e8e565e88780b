from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub_server import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that listens on loopback for the length of a test."""
    with Hub().running() as hub:
        yield hub
