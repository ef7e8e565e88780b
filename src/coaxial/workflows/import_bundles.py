"""What an import over the network is made of: a folder with a bundle file, beside the uploads that it names."""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from coaxial.dataset.bundle import BUNDLE_NAME, Bundle, place_in_source, read_bundle, write_bundle
from coaxial.dataset.transcripts import ChosenColumns
from coaxial.domain.errors import InvalidOption, NotFound, UnreadableSource
from coaxial.domain.files import remove_forgotten, write_text
from coaxial.settings import Settings
from coaxial.store.uploads import UploadRecord, Uploads

KEPT = timedelta(days=30)
"""How long what was sent is kept for an import that did not end well."""

_DONE = "done.json"


def bundle_of(files: Sequence[tuple[UploadRecord, Path]], columns: ChosenColumns | None) -> Bundle:
    """What uploads are together: one ZIP, or a transcript table and recordings with their folders.

    Raises: InvalidOption (nothing, or two files of one name).
    """
    if not files:
        raise InvalidOption("There is nothing to import.", remedy="Send a ZIP, or a transcript table and recordings.")
    first, data = files[0]
    if len(files) == 1 and (first.file_name.lower().endswith(".zip") or zipfile.is_zipfile(data)):
        return Bundle(title=place_in_source(first.file_name) or "The archive", archive=data, columns=columns)
    named: dict[str, Path] = {}
    for record, data in files:
        place = place_in_source(record.file_name)
        if not place or place in named:
            raise InvalidOption(
                f"Two of the files are named {place!r}." if place else "A file has no name.",
                remedy="Give every file a name of its own, or put them into folders.",
            )
        named[place] = data
    title = place_in_source(first.file_name) if len(files) == 1 else f"{len(files)} files"
    return Bundle(title=title, files=named, columns=columns)


def keep_bundle(settings: Settings, bundle: Bundle, key: str) -> Path:
    """Write a bundle down for a job; answers its file. key: of the request, whose bundle is the same each time."""
    name = hashlib.sha256(f"import {key}".encode()).hexdigest()[:32] if key else secrets.token_hex(16)
    return write_bundle(settings.uploads / "imports" / name, bundle)


def report_of_bundle(settings: Settings, source: Path) -> Path | None:
    """The folder of the report, where the import of a bundle ended well before; None: it is still to be done."""
    done = source.with_name(_DONE)
    if not _is_ours(settings, source) or not done.is_file():
        return None
    return settings.reports / str(json.loads(done.read_text(encoding="utf-8"))["report"])


def bundle_is_done(settings: Settings, source: Path, report: Path) -> None:
    """Write down that a bundle's import ended well, then delete what was sent for it.

    A kill in between loses nothing: asked to import it again, one finds the report. Raises: StorageFailure.
    """
    if not _is_ours(settings, source):
        return
    used = _uploads_of(settings, source)
    write_text(source.with_name(_DONE), json.dumps({"report": report.name}))
    uploads = Uploads(settings.uploads)
    for id in used:
        try:
            uploads.remove(id)
        except NotFound:
            continue
    source.unlink(missing_ok=True)


def uploads_in_bundles(settings: Settings) -> frozenset[str]:
    """Ids of the uploads that imports need that did not end well yet."""
    return frozenset(id for path in _bundles(settings) for id in _uploads_of(settings, path))


def bundles_with(settings: Settings, id: str) -> list[Path]:
    """The bundles, of imports that did not end well yet, that an upload is in."""
    return [path for path in _bundles(settings) if id in _uploads_of(settings, path)]


def remove_old_bundles(settings: Settings) -> None:
    """Forget imports that nobody tried again for long; their uploads expire with them."""
    remove_forgotten(settings.uploads / "imports", KEPT.total_seconds())


def _bundles(settings: Settings) -> list[Path]:
    return list((settings.uploads / "imports").glob(f"*/{BUNDLE_NAME}"))


def _uploads_of(settings: Settings, source: Path) -> list[str]:
    try:
        bundle = read_bundle(source)
    except UnreadableSource:
        return []
    files = [*bundle.files.values(), *([bundle.archive] if bundle.archive is not None else [])]
    return [file.parent.name for file in files if file.parent.parent == settings.uploads]


def _is_ours(settings: Settings, source: Path) -> bool:
    return source.name == BUNDLE_NAME and source.parent.parent == settings.uploads / "imports"
