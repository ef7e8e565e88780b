"""The index of a run's `metrics.jsonl`: columns of numbers, and where each line ends; appended to as lines come.

A killed run goes on from its last checkpoint, and its file is cut back to there. Most often the lines that follow are
those that were cut off, to the last digit: then nothing happened, for whoever had read them. Where they are others, the
index begins another generation and knows how many lines stayed.

Any process may bring an index up to date, one at a time. It is not the truth: one that is damaged, or of another
version, is made again.
"""

from __future__ import annotations

import os
import shutil
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from coaxial.domain.errors import InUse
from coaxial.domain.files import storage_errors
from coaxial.metrics.columns import HEAD, Table, append, kept, mapped
from coaxial.metrics.lines import TRAINING, VALIDATION, parse_lines
from coaxial.metrics.reading import common_lines, new_lines
from coaxial.metrics.state import CHECKSUM, LINE, State

_WAIT_SECONDS = 60.0
"""For another process that makes the index of a long run."""


@dataclass(frozen=True)
class Place:
    """How far somebody read: so many lines, with such a checksum, in such a generation."""

    lines: int
    checksum: int
    generation: int


@lru_cache(maxsize=512)
def index_of(run_folder: Path) -> MetricsIndex:
    """The index of a run, the same for everybody in this process."""
    return MetricsIndex(run_folder)


