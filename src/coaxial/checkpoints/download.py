"""Fetching one file over HTTP: resumed where it stopped, checked before it is in place, a sentence for every failure.

Ranges, If-Range and validators as in RFC 9110; `X-Linked-Size` and `X-Linked-ETag`, the sha256 of a large file, as the
Hugging Face hub's own client reads them.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse

from coaxial.checkpoints.addresses import web_address
from coaxial.checkpoints.answers import (
    Transient,
    first_byte,
    network_errors,
    refuse_answer,
    validator_of,
    web_page,
    whole_size,
)
from coaxial.checkpoints.asking import Answer, Asker
from coaxial.checkpoints.part import Identity, Part
from coaxial.checkpoints.source import MEGABYTE, Fetched, Manners, Source
from coaxial.domain.errors import CoaxialError, DownloadFailed, StorageFailure
from coaxial.domain.files import storage_errors
from coaxial.domain.progress import Progress

RESERVED_BYTES = 256 * MEGABYTE
"""What a download leaves free on the disk."""

_BYTES_BETWEEN_REPORTS = MEGABYTE
_SECONDS_BETWEEN_REPORTS = 0.5
"""On a network so slow that a megabyte takes longer."""

_CHUNK_BYTES = 1 << 19
"""Read at most at once; a slow network's smaller pieces are taken as they come."""


def fetch(source: Source, target: Path, progress: Progress, manners: Manners | None = None) -> Fetched:
    """Fetch a file to target, which appears there only when it is whole and right.

    Stopped in any way, what has come stays beside the target and the next call goes on after it. One call at a time.
    Raises: DownloadFailed, StorageFailure.
    """
    manners = manners or Manners()
    source = replace(source, url=web_address(source.url))
    asker = Asker(
        public_only=manners.public_only,
        connect_seconds=manners.connect_seconds,
        silence_seconds=manners.silence_seconds,
    )
    try:
        return _Download(asker, source, Part(target), progress, manners).run()
    finally:
        asker.close()


