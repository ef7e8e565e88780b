"""What an index says of itself: which bytes of `metrics.jsonl` it knows, and how often the file went back."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coaxial.domain.files import write_text
from coaxial.metrics.columns import Table, Told, is_whole

LINE = np.dtype([("end", "<i8"), ("step", "<i8"), ("checksum", "<u4"), ("kind", "u1")])
"""Of a line: where it ends in the file, and the CRC-32 of the file up to there."""

CHECKSUM = np.dtype("<u4")

_VERSION = 1
_MOST_RETURNS = 1000


@dataclass
class State:
    """How an index stands; what it says counts, whatever else is in its files."""

    folder: Path
    file: list[int] = field(default_factory=lambda: [0, 0])
    """Device and inode of the file that was read."""
    lines: Told = field(default_factory=Told)
    promised: Told = field(default_factory=Told)
    """Lines after these that the file had before it was cut back, of which none has come differently yet."""
    training: Table = field(init=False)
    validation: Table = field(init=False)
    generation: int = field(default_factory=lambda: random.SystemRandom().randrange(1, 2**31))
    """Rises when lines that were read turn out to be other ones; begins anywhere, so that each index has its own."""
    returns: list[list[int]] = field(default_factory=list)
    """Generation, and how many lines stayed when it began."""
    oldest: int = 0
    """The first generation of which the returns tell."""

    def __post_init__(self) -> None:
        self.training, self.validation = Table(self.folder, "training"), Table(self.folder, "validation")
        self.oldest = self.oldest or self.generation

    @staticmethod
    def read(folder: Path) -> State | None:
        """None where there is none, or none that can be understood."""
        try:
            said = json.loads((folder / "state.json").read_bytes())
            if said["version"] != _VERSION:
                return None
            state = State(folder, list(map(int, said["file"])), Told(*said["lines"]), Told(*said["promised"]))
            state.training = Table.of(folder, "training", said["training"])
            state.validation = Table.of(folder, "validation", said["validation"])
            state.generation, state.oldest = int(said["generation"]), int(said["oldest"])
            state.returns = [[int(one), int(kept)] for one, kept in said["returns"]]
            return state
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self) -> None:
        """In one step. Raises: StorageFailure."""
        said: dict[str, Any] = {
            "version": _VERSION,
            "file": self.file,
            "lines": [self.lines.rows, self.lines.checksum],
            "promised": [self.promised.rows, self.promised.checksum],
            "training": self.training.said(),
            "validation": self.validation.said(),
            "generation": self.generation,
            "oldest": self.oldest,
            "returns": self.returns,
        }
        write_text(self.folder / "state.json", json.dumps(said), durable=False)

    def is_whole(self) -> bool:
        """Whether every file is as it was written."""
        return (
            is_whole(self.folder / "lines", self.lines, LINE)
            and is_whole(self.folder / "promised", self.promised, CHECKSUM)
            and self.training.is_whole()
            and self.validation.is_whole()
        )

    def went_back(self, kept: int) -> None:
        """Lines from this one on are other ones than those that were read before."""
        self.generation += 1
        self.returns = [*self.returns, [self.generation, kept]][-_MOST_RETURNS:]
        if len(self.returns) == _MOST_RETURNS:
            self.oldest = self.returns[0][0] - 1
        self.promised = Told()

    def kept_since(self, generation: int) -> int:
        """How many of the lines that were there in a generation are there still; 0 where that is not known."""
        if not self.oldest <= generation <= self.generation:
            return 0
        return min((kept for later, kept in self.returns if later > generation), default=self.lines.rows)
