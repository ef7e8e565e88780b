"""What became of the rows of an import, to read again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from coaxial.dataset.report import ImportReport
from coaxial.settings import Settings


def load_report(settings: Settings, name: str) -> ImportReport:
    """The report that an import saved under this name. Raises: NotFound."""
    return _loaded(settings.reports / name)


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> ImportReport:
    # One that was saved never changes, and its pages are asked for one after the other.
    return ImportReport.load(folder)
