"""Splitting delimited text into rows: a sniffer that looks at every line, and quotes as spreadsheets write them.

The csv module does neither: its sniffer guesses from a sample, and one stray quote makes its reader swallow the rest
of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

DELIMITERS = ("|", "\t", ";", ",")
"""From the one that prose never contains to the one that it always does."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_DOUBLED = '""'


@dataclass(frozen=True)
class Row:
    """One record."""

    line: int
    """Where it begins, from 1."""
    fields: tuple[str, ...]
    quoted: bool = False
    """Whether quotes were taken off any field."""


def split_rows(text: str, delimiter: str) -> list[Row]:
    """All records that are not blank.

    `|` and fields that only look quoted are taken literally, as LJSpeech needs; with the other delimiters a properly
    quoted field (RFC 4180) may hold delimiters, doubled quotes and line ends.
    """
    rows = _split_plain(text, delimiter) if delimiter == "|" else _split_quoted(text, delimiter)
    if delimiter in ",;":
        rows = _with_prose_joined(rows, delimiter)
    return [row for row in rows if any(field.strip() for field in row.fields)]


def sniff_delimiter(text: str, is_recording: Callable[[str], bool]) -> str | None:
    """The delimiter of a table, judged by all its lines; None where it is no table.

    is_recording: says whether a field names an audio file; the delimiter that cuts out most such names wins.
    """
    best: tuple[int, int] = (0, 0)
    chosen = None
    for delimiter in DELIMITERS:
        if delimiter in text:
            rows = [row for row in split_rows(text, delimiter) if len(row.fields) > 1]
            widths = Counter(len(row.fields) for row in rows)
            found = sum(any(is_recording(field) for field in row.fields) for row in rows)
            if 2 * found > text.count("\n") + 1:
                return delimiter
            score = (found, widths.most_common(1)[0][1] if widths else 0)
            if score > best:
                best, chosen = score, delimiter
    return chosen


def _split_plain(text: str, delimiter: str) -> list[Row]:
    return [
        Row(number, tuple(_unquoted(field) for field in line.split(delimiter)))
        for number, line in enumerate(_LINE_END.split(text), start=1)
    ]


def _unquoted(field: str) -> str:
    """Undo the quotes that a CSV writer adds around a field with quotes in it, and leave a person's own alone."""
    inner = field[1:-1]
    written = len(field) > 2 and field[0] == field[-1] == '"' and _DOUBLED in inner
    return inner.replace(_DOUBLED, '"') if written and '"' not in inner.replace(_DOUBLED, "") else field


def _split_quoted(text: str, delimiter: str) -> list[Row]:
    rows: list[Row] = []
    fields: list[str] = []
    quoted = False
    line = first_line = 1
    position = 0
    while position <= len(text):
        field, end = _next_field(text, position, delimiter)
        fields.append(field)
        quoted |= end - position != len(field)
        line += len(_LINE_END.findall(text, position, end))
        position = end
        if text.startswith(delimiter, position):
            position += 1
            continue
        rows.append(Row(first_line, tuple(fields), quoted))
        fields, quoted = [], False
        ending = _LINE_END.match(text, position)
        position = ending.end() if ending else len(text) + 1
        line += 1
        first_line = line
    return rows


def _next_field(text: str, start: int, delimiter: str) -> tuple[str, int]:
    """The field that begins at start, and where it ends."""
    if text.startswith('"', start):
        closing = _closing_quote(text, start, delimiter)
        if closing is not None:
            return text[start + 1 : closing].replace(_DOUBLED, '"'), closing + 1
    end = _unquoted_end(delimiter).search(text, start)
    stop = end.start() if end else len(text)
    return text[start:stop], stop


def _closing_quote(text: str, start: int, delimiter: str) -> int | None:
    """Position of the quote that properly closes the one at start; None where that is just part of the text."""
    position = text.find('"', start + 1)
    while position != -1:
        after = text[position + 1 : position + 2]
        if after in ("", delimiter, "\r", "\n"):
            return position
        if after != '"':
            return None
        position = text.find('"', position + 2)
    return None


@cache
def _unquoted_end(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf"[{re.escape(delimiter)}\r\n]")


def _with_prose_joined(rows: list[Row], delimiter: str) -> list[Row]:
    """Put sentences back together that hold the delimiter and were not quoted.

    A comma of a sentence has a space behind it and one of a table has not; where most rows show that difference,
    fields that begin with a space belong to the one before.
    """
    wide = [row for row in rows if len(row.fields) > 2 and not row.quoted]
    prose = sum(not _goes_on(row.fields[1]) and _goes_on(row.fields[2]) for row in wide)
    if 2 * prose <= len(wide):
        return rows
    return [row if row.quoted else Row(row.line, _joined(row.fields, delimiter)) for row in rows]


def _joined(fields: tuple[str, ...], delimiter: str) -> tuple[str, ...]:
    joined = list(fields[:2])
    for field in fields[2:]:
        if _goes_on(field):
            joined[-1] += delimiter + field
        else:
            joined.append(field)
    return tuple(joined)


def _goes_on(field: str) -> bool:
    """Whether a sentence seems to continue here."""
    return field.lstrip("\"'”’»)").startswith(" ")
