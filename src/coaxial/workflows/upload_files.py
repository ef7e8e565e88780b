"""Files that come in parts: announced, gone on with, compared, used, forgotten."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coaxial.domain.errors import DamagedTransfer, InUse, InvalidOption, RequestTooLarge, StorageFailure
from coaxial.domain.files import remove_forgotten, storage_errors
from coaxial.domain.jobs import LIVE
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.originals import sha256_of
from coaxial.store.uploads import Appending, UploadRecord, Uploads
from coaxial.workflows.import_bundles import bundles_with, remove_old_bundles, uploads_in_bundles

MOST_UPLOADS = 20_000
"""Uploads at a time, of which nothing was made yet."""

SPARE = 1_000_000_000
"""Bytes of the disk that are left alone: a database that cannot be written is worse than a file that does not come."""

_SWEEP_EVERY = 600.0


def announce_upload(settings: Settings, file_name: str, size: int, sha256: str = "") -> UploadRecord:
    """Announce a file of so many bytes. sha256: in hexadecimal digits, compared when all has come; empty: not at all.

    Raises: RequestTooLarge, StorageFailure (no room, or too many unfinished ones).
    """
    _sweep(settings)
    uploads = Uploads(settings.uploads)
    if size > settings.upload_limit:
        raise RequestTooLarge(
            f"{file_name} has {size:,} bytes; at most {settings.upload_limit:,} are taken.",
            remedy="Divide it, or raise COAXIAL_UPLOAD_LIMIT_MB.",
        )
    if uploads.count() >= MOST_UPLOADS:
        raise StorageFailure(
            f"There are {MOST_UPLOADS:,} uploads of which nothing was made yet.", remedy="Import or delete some first."
        )
    with storage_errors(settings.uploads):
        settings.uploads.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.uploads).free
    if size + SPARE > free:
        raise StorageFailure(
            f"{file_name} has {size / 1e9:.1f} GB, and only {free / 1e9:.1f} GB of the disk are free.",
            remedy="Free some space, or move the data directory to a larger disk.",
        )
    return uploads.create(file_name, size, sha256)


def list_uploads(settings: Settings) -> list[UploadRecord]:
    """All uploads of which nothing was made yet, the newest last."""
    _sweep(settings)
    return Uploads(settings.uploads).all()


def show_upload(settings: Settings, id: str) -> UploadRecord:
    """One upload. Raises: NotFound."""
    return Uploads(settings.uploads).find(id)


@contextmanager
def go_on(settings: Settings, id: str, offset: int, *, verified: bool = True) -> Iterator[Appending]:
    """An upload to which bytes are added from an offset on. Raises: as Uploads.appending."""
    with Uploads(settings.uploads).appending(id, offset, verified=verified) as appending:
        yield appending


def compare_upload(settings: Settings, id: str, appending: Appending) -> None:
    """Compare a whole file with the sha256 that was announced for it, if there was one.

    Raises: DamagedTransfer; the upload then begins again.
    """
    uploads = Uploads(settings.uploads)
    announced = uploads.find(id)
    if announced.sha256 and announced.complete and sha256_of(uploads.data(id)) != announced.sha256:
        appending.start_again()
        raise DamagedTransfer(
            f"{announced.file_name} is not the file that was announced: it has another sha256.",
            remedy="Send it again from its beginning.",
        )


def discard_upload(settings: Settings, id: str) -> None:
    """Delete an upload. Raises: NotFound, InUse (an import that has not ended needs it, or more is coming)."""
    uploads = Uploads(settings.uploads)
    found = uploads.find(id)
    sources = {str(path) for path in bundles_with(settings, id)}
    with open_store(settings) as store:
        if any(job.kind == "import" and job.arguments["source"] in sources for job in store.jobs(LIVE)):
            raise InUse(f"{found.file_name} belongs to an import.", remedy="Cancel that first, or let it end.")
    uploads.remove(id)


def complete_files(settings: Settings, ids: list[str]) -> list[tuple[UploadRecord, Path]]:
    """Uploads that have come whole, with their files. Raises: NotFound, InvalidOption (not whole, or named twice)."""
    uploads = Uploads(settings.uploads)
    found = [uploads.find(id) for id in ids]
    for one in found:
        if not one.complete:
            raise InvalidOption(
                f"Of {one.file_name} only {one.offset:,} of {one.size:,} bytes have come.",
                remedy="Send the rest of it first.",
            )
    if len(set(ids)) < len(ids):
        raise InvalidOption("An upload is named twice.")
    return [(one, uploads.data(one.id)) for one in found]


def _sweep(settings: Settings) -> None:
    """Now and then delete what nobody went on with."""
    swept = settings.uploads / ".swept"
    with storage_errors(swept):
        settings.uploads.mkdir(parents=True, exist_ok=True)
        if swept.exists() and time.time() - swept.stat().st_mtime < _SWEEP_EVERY:
            return
        swept.touch()
    # Texts that a preview unpacked, where a kill left them.
    remove_forgotten(settings.data_dir / "scratch" / "previews", _SWEEP_EVERY)
    remove_old_bundles(settings)
    Uploads(settings.uploads).remove_expired(uploads_in_bundles(settings))
