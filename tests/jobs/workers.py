"""Real workers as processes, real jobs in theirs, and the kills that they have to survive."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from coaxial.domain.jobs import ENDED
from coaxial.jobs.queue import Queue
from coaxial.settings import Settings
from coaxial.store import Store
from coaxial.store.job_records import JobRecord

COMMAND = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())"]
PATIENCE = 300.0
"""Seconds after which something hangs; how quick things are is measured where it is promised."""


class Works:
    """A data directory with its queue, and the workers that a test starts on it."""

    def __init__(self, settings: Settings, store: Store, environment: dict[str, str]) -> None:
        self.settings, self.store, self.queue = settings, store, Queue(settings, store)
        self.environment = environment
        self._workers: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """A worker; answers when it takes jobs."""
        said = self.settings.data_dir / f"worker-{len(self._workers)}.log"
        with said.open("wb") as output:
            line = [*COMMAND, "worker", *arguments]
            child = subprocess.Popen(line, env={**self.environment, **environment}, stdout=output, stderr=output)
        self._workers.append(child)
        self.until(lambda: b"Ctrl-C ends it" in said.read_bytes() or child.poll() is not None)
        assert child.poll() is None, said.read_text()
        return child

    def said(self) -> str:
        """What the workers printed."""
        return "\n".join(file.read_text() for file in sorted(self.settings.data_dir.glob("worker-*.log")))

    def wait(self, id: int, *states: str, seconds: float = PATIENCE) -> JobRecord:
        """The job as it was when it was seen in one of these states; it may be in another by now."""
        seen = self.store.job(id)

        def is_there() -> bool:
            nonlocal seen
            seen = self.store.job(id)
            return seen.state in states

        self.until(is_there, seconds, lambda: f"{self._story(id)}\n{self.said()}")
        return seen

    def ended(self, id: int) -> JobRecord:
        return self.wait(id, *ENDED)

    def done(self, id: int) -> JobRecord:
        job = self.ended(id)
        assert job.state == "done", self._story(id)
        return job

    def until(
        self, condition: Callable[[], Any], seconds: float = PATIENCE, story: Callable[[], str] = lambda: ""
    ) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited for {seconds} s. {story()}"
            time.sleep(0.03)

    def until_step(self, id: int, step: int = 1) -> None:
        """Until a training job is through so many steps."""
        self.until(lambda: self.store.job(id).done >= step, story=lambda: self._story(id))

    def child_of(self, job: JobRecord) -> int | None:
        """The process that works on a claim, while there is one."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"coaxial.jobs.child" in words and job.claim.encode() in words and job.claim:
                    return int(folder.name)
        return None

    def kill_child(self, id: int) -> bool:
        """Kill -9 the process of a job, if it has one."""
        process = self.child_of(self.store.job(id))
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return process is not None

    def said_of(self, id: int) -> list[str]:
        return [line.text for line in self.store.job_log(id)]

    def _story(self, id: int) -> str:
        log = self.settings.job_logs / f"{id}.log"
        printed = log.read_text() if log.exists() else ""
        return "\n".join([str(self.store.job(id)), *self.said_of(id), printed[-3000:]])

    def close(self) -> None:
        """Kill what is left: ending in peace has a test of its own, and takes a checkpoint of 700 MB."""
        for worker in self._workers:
            worker.kill()
            worker.wait()
        for process in (self.child_of(job) for job in self.store.held_jobs()):
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGKILL)


def seeded() -> Iterator[random.Random]:
    """Random numbers of a fresh seed, which a failing test shows; COAXIAL_TEST_SEED takes one again."""
    seed = int(os.environ.get("COAXIAL_TEST_SEED") or int.from_bytes(os.urandom(3), "big"))
    sys.stdout.write(f"COAXIAL_TEST_SEED={seed}\n")
    yield random.Random(seed)
