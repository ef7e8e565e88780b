"""Results on standard output: aligned columns for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from coaxial.domain.errors import InvalidOption


def print_json(value: Any) -> None:
    """A record, or a list of them, as JSON."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def print_table(rows: Sequence[Mapping[str, Any]], nothing: str) -> None:
    """Rows with the same keys as columns under their names; the sentence where there are none."""
    if not rows:
        print(nothing)
        return
    cells = [[*rows[0]], *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_fields(fields: Mapping[str, Any]) -> None:
    """One thing's fields, one a line; lists of things below, as tables."""
    tables = {name: value for name, value in fields.items() if _is_table(value)}
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        if name not in tables:
            print(f"{name.ljust(width)}  {_cell(value)}".rstrip())
    for name, rows in tables.items():
        print(f"\n{name.replace('_', ' ')} ({len(rows)})")
        print_table([{key: value for key, value in row.items() if not isinstance(value, Mapping)} for row in rows], "")


def agreed(sentence: str) -> bool:
    """Ask on the terminal whether to delete what the sentence says. Raises: InvalidOption where nobody can answer."""
    if not sys.stdin.isatty():
        raise InvalidOption(f"{sentence} Nothing was deleted.", remedy="Say --yes to delete it without being asked.")
    print(f"{sentence}\nDelete? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def duration(seconds: float) -> str:
    """`0:01:30`."""
    return str(timedelta(seconds=round(seconds)))


def _is_table(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (Path, Enum)):
        return str(value)
    return value
