"""Files and folders as the tables keep them: relative to the data directory, so that it can be moved."""

from __future__ import annotations

from pathlib import Path


def kept_path(data_dir: Path, path: Path) -> str:
    """Relative with forward slashes below the data directory, absolute elsewhere."""
    absolute = path if path.is_absolute() else data_dir / path
    return absolute.relative_to(data_dir).as_posix() if absolute.is_relative_to(data_dir) else str(absolute)


def found_path(data_dir: Path, kept: str) -> Path:
    """The absolute path of what `kept_path` kept."""
    return data_dir / kept
