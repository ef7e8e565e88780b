"""ZIP archives from anywhere, unpacked without trusting a word of what they say about themselves.

Entries are written under names of our own choosing, so none can land outside the folder; bytes are counted while
they are unpacked, so no header can hide how many there are.
"""

from __future__ import annotations

import re
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from coaxial.domain.errors import CoaxialError, UnreadableSource, UnsafeArchive
from coaxial.domain.files import storage_errors

_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class ArchiveLimits:
    """Beyond these an archive is taken for a bomb."""

    entries: int = 100_000
    total_bytes: int = 20_000_000_000
    """Unpacked, of all entries together."""
    ratio: int = 200
    """Unpacked to packed size, of one entry and of the whole archive. Recordings reach 2, text 10."""
    small_entry: int = 8_000_000
    """Unpacked bytes below which an entry's ratio does not matter: digital silence packs to nothing."""
    small_archive: int = 200_000_000
    """The same for the whole archive."""


@contextmanager
def unpacked(
    archive: Path,
    wanted: Callable[[str], bool],
    *,
    scratch: Path | None = None,
    limits: ArchiveLimits | None = None,
    called: str = "",
) -> Iterator[dict[str, Path]]:
    """The wanted entries of a ZIP, each name (NFC, `/` between folders) with the file it was unpacked to.

    The files are gone when the block ends. Entries that are not wanted, archives within the archive among them, are
    never opened. scratch: folder to unpack below, else the system's temporary one. called: the archive in sentences,
    where its file has another name.

    Raises: UnsafeArchive, UnreadableSource (not a ZIP, damaged, encrypted), StorageFailure.
    """
    limits = limits or ArchiveLimits()
    parent = scratch or Path(tempfile.gettempdir())
    with storage_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=parent, prefix="coaxial-import-", ignore_cleanup_errors=True)
    with folder as name:
        yield _unpack(archive, Path(name), wanted, limits, called or archive.name)


def names_in(archive: Path, *, limits: ArchiveLimits | None = None, called: str = "") -> list[str]:
    """The names of the files in a ZIP, as `unpacked` has them, by what it says of itself; nothing is unpacked.

    Raises: UnsafeArchive, UnreadableSource.
    """
    called = called or archive.name
    with _opened(archive, called) as opened:
        entries = _checked_entries(opened, called, limits or ArchiveLimits())
        return [name for name, entry in entries.items() if not entry.is_dir() and not _from_macos(name)]


def _unpack(
    archive: Path, folder: Path, wanted: Callable[[str], bool], limits: ArchiveLimits, called: str
) -> dict[str, Path]:
    files: dict[str, Path] = {}
    with _opened(archive, called, folder) as opened:
        entries = _checked_entries(opened, called, limits)
        budget = _Budget(archive.stat().st_size, called, limits)
        for number, (name, entry) in enumerate(entries.items()):
            if not entry.is_dir() and not _from_macos(name) and wanted(name):
                files[name] = folder / str(number) / _harmless(name)
                _write(opened, entry, files[name], budget)
    return files


@contextmanager
def _opened(archive: Path, called: str, folder: Path | None = None) -> Iterator[zipfile.ZipFile]:
    """An archive, with whatever can be wrong with it in words. folder: where it is unpacked."""
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise UnreadableSource(
            f"{called} is damaged or not a ZIP archive: {error}.", remedy="Make or copy the archive again."
        ) from error
    except CoaxialError:
        raise
    except OSError as error:
        with storage_errors(folder or archive):
            raise
        raise UnreadableSource(f"{called} cannot be read: {error.strerror or error}.") from error


def _checked_entries(opened: zipfile.ZipFile, called: str, limits: ArchiveLimits) -> dict[str, zipfile.ZipInfo]:
    """Entries by cleaned name, all of them proper; sizes are those the archive claims, counted again later."""
    listed = opened.infolist()
    if len(listed) > limits.entries:
        _unsafe(called, f"it has {len(listed):,} entries, more than {limits.entries:,}")
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in listed:
        name = _cleaned_name(entry, called)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            _unsafe(called, f"the entry {_shown(name)} is a link or a device")
        if name in entries and not entry.is_dir():
            _unsafe(called, f"it holds two entries named {_shown(name)}")
        if entry.flag_bits & _ENCRYPTED:
            raise UnreadableSource(
                f"{called} is encrypted.", remedy="Unpack it with its password and import the folder."
            )
        if entry.file_size > max(limits.small_entry, limits.ratio * entry.compress_size):
            _unsafe(called, f"the entry {_shown(name)} unpacks to {entry.file_size:,} bytes from nearly nothing")
        entries[name] = entry
    if sum(entry.file_size for entry in listed) > limits.total_bytes:
        _unsafe(called, f"it unpacks to more than {limits.total_bytes / 1e9:.0f} GB")
    return entries


def _cleaned_name(entry: zipfile.ZipInfo, called: str) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        # zipfile reads such names as code page 437, as the format says; macOS and Linux tools write UTF-8 all the same.
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = PurePosixPath(name).parts
    if "\0" in name or name.startswith("/") or ".." in parts or _DRIVE.match(name):
        _unsafe(called, f"the entry {_shown(name)} points outside the archive's own folder")
    return str(PurePosixPath(name))


class _Budget:
    """Bytes really unpacked, of one entry and of all."""

    def __init__(self, packed: int, called: str, limits: ArchiveLimits) -> None:
        self.called = called
        self.limits = limits
        self.total = 0
        self.packed = packed

    def spend(self, entry: zipfile.ZipInfo, unpacked_bytes: int, more: int) -> None:
        limits = self.limits
        self.total += more
        if unpacked_bytes > max(limits.small_entry, limits.ratio * entry.compress_size):
            _unsafe(self.called, f"the entry {_shown(entry.filename)} unpacks to far more than it should")
        if self.total > min(limits.total_bytes, max(limits.small_archive, limits.ratio * self.packed)):
            _unsafe(self.called, f"it unpacks to more than {self.total / 1e9:.1f} GB")


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: _Budget) -> None:
    written = 0
    target.parent.mkdir()
    with opened.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            budget.spend(entry, written, len(chunk))
            file.write(chunk)


def _from_macos(name: str) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(name).parts)


def _harmless(name: str) -> str:
    """The last part of a name as a file name that every system takes, still recognisable in a message."""
    base = PurePosixPath(name).name
    stem, dot, suffix = base.rpartition(".")
    stem, suffix = (stem, suffix) if stem else (base, "")
    return re.sub(r"[^\w. -]", "_", stem)[:60] + (dot + re.sub(r"\W", "_", suffix)[:10] if suffix else "")


def _unsafe(called: str, why: str) -> NoReturn:
    raise UnsafeArchive(
        f"{called} was not unpacked: {why}.",
        remedy="If you trust it, unpack it yourself and import the folder.",
    )


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:60]}…")
