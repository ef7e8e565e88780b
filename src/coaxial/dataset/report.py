"""What became of every row of an import: for the person, for spreadsheets and for programs."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from coaxial.domain.errors import NotFound
from coaxial.domain.files import write_text

_COLUMNS = ("line", "name", "speaker", "text", "outcome", "code", "reason", "warnings", "seconds")


@dataclass(frozen=True)
class ImportRow:
    """One recording of the source and its fate."""

    line: int | None
    """Of the transcript table, from 1."""
    name: str
    text: str
    speaker: str | None
    outcome: Literal["taken", "rejected"]
    code: str = ""
    """Why it was rejected, for programs."""
    reason: str = ""
    """Why it was rejected, a sentence."""
    warnings: tuple[str, ...] = ()
    """Sentences about what is doubtful in a recording that was taken all the same."""
    seconds: float = 0.0
    """Length of the recording; 0 where it could not be read."""


@dataclass(frozen=True)
class ImportReport:
    """All rows of one import."""

    source: str
    rows: Sequence[ImportRow]
    notes: Sequence[str] = ()
    """Sentences about the source as a whole."""
    folder: Path | None = None
    """Where it was saved."""

    @staticmethod
    def load(folder: Path) -> ImportReport:
        """A report that was saved. Raises: NotFound."""
        try:
            saved = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"The report {folder.name} is not there any more.") from None
        rows = [ImportRow(**{**row, "warnings": tuple(row["warnings"])}) for row in saved["rows"]]
        return ImportReport(saved["source"], rows, tuple(saved["notes"]), folder)

    @property
    def taken(self) -> int:
        return sum(row.outcome == "taken" for row in self.rows)

    @property
    def rejected(self) -> int:
        return len(self.rows) - self.taken

    @property
    def reasons(self) -> dict[str, int]:
        """Rejected rows by code, the most frequent first."""
        counted = Counter(row.code for row in self.rows if row.outcome == "rejected")
        return dict(counted.most_common())

    @property
    def warnings(self) -> int:
        """Taken rows with a warning."""
        return sum(bool(row.warnings) for row in self.rows if row.outcome == "taken")

    @property
    def minutes_taken(self) -> float:
        return sum(row.seconds for row in self.rows if row.outcome == "taken") / 60

    def to_json(self) -> str:
        """Counts, and every row."""
        report: dict[str, Any] = {
            "source": self.source,
            "notes": list(self.notes),
            "taken": self.taken,
            "rejected": self.rejected,
            "reasons": self.reasons,
            "minutes_taken": round(self.minutes_taken, 3),
            "rows": [asdict(row) for row in self.rows],
        }
        return _storable(json.dumps(report, ensure_ascii=False, indent=1) + "\n")

    def to_csv(self) -> str:
        """Every row, with a header (RFC 4180)."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows({**asdict(row), "warnings": " ".join(row.warnings)} for row in self.rows)
        return _storable(text.getvalue())

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write `report.json` and `report.csv`, each in one atomic step. Raises: StorageFailure."""
        as_json, as_csv = folder / "report.json", folder / "report.csv"
        write_text(as_json, self.to_json())
        write_text(as_csv, self.to_csv())
        return as_json, as_csv

    def summary_lines(self, most: int = 100) -> list[str]:
        """For the terminal: counts, reasons, then the rejected rows and the warnings, at most that many of each."""
        lines = [f"{self.taken:,} taken ({self.minutes_taken:.1f} minutes), {self.rejected:,} rejected."]
        lines += [_printable(note) for note in self.notes]
        lines += [f"  {count:>6,}  {code.replace('_', ' ')}" for code, count in self.reasons.items()]
        rejected = [f"  {_place(row)}: {row.reason}" for row in self.rows if row.outcome == "rejected"]
        doubtful = [
            f"  {_place(row)}: {warning}" for row in self.rows if row.outcome == "taken" for warning in row.warnings
        ]
        return [*lines, *_listed("Rejected", rejected, most), *_listed("Warnings", doubtful, most)]


def _storable(text: str) -> str:
    """A path may hold bytes that are no text, which UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _listed(title: str, lines: list[str], most: int) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - most:,} more; the saved report has them all."] if len(lines) > most else []
    return [f"{title}:", *(_printable(line) for line in lines[:most]), *more]


def _place(row: ImportRow) -> str:
    name = row.name if len(row.name) <= 80 else f"{row.name[:80]}…"
    return f"line {row.line}, {name}" if row.line is not None and name else name or f"line {row.line}"


def _printable(line: str) -> str:
    """Without what could steer a terminal; file names may hold anything."""
    return "".join(character if character.isprintable() else "\ufffd" for character in line)
