"""The cache as others change it while it is looked at."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.part import Identity, Part


def test_looking_never_fails_while_files_come_and_go(tmp_path: Path) -> None:
    cache, stop = Cache(tmp_path), threading.Event()

    def come_and_go() -> None:
        part = Part(cache.path("en-US_amy"))
        while not stop.is_set():
            part.begin(Identity("https://example.org", 1, ""))
            part.finish()
            cache.adopt("en-US_amy")
            cache.remove("en-US_amy")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            cache.all()
            cache.cached("en-US_amy")
            cache.total_size()
    finally:
        stop.set()
        thread.join()
