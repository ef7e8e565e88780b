"""Where somebody is in what happened, as text."""

from __future__ import annotations

import pytest

from coaxial.metrics.index import Place
from coaxial.workflows.position import Position


def test_what_is_written_is_read_again() -> None:
    position = Position(8123, 512, 3, 1_777_887_000_000_000, {3: Place(4200, 2_882_343_476, 1_804_289_383)})
    assert Position.parse(position.text()) == position
    assert Position.parse(Position().text()) == Position()


@pytest.mark.parametrize("text", ["", "0", "1.2.3-4", "1.2.3-4.x", "1.2.3-4.5-6-7", "-1.0.0-0."])
def test_what_is_no_position_is_none(text: str) -> None:
    assert Position.parse(text) is None


@pytest.mark.parametrize(
    "text",
    ["9999999999.0.0-0.", "0.9999999999.0-0.", "0.0.9999999999-0.", "0.0.0-0.9999999999-1-1-1", f"0.0.0-{'9' * 18}."],
    ids=["revision", "line", "newest run", "run", "moment"],
)
def test_what_no_database_could_be_asked_about_is_none(text: str) -> None:
    assert Position.parse(text) is None
