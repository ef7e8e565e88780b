"""Columns of numbers in files, one a file, that only ever grow: how many rows count is said elsewhere.

What lies beyond that number is of a writer that was killed, and is written over. Files are never made shorter, so that
a reader that has one mapped into memory is safe.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEAD = np.dtype([("line", "<i8"), ("step", "<i8"), ("epoch", "<i4")])
"""Of a row: the number of its line, from 0."""


@dataclass
class Told:
    """What is said of one file: rows that count, and their checksum."""

    rows: int = 0
    checksum: int = 0

    def added(self, data: bytes, rows: int) -> Told:
        """With so many rows more."""
        return Told(self.rows + rows, zlib.crc32(data, self.checksum))


def append(path: Path, told: Told, values: NDArray[Any]) -> Told:
    """Write rows after those that count."""
    data = np.ascontiguousarray(values).tobytes()
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(told.rows * values.dtype.itemsize)
        file.write(data)
    return told.added(data, len(values))


def mapped(path: Path, told: Told, kind: np.dtype[Any]) -> NDArray[Any]:
    """The rows that count. Raises: ValueError, OSError (a file that is missing or too short)."""
    if not told.rows:
        return np.empty(0, kind)
    return np.memmap(path, kind, "r", shape=(told.rows,))


def checksum(values: NDArray[Any]) -> int:
    """CRC-32 of the bytes of an array that is contiguous."""
    return zlib.crc32(values.view(np.uint8).data) if len(values) else 0


def kept(path: Path, told: Told, kind: np.dtype[Any], rows: int) -> Told:
    """What is said of a file of which only the first rows count from now on."""
    return told if rows >= told.rows else Told(rows, checksum(mapped(path, told, kind)[:rows]))


def is_whole(path: Path, told: Told, kind: np.dtype[Any]) -> bool:
    """Whether the rows that count are there as they were written."""
    try:
        return checksum(mapped(path, told, kind)) == told.checksum
    except (OSError, ValueError):
        return False


@dataclass
class Table:
    """Lines of one kind: a head, and a column of 32-bit floats for each name that a line ever had."""

    folder: Path
    stem: str
    head: Told = field(default_factory=Told)
    columns: dict[str, Told] = field(default_factory=dict)

    @staticmethod
    def of(folder: Path, stem: str, said: Mapping[str, Any]) -> Table:
        """As `said` gave it. Raises: ValueError, KeyError, TypeError (not what `said` gives)."""
        columns = {str(name): Told(*map(int, told)) for name, told in said["columns"]}
        return Table(folder, stem, Told(*map(int, said["head"])), columns)

    def said(self) -> dict[str, Any]:
        """For JSON."""
        columns = [[name, [told.rows, told.checksum]] for name, told in self.columns.items()]
        return {"head": [self.head.rows, self.head.checksum], "columns": columns}

    def append(self, head: NDArray[Any], values: Mapping[str, NDArray[np.float32]]) -> None:
        """Add rows; what a row has no value for is NaN."""
        before = self.head.rows
        self.head = append(self._path("head"), self.head, head)
        nothing = np.full(len(head), np.nan, np.float32)
        for name in [name for name in values if name not in self.columns]:
            path = self._column(len(self.columns))
            self.columns[name] = append(path, Told(), np.full(before, np.nan, np.float32))
        for number, name in enumerate(self.columns):
            self.columns[name] = append(self._column(number), self.columns[name], values.get(name, nothing))

    def keep(self, lines: int) -> None:
        """Only the rows of the first lines count from now on."""
        rows = int(np.searchsorted(self.heads()["line"], lines))
        for number, name in enumerate(self.columns):
            self.columns[name] = kept(self._column(number), self.columns[name], np.dtype(np.float32), rows)
        self.head = kept(self._path("head"), self.head, HEAD, rows)

    def heads(self) -> NDArray[Any]:
        """(rows,) of HEAD. Raises: ValueError, OSError."""
        return mapped(self._path("head"), self.head, HEAD)

    def column(self, name: str) -> NDArray[np.float32]:
        """(rows,) Raises: ValueError, OSError, KeyError."""
        return mapped(self._column(list(self.columns).index(name)), self.columns[name], np.dtype(np.float32))

    def is_whole(self) -> bool:
        """Whether all is there as it was written."""
        whole = is_whole(self._path("head"), self.head, HEAD)
        return whole and all(
            told.rows == self.head.rows and is_whole(self._column(number), told, np.dtype(np.float32))
            for number, told in enumerate(self.columns.values())
        )

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.stem}.{name}"

    def _column(self, number: int) -> Path:
        # Names come from a file, and never become a path.
        return self._path(f"{number}.f32")
