"""What was heard beside what was to be read: which words are other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_WRONG = 0.6
"""Of a sentence's words, from which on it is another sentence rather than one that was misheard.

bench/reading_check.py: of 60 right readings 5 % have as many, of 60 of another sentence all, of 60 halves half.
"""


@dataclass(frozen=True)
class Stretch:
    """Words that stand at the same place of both sentences."""

    said: str
    """As they were to be read; empty where something was heard in between."""
    heard: str
    """Empty where nothing was."""


@dataclass(frozen=True)
class Comparison:
    """Of a sentence that was to be read and what was heard."""

    stretches: Sequence[Stretch]
    """All words of both, in order; equal ones where said and heard are equal."""
    errors: int
    """Words that are other ones, missing or too many (Levenshtein 1966)."""
    words: int
    """To be read."""

    @property
    def is_another(self) -> bool:
        """Whether something else seems to have been read."""
        return self.errors >= MOST_WRONG * self.words


def compare(said: Sequence[str], heard: Sequence[str]) -> Comparison:
    """The alignment of two sentences with the fewest errors, neighbouring words of a kind together."""
    table = _distances(said, heard)
    pairs: list[tuple[str, str]] = []
    row, column = len(said), len(heard)
    while row or column:
        here = table[row][column]
        if row and column and said[row - 1] == heard[column - 1]:
            row, column = row - 1, column - 1
            pairs.append((said[row], heard[column]))
        # Of ways that cost the same the one that leaves more words beside their own.
        elif row and here == table[row - 1][column] + 1:
            row -= 1
            pairs.append((said[row], ""))
        elif column and here == table[row][column - 1] + 1:
            column -= 1
            pairs.append(("", heard[column]))
        else:
            row, column = row - 1, column - 1
            pairs.append((said[row], heard[column]))
    return Comparison(_joined(pairs[::-1]), table[-1][-1], len(said))


def _distances(said: Sequence[str], heard: Sequence[str]) -> list[list[int]]:
    table = [list(range(len(heard) + 1))]
    for place, word in enumerate(said, start=1):
        before, row = table[-1], [place]
        for column, other in enumerate(heard, start=1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (word != other)))
        table.append(row)
    return table


def _joined(pairs: Sequence[tuple[str, str]]) -> list[Stretch]:
    stretches: list[Stretch] = []
    right: bool | None = None
    for said, heard in pairs:
        if right is (said == heard):
            last = stretches.pop()
            said, heard = f"{last.said} {said}".strip(), f"{last.heard} {heard}".strip()
        else:
            right = said == heard
        stretches.append(Stretch(said, heard))
    return stretches