class _Download:
    """One call of `fetch`."""

    def __init__(self, asker: Asker, source: Source, part: Part, progress: Progress, manners: Manners) -> None:
        self._asker = asker
        self._source = source
        self._part = part
        self._progress = progress
        self._manners = manners
        self._url = source.url
        self._host = urlsplit(source.url).hostname
        self._digest = part.sha256()
        self._size: int | None = None
        self._sha256 = source.sha256
        self._asked = self._shown = False
        self._reported = 0

    def run(self) -> Fetched:
        resumed = self._part.length > 0
        self._fetch_all()
        if resumed and self._is_another_file():
            self._progress.say(f"The parts of {self._source.what} do not fit together; it is fetched once more.")
            self._start_over()
            self._fetch_all()
        found = self._digest.hexdigest()
        if self._is_another_file():
            self._part.discard()
            raise DownloadFailed(
                f"What {self._host} sent is not the {self._source.what} that is known, and was thrown away: "
                f"its sha256 is {found[:16]}…, not {self._sha256[:16]}….",
                remedy="Try again later; if it stays so, the file was replaced where it lies.",
            )
        self._refuse_useless()
        size = self._part.length
        self._part.finish()
        return Fetched(size, found)

    def _refuse_useless(self) -> None:
        try:
            self._source.check(self._part.file)
        except CoaxialError as error:
            self._part.discard()
            raise DownloadFailed(
                f"What {self._host} sent as {self._source.what} is of no use and was thrown away: {error.message}",
                remedy="Choose another base checkpoint.",
            ) from error

    def _is_another_file(self) -> bool:
        return bool(self._sha256) and self._digest.hexdigest() != self._sha256

    def _fetch_all(self) -> None:
        """Until the part is as long as the file, trying again what may have passed."""
        failures = 0
        while True:
            before = self._part.length
            try:
                if not self._asked:
                    self._ask()
                return self._receive_rest()
            except Transient as reason:
                failures = 1 if self._part.length > before else failures + 1
                self._wait_after(reason, failures)

    def _wait_after(self, reason: Transient, failures: int) -> None:
        kept = f"The {self._part.length / MEGABYTE:.0f} MB that came are kept. " if self._part.length else ""
        if failures >= self._manners.attempts:
            raise DownloadFailed(
                f"{self._source.what} could not be fetched: {reason}.",
                remedy=f"{kept}Check the network and run the same command again.",
            ) from reason
        pause = self._manners.first_pause * 2 ** (failures - 1) if reason.wait is None else reason.wait
        if pause > self._manners.longest_pause:
            raise DownloadFailed(
                f"{self._source.what} could not be fetched: {reason}, and asks to wait {pause:.0f} seconds.",
                remedy=f"{kept}Run the same command again then.",
            ) from reason
        self._progress.say(f"Trying again in {pause:g} s: {reason}.")
        self._wait(pause)

    def _wait(self, seconds: float) -> None:
        """In moments, so that a Progress that wants the work to stop can say so."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SECONDS_BETWEEN_REPORTS))
            self._progress.advance(0.0)

    def _ask(self) -> None:
        """Learn size and hash before the first byte. A server that does not answer HEAD tells them with the file."""
        with self._asker.asked("HEAD", self._url, {}, self._source.token) as answer:
            size = answer.size
            if answer.response.status == 200 and size is None:
                size = whole_size(answer.response)
        self._asked = True
        self._size = None
        self._sha256 = self._source.sha256 or answer.sha256
        self._take_size(self._source.size if size is None else size)

    def _take_size(self, size: int | None) -> None:
        if size is None:
            return
        if self._source.size is not None and size != self._source.size:
            self._part.discard()
            raise DownloadFailed(
                f"{self._host} has {size} bytes for {self._source.what}, which is known to have {self._source.size}.",
                remedy="The file was replaced where it lies, or the server is wrong about it: try again later.",
            )
        if size > self._manners.most_bytes:
            raise self._too_large()
        if self._size is not None and size != self._size:
            raise self._changed()
        if self._size is None:
            self._size = size
            self._refuse_full_disk()

    def _changed(self) -> Transient:
        self._start_over()
        self._asked = False
        return Transient(f"{self._host} changed {self._source.what}, or what it says of it, in the meantime")

    def _receive_rest(self) -> None:
        start, headers = self._resume_point()
        if start and start == self._size:
            return
        with self._asker.asked("GET", self._url, headers, self._source.token) as answer:
            self._receive(answer, start)
        if self._size is not None and self._part.length != self._size:
            raise Transient(f"{self._host} ended after {self._part.length} of {self._size} bytes")

    def _receive(self, answer: Answer, start: int) -> None:
        response = answer.response
        if response.status == 416:
            raise self._changed()
        refuse_answer(response, self._url, self._source.what)
        identity = Identity(self._source.url, whole_size(response), validator_of(response))
        self._take_size(identity.size)
        if start and (first_byte(response) != start or identity != self._part.identity):
            if response.status == 206:
                raise self._changed()
            start = 0
        if start == 0:
            self._start_over()
            self._part.begin(identity)
        self._show()
        self._write(response)

    def _resume_point(self) -> tuple[int, dict[str, str]]:
        """Where to go on, and the headers that ask for the rest of the same file."""
        start, known = self._part.length, self._part.identity
        if start == 0:
            return 0, {}
        same = known is not None and known.url == self._source.url and known.size in (self._size, None)
        if known is None or not same or not (known.validator or self._sha256) or start > (self._size or start):
            self._start_over()
            return 0, {}
        condition = {"If-Range": known.validator} if known.validator else {}
        return start, {"Range": f"bytes={start}-", **condition}

    def _write(self, response: BaseHTTPResponse) -> None:
        unreported, reported = 0, time.monotonic()
        with self._part.growing(self._digest) as writer, network_errors(self._url):
            while chunk := response.read1(_CHUNK_BYTES):
                if self._reported + unreported == 0:
                    self._refuse_other_kind(chunk)
                writer.take(chunk)
                unreported += len(chunk)
                if unreported >= _BYTES_BETWEEN_REPORTS or time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                    self._report(unreported)
                    unreported, reported = 0, time.monotonic()
        self._report(unreported)

    def _report(self, count: int) -> None:
        self._reported += count
        if self._reported > min(self._manners.most_bytes, self._size or self._manners.most_bytes):
            self._start_over()
            raise self._too_large()
        self._progress.advance(count / MEGABYTE)

    def _show(self) -> None:
        if not self._shown:
            total = None if self._size is None else self._size / MEGABYTE
            self._progress.stage(f"Downloading {self._source.what}", total, "MB")
            self._shown = True
        self._report(self._part.length - self._reported)

    def _start_over(self) -> None:
        self._part.discard()
        self._digest = self._part.sha256()
        if self._shown:
            self._progress.advance(-self._reported / MEGABYTE)
        self._reported = 0

    def _refuse_other_kind(self, chunk: bytes) -> None:
        begins = self._source.begins
        if begins and not any(chunk.startswith(one[: len(chunk)]) for one in begins):
            if chunk.lstrip()[:1] == b"<":
                raise web_page(self._host, self._source.what)
            raise DownloadFailed(
                f"What {self._host} sends as {self._source.what} is no such file: it begins with {chunk[:8]!r}.",
                remedy="Check the address.",
            )

    def _refuse_full_disk(self) -> None:
        folder = self._part.target.parent
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        needed = (self._size or 0) - self._part.length
        if free < needed + RESERVED_BYTES:
            raise StorageFailure(
                f"There is no room for {self._source.what}: it takes {needed / MEGABYTE:.0f} MB more, and {folder} has "
                f"{free / MEGABYTE:.0f} MB free, of which {RESERVED_BYTES / MEGABYTE:.0f} MB stay free.",
                remedy="Free some space (coaxial checkpoints clear), or choose another disk with --data-dir.",
            )

    def _too_large(self) -> DownloadFailed:
        return DownloadFailed(
            f"{self._source.what} is larger than the {self._size or self._manners.most_bytes} bytes that it may have.",
            remedy="Is this the address of a checkpoint? The limit is COAXIAL_DOWNLOAD_LIMIT_MB.",
        )
