"""The two forms in which torch.save puts a pickle and the values of tensors into one file (torch/serialization.py).

Since 1.6 it is a ZIP with `<name>/data.pkl` and a stored entry `<name>/data/<key>` for every storage; before it were
several pickles, with the storages one after the other behind them. The pickle is read whole; of the values only where
they lie.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from coaxial.checkpoints.tensors import TABLE, StorageHeader, storage_of
from coaxial.checkpoints.unpickling import MalformedPickle, Unpickled, unpickle
from coaxial.domain.errors import UnreadableCheckpoint

_MOST_PICKLE_BYTES = 16 << 20
_MOST_DIRECTORY_BYTES = 16 << 20
_MOST_STORAGES = 100_000

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001

_ZIP_ENTRY = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Of a ZIP entry: its signature, and how long the name and the extra field behind it are."""


@dataclass(frozen=True)
class Place:
    """Where a storage's bytes are in the file."""

    start: int
    """Of its ZIP entry's header, or of the bytes themselves."""
    byte_count: int
    end: int
    """Of what belongs to it, at most."""
    zipped: bool


@dataclass(frozen=True)
class Opened:
    """A checkpoint file's contents and where its storages' values are."""

    contents: Mapping[Any, Any]
    """What torch.load would give; tensors as TensorHeader, paths as StoredPath, sets as lists."""
    little_endian: bool
    places: Mapping[str, Place]
    """Of storages, by their key."""


def read_container(path: Path, file: BinaryIO) -> Opened:
    """Read a checkpoint in either form, from its beginning.

    Raises: UnreadableCheckpoint; ForbiddenCall and MalformedPickle of the pickle.
    """
    zipped = file.read(len(_ZIP_ENTRY)) == _ZIP_ENTRY
    return _read_zip(path, file) if zipped else _read_legacy(path, file)


class _ModestReader(io.BufferedReader):
    """A file of which nobody gets more at once than a table of contents may be long, whatever the file itself says."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MOST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the table of contents is too long")
        limit = _MOST_DIRECTORY_BYTES if size is None or size < 0 else size
        # The base class allocates what it is asked for before it looks how much there is.
        return super().read(max(0, min(limit, os.fstat(self.fileno()).st_size - self.tell())))


@contextmanager
def open_checkpoint(path: Path) -> Iterator[BinaryIO]:
    """A checkpoint file, open for reading. Raises: UnreadableCheckpoint, also for what fails while it is open."""
    try:
        with _ModestReader(path.open("rb", buffering=0)) as file:
            yield file
    except OSError as error:
        raise UnreadableCheckpoint(
            f"{path.name} could not be read: {error.strerror or error}.", remedy="Check the disk and the permissions."
        ) from None


def values_start(path: Path, file: BinaryIO, place: Place) -> int:
    """Where in the file the bytes of a storage begin. Raises: UnreadableCheckpoint."""
    if not place.zipped:
        return place.start
    file.seek(place.start)
    raw = file.read(_LOCAL_HEADER.size)
    if len(raw) < _LOCAL_HEADER.size:
        raise damaged(path, "it ends before its tensors do")
    signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(raw)
    start = place.start + _LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)
    if signature != _ZIP_ENTRY or start + place.byte_count > place.end:
        raise damaged(path, "its table of contents does not fit what is in it")
    return start


def damaged(path: Path, why: str) -> UnreadableCheckpoint:
    """The error for a file that began as a checkpoint does."""
    return UnreadableCheckpoint(f"{path.name} is damaged or incomplete: {why}.", remedy="Download or copy it again.")


def no_checkpoint(path: Path) -> UnreadableCheckpoint:
    """The error for a file of another kind."""
    return UnreadableCheckpoint(
        f"{path.name} is not a checkpoint: it is no file that torch saved.",
        remedy="Choose a Piper training checkpoint (.ckpt).",
    )


def no_network(path: Path) -> UnreadableCheckpoint:
    """The error for what torch saved, but not as a checkpoint."""
    return UnreadableCheckpoint(
        f"{path.name} holds no trained network: there is no state_dict in it.",
        remedy="Choose a Piper training checkpoint (.ckpt).",
    )


def _read_zip(path: Path, file: BinaryIO) -> Opened:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = _entries(path, archive)
            pickled, order = _pickle_and_order(path, archive, entries)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, struct.error) as error:
        raise damaged(path, str(error).rstrip(".") or "its table of contents cannot be read") from None
    places: dict[str, Place] = {}

    def storage(persistent_id: Any) -> StorageHeader:
        header = storage_of(persistent_id)
        place = entries.get(f"data/{header.key}")
        if place is None or place.byte_count < header.byte_count:
            raise MalformedPickle("values of its tensors are missing")
        places[header.key] = place
        return header

    found = unpickle(io.BytesIO(pickled), TABLE, storage)
    return Opened(_contents(path, found), order == b"little", places)


def _entries(path: Path, archive: zipfile.ZipFile) -> dict[str, Place]:
    """The entries by their names inside of the archive's one folder; none compressed, none over another."""
    root, infos = _root(archive), sorted(archive.infolist(), key=lambda info: info.header_offset)
    if f"{root}constants.pkl" in archive.namelist():
        raise UnreadableCheckpoint(
            f"{path.name} is a compiled program (TorchScript), not a checkpoint.",
            remedy="Choose a Piper training checkpoint (.ckpt).",
        )
    if len(infos) > _MOST_STORAGES:
        raise damaged(path, "it has more parts than any checkpoint")
    entries: dict[str, Place] = {}
    ends = [*(info.header_offset for info in infos[1:]), archive.start_dir]
    for info, end in zip(infos, ends, strict=True):
        name, start = info.filename.removeprefix(root), info.header_offset
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits & 1:
            raise damaged(path, "its parts are compressed, which torch never does")
        if name in entries or start < 0 or start + _LOCAL_HEADER.size + info.file_size > end:
            raise damaged(path, "its parts lie over each other")
        entries[name] = Place(start, info.file_size, end, zipped=True)
    return entries


