"""How far somebody followed what happens, in all that there is to follow: jobs, their log, and the metrics of runs.

Written as text it is the id of an event: whoever brings it again gets what came after it, from any server, at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coaxial.metrics.index import Place
from coaxial.store import LARGEST_ID

LONGEST = 16_000
"""Characters. As many runs as that holds have never been unfinished at once."""

_END_OF_TIME = 253_402_300_800_000_000
"""The year 10000, in microseconds since 1970: a calendar's last one is 9999."""

_NUMBER = r"[0-9]{1,18}"
_PLACE = rf"{_NUMBER}-{_NUMBER}-{_NUMBER}-{_NUMBER}"
_TEXT = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}-{_NUMBER}\.(?:{_PLACE}(?:_{_PLACE})*)?")


@dataclass
class Position:
    """Everything before it was seen."""

    revision: int = 0
    """Of the latest change of a job."""
    line: int = 0
    """Id of the latest log line."""
    newest: int = 0
    """Id of the newest run that was known."""
    created: int = 0
    """When the run that was begun last was, in microseconds since 1970."""
    places: dict[int, Place] = field(default_factory=dict)
    """In the metrics of each run that was not finished, by its id. All of one that is known and not here was seen."""

    def text(self) -> str:
        """Digits, points, hyphens and underscores."""
        places = "_".join(
            f"{run}-{place.lines}-{place.checksum}-{place.generation}" for run, place in self.places.items()
        )
        return f"{self.revision}.{self.line}.{self.newest}-{self.created}.{places}"

    @staticmethod
    def parse(text: str) -> Position | None:
        """None for what is no position."""
        if len(text) > LONGEST or not _TEXT.fullmatch(text):
            return None
        revision, line, newest, places = text.split(".")
        id, created = newest.split("-")
        found = Position(int(revision), int(line), int(id), int(created))
        for one in filter(None, places.split("_")):
            run, lines, checksum, generation = map(int, one.split("-"))
            found.places[run] = Place(lines, checksum, generation)
        # Such numbers a database refuses to compare with.
        if max(found.revision, found.line, found.newest, *found.places) > LARGEST_ID or found.created >= _END_OF_TIME:
            return None
        return found

    def copy(self) -> Position:
        """One that moves on by itself."""
        return Position(self.revision, self.line, self.newest, self.created, dict(self.places))
