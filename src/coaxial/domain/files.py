"""Writing that a kill or a full disk cannot spoil: a file is either the old one or the whole new one."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from coaxial.domain.errors import StorageFailure


@contextmanager
def atomic_write(path: Path, *, durable: bool = True, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A binary file that takes path's place when the block ends well, flushed to disk; else nothing changes.

    durable=False leaves the flush to the system, for many small files that can be made again. mode: who may read it;
    until it is whole nobody but its owner may.

    Raises: StorageFailure (full disk, no permission).
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            part.chmod(mode)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str, *, durable: bool = True, mode: int = 0o644) -> None:
    """Write a UTF-8 text file in one atomic step. Raises: StorageFailure."""
    with atomic_write(path, durable=durable, mode=mode) as file:
        file.write(text.encode("utf-8"))


def flush_folder(folder: Path) -> None:
    """Flush what names a folder holds, so that a file that was moved there is found after a power cut."""
    # Windows opens no folders, and needs no such flush.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's word for a full disk or a closed door into ours. Raises: StorageFailure."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFailure(
                f"The disk is full: {path} could not be written.",
                remedy="Free some space and run the same command again; what was finished is kept.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageFailure(
                f"{path} could not be written: no permission.",
                remedy="Make the folder writable, or choose another with --data-dir.",
            ) from error
        if error.errno in (errno.EFBIG, errno.EIO, errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise StorageFailure(
                f"{path} could not be written: {error.strerror}.",
                remedy="Check the disk and its limits, and run the same command again; what was finished is kept.",
            ) from error
        raise


def remove_forgotten(folder: Path, seconds: float) -> None:
    """Delete those folders in one that nobody changed for so long; another process may be doing the same."""
    for forgotten in folder.glob("*"):
        with suppress(FileNotFoundError):
            if time.time() - forgotten.stat().st_mtime > seconds:
                shutil.rmtree(forgotten, ignore_errors=True)


def file_status(path: Path) -> os.stat_result | None:
    """Of a file; None where there is none, also where another program takes it away at this very moment."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None
