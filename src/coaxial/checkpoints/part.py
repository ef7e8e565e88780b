"""The part of a file that has come so far: it outlives a kill, and says which file it is the beginning of."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import RawIOBase
from pathlib import Path

from coaxial.domain.files import file_status, storage_errors, write_text

_WAITING_CHUNKS = 16
"""Chunks that may wait to be written: the memory that a disk slower than the network costs."""

_READ_BYTES = 1 << 20

_BYTES_BETWEEN_FLUSHES = 32 << 20
"""Flushed to the disk while the rest comes, so that the last bytes need not wait for all of them."""


@dataclass(frozen=True)
class Identity:
    """What tells whether two answers of a server are of the same file."""

    url: str
    size: int | None
    """Of the whole file, in bytes; None where the server does not say."""
    validator: str
    """Strong ETag or Last-Modified date (RFC 9110, 8.8), as If-Range wants it; empty where there is none."""


class Part:
    """A file beside its target that grows until it is whole."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.file = target.with_name(f".{target.name}.part")
        self._note = target.with_name(f".{target.name}.part.json")

    @property
    def length(self) -> int:
        """Bytes that have come."""
        status = file_status(self.file)
        return status.st_size if status else 0

    @property
    def identity(self) -> Identity | None:
        """Which file this is the beginning of; None where nothing is known of it."""
        try:
            return Identity(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, identity: Identity) -> None:
        """Begin anew with a file of this identity. Raises: StorageFailure."""
        with storage_errors(self.file):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_bytes(b"")
        write_text(self._note, json.dumps(asdict(identity)))

    def finish(self) -> None:
        """Take the target's place, flushed to disk. Raises: StorageFailure."""
        with storage_errors(self.target):
            with self.file.open("rb") as file:
                os.fsync(file.fileno())
            self.file.replace(self.target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget what has come."""
        self.file.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def sha256(self) -> hashlib._Hash:
        """Of what has come, ready to take what follows."""
        digest = hashlib.sha256()
        if self.file.exists():
            with self.file.open("rb") as file:
                while chunk := file.read(_READ_BYTES):
                    digest.update(chunk)
        return digest

    @contextmanager
    def growing(self, digest: hashlib._Hash) -> Iterator[_Writer]:
        """Takes chunks; all of them are in the file, and in digest, when the block ends, however it ends.

        Raises: StorageFailure (full disk), in the block or at its end.
        """
        with storage_errors(self.target):
            file = self.file.open("ab", buffering=0)
        with file:
            writer = _Writer(file, digest, self.target)
            try:
                yield writer
            finally:
                writer.close()
            writer.raise_failure()


class _Writer(threading.Thread):
    """Writes beside the reading and hashing, which both let other threads run: the network waits for neither."""

    def __init__(self, file: RawIOBase, digest: hashlib._Hash, target: Path) -> None:
        super().__init__(daemon=True, name="download")
        self._file = file
        self._digest = digest
        self._target = target
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_WAITING_CHUNKS)
        self._failure: OSError | None = None
        self._flushing = ThreadPoolExecutor(1)
        self.start()

    def take(self, chunk: bytes) -> None:
        """Raises: StorageFailure, of an earlier chunk."""
        self.raise_failure()
        self._chunks.put(chunk)
        self._digest.update(chunk)

    def close(self) -> None:
        self._chunks.put(None)
        self.join()
        self._flushing.shutdown()

    def raise_failure(self) -> None:
        if self._failure is not None:
            with storage_errors(self._target):
                raise self._failure

    def run(self) -> None:
        unflushed = 0
        while (chunk := self._chunks.get()) is not None:
            if self._failure is not None:
                continue  # the reader still has to see it; until then nobody may wait for room in the queue
            try:
                rest = memoryview(chunk)
                while rest:
                    rest = rest[self._file.write(rest) or 0 :]
            except OSError as error:
                self._failure = error
            unflushed += len(chunk)
            if unflushed >= _BYTES_BETWEEN_FLUSHES:
                self._flushing.submit(os.fsync, self._file.fileno())
                unflushed = 0
