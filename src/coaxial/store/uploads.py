"""Files that come in parts, in folders of their own until something is made of them.

    uploads/ID/upload.json   what was announced
    uploads/ID/data          what has come, in order
    uploads/ID/unverified    where a part with a checksum began that was not compared yet; what follows does not count

Ids are random numbers of ours, and a folder is found by the number alone: no name from outside is ever a path.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from coaxial.domain.errors import InUse, NotFound, WrongState
from coaxial.domain.files import flush_folder, storage_errors, write_text

KEPT = timedelta(days=7)
"""How long after its last part an upload is kept that nothing was made of."""

_DIGITS = 32
_RECORD, _DATA, _UNVERIFIED, _LOCK = "upload.json", "data", "unverified", "lock"


@dataclass(frozen=True)
class UploadRecord:
    """A file that comes in parts."""

    id: str
    file_name: str
    """As the person's computer calls it, folders and all."""
    size: int
    """Bytes that were announced."""
    offset: int
    """Bytes that have come, all of them on the disk."""
    sha256: str
    """That was announced; empty where none was."""
    created: datetime
    expires: datetime
    """When it is deleted, unless more comes or something is made of it."""

    @property
    def complete(self) -> bool:
        return self.offset == self.size


class Uploads:
    """The uploads in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, file_name: str, size: int, sha256: str) -> UploadRecord:
        """Announce a file. Raises: StorageFailure."""
        id = secrets.token_hex(_DIGITS // 2)
        created = datetime.now(timezone.utc)
        announced = {"file_name": file_name, "size": size, "sha256": sha256, "created": created.isoformat()}
        place = self._folder / id
        with storage_errors(place):
            place.mkdir(parents=True)
            (place / _DATA).touch()
            write_text(place / _RECORD, json.dumps(announced, ensure_ascii=False))
            flush_folder(place)
        return self.find(id)

    def find(self, id: str) -> UploadRecord:
        """One upload. Raises: NotFound."""
        return self._read(self._place(id))

    def all(self) -> list[UploadRecord]:
        """All uploads, the newest last."""
        found = []
        for place in self._places():
            try:
                found.append(self._read(place))
            except NotFound:  # deleted at this moment, or not announced yet
                continue
        return sorted(found, key=lambda one: (one.created, one.id))

    def count(self) -> int:
        """How many there are."""
        return len(self._places())

    def data(self, id: str) -> Path:
        """The file with what has come. Raises: NotFound."""
        return self._place(id) / _DATA

    def remove(self, id: str) -> None:
        """Delete an upload. Raises: NotFound, InUse (more is coming at this moment), StorageFailure."""
        place = self._place(id)
        with self._held(place), storage_errors(place):
            # Without this file there is no upload; killed before the rest is gone, the next sweep finds it.
            (place / _RECORD).unlink(missing_ok=True)
        with storage_errors(place):
            shutil.rmtree(place, ignore_errors=True)

    def remove_expired(self, wanted: frozenset[str]) -> None:
        """Delete what nobody went on with, but nothing that is wanted still."""
        now = datetime.now(timezone.utc)
        for place in self._places():
            if place.name in wanted:
                continue
            try:
                expired = self._read(place).expires < now
            except NotFound:
                expired = _changed(place) + KEPT < now
            if expired:
                shutil.rmtree(place, ignore_errors=True)

    @contextmanager
    def appending(self, id: str, offset: int, *, verified: bool = True) -> Iterator[Appending]:
        """An upload to which bytes are added, by one at a time; whatever came is on the disk when the block ends.

        verified: False where the bytes count only after `accept`.
        Raises: NotFound, InUse, WrongState (it stands elsewhere).
        """
        place = self._place(id)
        with self._held(place):
            record = self._read(place)
            if offset != record.offset:
                raise WrongState(
                    f"The upload stands at {record.offset} bytes, and these begin at {offset}.",
                    remedy="Ask where it stands, and go on from there.",
                )
            with storage_errors(place), (place / _DATA).open("rb+", buffering=0) as file:
                file.truncate(offset)
                (place / _UNVERIFIED).unlink(missing_ok=True)
                if not verified:
                    write_text(place / _UNVERIFIED, str(offset))
                file.seek(offset)
                try:
                    yield Appending(place, file, record)
                finally:
                    _settle(place, file, offset)

    @contextmanager
    def _held(self, place: Path) -> Iterator[None]:
        # Taken and let go of in whatever threads a server has.
        lock = FileLock(place / _LOCK, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise InUse(
                "Another request sends a part of this upload right now.",
                remedy="Wait for it, then ask where it stands.",
            ) from None
        except OSError:
            raise _no_upload() from None
        try:
            yield
        finally:
            lock.release()

    def _place(self, id: str) -> Path:
        try:
            number = int(id, 16) if len(id) == _DIGITS and id.isalnum() else -1
        except ValueError:
            number = -1
        place = self._folder / f"{number:0{_DIGITS}x}"
        if number < 0 or not (place / _RECORD).is_file():
            raise _no_upload()
        return place

    def _places(self) -> list[Path]:
        try:
            names = [entry.name for entry in os.scandir(self._folder) if len(entry.name) == _DIGITS]
        except FileNotFoundError:
            return []
        return [self._folder / name for name in names]

    def _read(self, place: Path) -> UploadRecord:
        try:
            announced = json.loads((place / _RECORD).read_text(encoding="utf-8"))
            offset = (place / _DATA).stat().st_size
            changed = _changed(place / _DATA)
        except (OSError, ValueError):
            raise _no_upload() from None
        return UploadRecord(
            id=place.name,
            file_name=announced["file_name"],
            size=announced["size"],
            offset=min(offset, _verified(place, offset)),
            sha256=announced["sha256"],
            created=datetime.fromisoformat(announced["created"]),
            expires=changed + KEPT,
        )


class Appending:
    """An upload that is open for more."""

    def __init__(self, place: Path, file: BinaryIO, record: UploadRecord) -> None:
        self._place, self._file = place, file
        self.room = record.size - record.offset
        """Bytes that may still come."""

    def write(self, piece: bytes) -> None:
        """Add bytes. Raises: StorageFailure."""
        rest = memoryview(piece)
        with storage_errors(self._place):
            # An unbuffered file may take a part only, the last before the disk is full for one.
            while rest:
                rest = rest[self._file.write(rest) :]
        self.room -= len(piece)

    def accept(self) -> None:
        """What has come counts, for it was compared."""
        os.fsync(self._file.fileno())
        (self._place / _UNVERIFIED).unlink(missing_ok=True)

    def start_again(self) -> None:
        """Nothing that has come so far counts: it is another file than was announced."""
        self._file.truncate(0)


def _settle(place: Path, file: BinaryIO, offset: int) -> None:
    if (place / _UNVERIFIED).exists():
        file.truncate(offset)
    os.fsync(file.fileno())
    (place / _UNVERIFIED).unlink(missing_ok=True)


def _verified(place: Path, otherwise: int) -> int:
    try:
        return int((place / _UNVERIFIED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return otherwise


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    except OSError:
        return datetime.now(timezone.utc)


def _no_upload() -> NotFound:
    return NotFound("There is no such upload.", remedy="It may have been used, deleted or expired; send it again.")
