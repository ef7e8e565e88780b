"""Remembering what requests were answered, so that one that is sent again is not done twice."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from coaxial.domain.errors import InUse, InvalidOption
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.answers import AnswerRecord
from coaxial.workflows.locks import lock_file


class Answering:
    """What one server answers. Its methods are called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._at_work: set[str] = set()
        self._looking = threading.Lock()
        # Held as long as the server lives: whoever gets it knows that this one answers nothing any more.
        self._alive = FileLock(_lock_of(settings, self._name), thread_local=False)

    def open(self) -> None:
        """Before anything is answered. Raises: StorageFailure."""
        self._alive.acquire()

    def close(self) -> None:
        """After everything was."""
        self._alive.release()
        _lock_of(self._settings, self._name).unlink(missing_ok=True)

    def begin(self, key: str, request: str) -> AnswerRecord | None:
        """Take a key for a request: None where it is to be done now, otherwise what it was answered before.

        request: a digest of what is asked for. Raises: InvalidOption (the key is another request's), InUse (the first
        one is still worked on), StorageFailure.
        """
        with self._looking, open_store(self._settings) as store:
            found = store.begin_answer(key, request, self._name)
            if found is not None and found.request != request:
                raise another_request(key)
            if found is not None and found.status is not None:
                return found
            if found is not None:
                taken = self._is_abandoned(key, found.server) and store.take_over_answer(key, found.server, self._name)
                if not taken:
                    raise InUse(
                        f"The first request with the Idempotency-Key {key[:80]!r} is still being worked on.",
                        remedy="Send it again in a moment.",
                    )
            self._at_work.add(key)
            return None

    def finish(self, key: str, digest: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep what a request was answered. digest: of the body that it brought. Raises: StorageFailure."""
        try:
            with open_store(self._settings) as store:
                store.finish_answer(key, self._name, digest, status, headers, body)
        finally:
            self._at_work.discard(key)

    def drop(self, key: str) -> None:
        """Let go of the key of a request that created nothing. Raises: StorageFailure."""
        try:
            with open_store(self._settings) as store:
                store.drop_answer(key, self._name)
        finally:
            self._at_work.discard(key)

    def _is_abandoned(self, key: str, server: str) -> bool:
        """Whether the server that began a request will never answer it."""
        if server == self._name:
            return key not in self._at_work
        file = _lock_of(self._settings, server)
        with contextlib.suppress(Timeout), FileLock(file, timeout=0):
            file.unlink(missing_ok=True)
            return True
        return False


def another_request(key: str) -> InvalidOption:
    """For a key that was given to a request before, and now comes with another one."""
    return InvalidOption(
        f"The Idempotency-Key {key[:80]!r} was another request's.",
        remedy="Give each new request a key of its own, and send the same request again with the same key only.",
    )


def _lock_of(settings: Settings, server: str) -> Path:
    return lock_file(settings, f"server-{server.replace(':', '-')}")
