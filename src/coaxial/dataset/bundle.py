"""Files that were sent one by one, or an archive, as one source to import: a small file that says which they are.

    coaxial-bundle.json
        title     what the person calls it
        archive   a ZIP; or
        files     path within the source (`/` between folders) to file
        columns   how the person says that the table is to be read, as ChosenColumns

Files are relative to the bundle's own folder. What names they had elsewhere stands here only and names nothing on the
disk.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coaxial.dataset.transcripts import ChosenColumns
from coaxial.domain.errors import UnreadableSource
from coaxial.domain.files import write_text
from coaxial.domain.plain import as_plain, from_plain

BUNDLE_NAME = "coaxial-bundle.json"


@dataclass(frozen=True)
class Bundle:
    """What an import is made of."""

    title: str
    archive: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    columns: ChosenColumns | None = None


def write_bundle(folder: Path, bundle: Bundle) -> Path:
    """Write one into its folder; its files are to lie beside that or below. Raises: StorageFailure."""
    root = folder.parent.parent
    values = {
        "title": bundle.title,
        "archive": None if bundle.archive is None else bundle.archive.relative_to(root).as_posix(),
        "files": {name: file.relative_to(root).as_posix() for name, file in bundle.files.items()},
        "columns": as_plain(bundle.columns),
    }
    path = folder / BUNDLE_NAME
    write_text(path, json.dumps(values, ensure_ascii=False))
    return path


def read_bundle(path: Path) -> Bundle:
    """Raises: UnreadableSource (it is not there any more, or was not written by write_bundle)."""
    root = path.parent.parent.parent
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Bundle(
            title=str(values["title"]),
            archive=None if values["archive"] is None else root / values["archive"],
            files={name: root / file for name, file in values["files"].items()},
            columns=from_plain(ChosenColumns, values["columns"], "the columns") if values["columns"] else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableSource(
            "What was sent for this import is not there any more.", remedy="Send the files again."
        ) from error


def place_in_source(name: str) -> str:
    """A file name from somewhere as a path within a source: NFC, `/` between folders, nothing that leads out."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..") and not part.endswith(":"))