def _pickle_and_order(path: Path, archive: zipfile.ZipFile, entries: Mapping[str, Place]) -> tuple[bytes, bytes]:
    if "data.pkl" not in entries:
        raise no_checkpoint(path)
    if entries["data.pkl"].byte_count > _MOST_PICKLE_BYTES:
        raise damaged(path, "what describes its tensors is longer than that of any checkpoint")
    order = archive.read(f"{_root(archive)}byteorder") if "byteorder" in entries else b"little"
    if order not in (b"little", b"big"):
        raise damaged(path, "its byte order is neither little nor big")
    return archive.read(f"{_root(archive)}data.pkl"), order


def _root(archive: zipfile.ZipFile) -> str:
    """The folder in which torch puts everything, with its slash: that of the first entry."""
    names = archive.namelist()
    return names[0].partition("/")[0] + "/" if names else ""


def _read_legacy(path: Path, file: BinaryIO) -> Opened:
    file.seek(0)
    pickles = io.BytesIO(file.read(_MOST_PICKLE_BYTES))
    first = _first_pickle(path, pickles)
    if first != _LEGACY_MAGIC:
        raise no_checkpoint(path)
    storages: dict[str, StorageHeader] = {}

    def storage(persistent_id: Any) -> StorageHeader:
        header = storage_of(persistent_id)
        known = storages.setdefault(header.key, header)
        if known.byte_count < header.byte_count:
            raise MalformedPickle("one of its storages has two sizes")
        return header

    version, system, found, keys = (unpickle(pickles, TABLE, storage) for _ in range(4))
    if version.value != _LEGACY_PROTOCOL or not isinstance(system.value, dict):
        raise no_checkpoint(path)
    contents = _contents(path, found)
    places = _legacy_places(path, file, pickles.tell(), keys.value, storages)
    return Opened(contents, system.value.get("little_endian") is not False, places)


def _first_pickle(path: Path, pickles: io.BytesIO) -> Any:
    """torch's magic number; or, of a plain pickle, what it holds."""
    try:
        return unpickle(pickles, TABLE, storage_of).value
    except MalformedPickle:
        raise no_checkpoint(path) from None


def _legacy_places(
    path: Path, file: BinaryIO, start: int, keys: Any, storages: Mapping[str, StorageHeader]
) -> dict[str, Place]:
    """Storages lie behind the pickles in the order of the keys, each behind its number of elements (int64)."""
    if not isinstance(keys, list) or len(keys) > _MOST_STORAGES or not all(isinstance(key, str) for key in keys):
        raise damaged(path, "its list of storages is none")
    if set(keys) != set(storages):
        raise damaged(path, "values of its tensors are missing")
    places, size = {}, file.seek(0, io.SEEK_END)
    for key in keys:
        file.seek(start)
        count = int.from_bytes(file.read(8), "little")
        header = storages[key]
        end = start + 8 + header.byte_count
        if count != header.elements or end > size:
            raise damaged(path, "it ends before its tensors do")
        places[header.key] = Place(start + 8, header.byte_count, end, zipped=False)
        start = end
    return places


def _contents(path: Path, found: Unpickled) -> Mapping[Any, Any]:
    if not isinstance(found.value, dict):
        raise no_network(path)
    if found.foreign_opcodes:
        raise UnreadableCheckpoint(
            f"{path.name} was saved in a form that torch does not read safely "
            f"(pickle opcode {min(found.foreign_opcodes)}).",
            remedy="Ask for a file that torch.save wrote with its own pickle protocol.",
        )
    return found.value