class MetricsIndex:
    """The index of one run; one a process and run, used from any thread."""

    def __init__(self, run_folder: Path) -> None:
        self._file = run_folder / "metrics.jsonl"
        self._folder = run_folder / "metrics.index"
        self._state: State | None = None
        self._lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def up_to_date(self) -> Iterator[None]:
        """In the block the index is as the file was at its beginning, and nobody else changes it.

        Raises: StorageFailure, InUse.
        """
        with self._lock:
            is_there = self._file.parent.is_dir()
            if not is_there and self.lines:
                # Somebody took the run away, and its lines with it.
                self._state = State(self._folder)
            if self._depth or not is_there:
                yield
                return
            with storage_errors(self._folder):
                self._folder.mkdir(exist_ok=True)
                try:
                    lock = FileLock(self._folder / "lock").acquire(timeout=_WAIT_SECONDS)
                except Timeout:
                    raise InUse(
                        f"Another process has been reading {self._file} for a long time.", remedy="Try again later."
                    ) from None
                with lock:
                    self._depth = 1
                    try:
                        self._load()
                        self._follow_in_any_case()
                        yield
                    finally:
                        self._depth = 0

    def sign(self) -> tuple[int, int, int, int]:
        """Of the file, without opening it: another one whenever something was written."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return (0, 0, 0, 0)
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    @property
    def lines(self) -> int:
        """Of the file, that are whole."""
        return self._known.lines.rows

    @property
    def place(self) -> Place:
        """The end of what is known."""
        return self.place_at(self.lines)

    @property
    def training(self) -> Table:
        """A row for each step."""
        return self._known.training

    @property
    def validation(self) -> Table:
        """A row for each time that the run was validated."""
        return self._known.validation

    def place_at(self, lines: int) -> Place:
        """After so many lines."""
        return Place(lines, self._checksum_at(lines), self._known.generation)

    def step_at(self, lines: int) -> int:
        """Of the last of so many lines; 0 for none."""
        return int(self._lines()["step"][lines - 1]) if lines else 0

    def went_on_from(self, place: Place) -> int | None:
        """How many lines of those that somebody read are in the file still, and first in it.

        None where the file was cut back, and what came since is no other than what was read: it has to come yet.
        """
        state = self._known
        if place.lines <= state.lines.rows:
            if self._checksum_at(place.lines) == place.checksum:
                return place.lines
        elif place.lines <= state.lines.rows + state.promised.rows:
            promised = mapped(self._folder / "promised", state.promised, CHECKSUM)
            if promised[place.lines - state.lines.rows - 1] == place.checksum:
                return None
        still = state.kept_since(place.generation)
        return still if still < place.lines else 0

    def kept_since(self, generation: int) -> int:
        """How many lines that were there in a generation are there still; 0 where that is not known."""
        return self._known.kept_since(generation)

    @property
    def is_waiting(self) -> bool:
        """Whether lines were cut off that may come again."""
        return self._known.promised.rows > 0

    def settle(self) -> None:
        """The run trains no more: lines that were cut off will not come again."""
        if self._known.promised.rows:
            self._known.went_back(self.lines)
            self._known.write()

    def text(self, first: int, most_bytes: int) -> list[bytes]:
        """Whole lines from one on, without their newlines, at least one where there is any."""
        ends = self._lines()["end"]
        begin = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, begin + most_bytes, side="right")))
        last = min(last, self.lines)
        if last <= first:
            return []
        with self._file.open("rb") as file:
            file.seek(begin)
            text = file.read(int(ends[last - 1]) - begin)
        if zlib.crc32(text, self._checksum_at(first)) != self._checksum_at(last):
            return []  # the file was cut back at this very moment
        return text.split(b"\n")[:-1]

    @property
    def _known(self) -> State:
        if self._state is None:
            self._state = State(self._folder)
        return self._state

    def _lines(self) -> NDArray[np.void]:
        return mapped(self._folder / "lines", self._known.lines, LINE)

    def _checksum_at(self, lines: int) -> int:
        return int(self._lines()["checksum"][lines - 1]) if lines else 0

    def _load(self) -> None:
        """Another process may have written since; what this one never saw is checked as a whole."""
        found = State.read(self._folder)
        ours = self._state
        if found is None or (ours is None and not found.is_whole()):
            self._forget()
            return
        self._state = found

    def _forget(self) -> None:
        for path in self._folder.iterdir():
            if path.name != "lock":
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        self._state = State(self._folder)

    def _follow_in_any_case(self) -> None:
        try:
            self._follow()
        except (FileNotFoundError, ValueError):
            # Somebody took away a part of the index.
            self._forget()
            self._follow()

    def _follow(self) -> None:
        state = self._known
        try:
            file = self._file.open("rb")
        except FileNotFoundError:
            if state.lines.rows:
                self._cut_back(0)
                state.write()
            return
        with file:
            status = os.fstat(file.fileno())
            changed = self._align(state, file.fileno(), [status.st_dev, status.st_ino], status.st_size)
            begin = int(self._lines()["end"][-1]) if state.lines.rows else 0
            for texts in new_lines(file, begin, status.st_size):
                self._take(state, texts)
                changed = True
        if changed:
            state.write()

    def _align(self, state: State, file: int, identity: list[int], size: int) -> bool:
        """Find out how much of what is known is in the file still."""
        rows = state.lines.rows
        if rows and not (state.file == identity and self._ends_as_known(file, size)):
            same = common_lines(file, self._lines())
            if same < rows:
                self._cut_back(same)
                # Before other rows take the place of those that count no more.
                state.write()
        elif state.file == identity:
            return False
        state.file = identity
        return True

    def _ends_as_known(self, file: int, size: int) -> bool:
        lines = self._lines()
        end = int(lines["end"][-1])
        begin = int(lines["end"][-2]) if len(lines) > 1 else 0
        before = int(lines["checksum"][-2]) if len(lines) > 1 else 0
        text = os.pread(file, end - begin, begin) if end <= size else b""
        return len(text) == end - begin and zlib.crc32(text, before) == int(lines["checksum"][-1])

    def _cut_back(self, lines: int) -> None:
        """Only the first lines count, and what came after them may come again."""
        state = self._known
        again = mapped(self._folder / "promised", state.promised, CHECKSUM)
        promised = np.concatenate([self._lines()["checksum"][lines:], again])
        state.promised = append(self._folder / "promised", type(state.promised)(), promised.astype(CHECKSUM))
        state.lines = kept(self._folder / "lines", state.lines, LINE, lines)
        state.training.keep(lines)
        state.validation.keep(lines)

    def _take(self, state: State, texts: list[bytes]) -> None:
        """Add lines, each with its newline."""
        found = parse_lines(texts)
        first = state.lines.rows
        rows = np.zeros(len(texts), LINE)
        begin = int(self._lines()["end"][-1]) if first else 0
        rows["end"] = begin + np.cumsum([len(text) for text in texts])
        rows["step"], rows["kind"] = found.steps, found.kinds
        checksum, checksums = self._checksum_at(first), []
        for text in texts:
            checksum = zlib.crc32(text, checksum)
            checksums.append(checksum)
        rows["checksum"] = checksums
        self._compare(state, rows["checksum"])
        state.lines = append(self._folder / "lines", state.lines, rows)
        for table, kind, values in (
            (state.training, TRAINING, found.training),
            (state.validation, VALIDATION, found.validation),
        ):
            (places,) = np.nonzero(found.kinds == kind)
            if len(places):
                head = np.zeros(len(places), HEAD)
                head["line"], head["step"], head["epoch"] = first + places, found.steps[places], found.epochs[places]
                table.append(head, values)

    def _compare(self, state: State, checksums: NDArray[np.uint32]) -> None:
        """Whether these are the lines that were cut off."""
        if not state.promised.rows:
            return
        promised = np.array(mapped(self._folder / "promised", state.promised, CHECKSUM))
        many = min(len(promised), len(checksums))
        (others,) = np.nonzero(promised[:many] != checksums[:many])
        if len(others):
            state.went_back(state.lines.rows + int(others[0]))
        else:
            state.promised = append(self._folder / "promised", type(state.promised)(), promised[many:])
