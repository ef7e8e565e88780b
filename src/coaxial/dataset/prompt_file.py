"""Sentences that somebody brings to be read: plain text, one a line, or a column of a table."""

from __future__ import annotations

import re
from collections import Counter

from coaxial.dataset.delimited import DELIMITERS, Row, split_rows
from coaxial.text.prompt_lists import Candidate

MAX_BYTES = 2_000_000
"""Some twenty thousand sentences, more than anyone will read aloud."""

_HEADERS = frozenset(
    ("text", "sentence", "sentences", "prompt", "prompts", "transcript", "transcription", "utterance", "phrase")
)

# Prose holds commas and semicolons in any number; a table without a header shows only by these.
_NOT_IN_PROSE = ("|", "\t")

_LINE_END = re.compile(r"\r\n|\r|\n")


def prompt_candidates(text: str) -> list[Candidate]:
    """The sentences of a file that was decoded, each with its line.

    A table is known by a first row that names a column `text`, `sentence` or `prompt`, or by columns that `|` or tabs
    divide; then the column with the most words is taken. All else is plain text. Blank lines only divide.
    """
    for delimiter in DELIMITERS:
        rows = split_rows(text, delimiter)
        column = _named_column(rows[0]) if rows else None
        # A single column needs no delimiter: only one that is never part of a sentence may look for quotes in it.
        if column is not None and (len(rows[0].fields) > 1 or delimiter == "\t"):
            return [_candidate(row, column) for row in rows[1:]]
    for delimiter in _NOT_IN_PROSE:
        rows = split_rows(text, delimiter)
        if _is_table(rows):
            column = _wordiest(rows)
            return [_candidate(row, column) for row in rows]
    lines = enumerate(_LINE_END.split(text), start=1)
    return [Candidate(number, line) for number, line in lines if line.strip()]


def _named_column(row: Row) -> int | None:
    words = [field.strip().lower() for field in row.fields]
    return next((position for position, word in enumerate(words) if word in _HEADERS), None)


def _is_table(rows: list[Row]) -> bool:
    """Whether nearly all rows have the same number of columns, more than one."""
    if not rows:
        return False
    width, times = Counter(len(row.fields) for row in rows).most_common(1)[0]
    return width > 1 and times >= 0.9 * len(rows)


def _wordiest(rows: list[Row]) -> int:
    words: Counter[int] = Counter()
    for row in rows:
        words.update({position: len(field.split()) for position, field in enumerate(row.fields)})
    return words.most_common(1)[0][0]


def _candidate(row: Row, column: int) -> Candidate:
    return Candidate(row.line, row.fields[column] if column < len(row.fields) else "")
