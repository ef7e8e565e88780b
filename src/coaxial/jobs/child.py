"""The process of one job: `python -m coaxial.jobs.child JOB CLAIM`, started by a runner in a process group of its own.

Its standard input is a pipe that nobody writes to: it ends when the runner is gone, however that came about.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock, Timeout

from coaxial.domain.errors import CoaxialError, DatabaseUnreachable, Interrupted, InUse, OutOfMemory, StorageFailure
from coaxial.domain.files import storage_errors
from coaxial.jobs.grace import SHORT_GRACE, grace_of
from coaxial.jobs.progress import JobProgress
from coaxial.jobs.work import do
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.job_records import JobRecord
from coaxial.workflows.locks import lock_file

TOLD, STOPPED, BUSY = 0, 75, 76
"""Exit codes. TOLD: how the job ended is in its row. STOPPED and BUSY: it did not end, and the runner settles it."""

_LIKELY_VICTIM = "500"
"""Where memory runs out the system ends the job, and not the worker that could say so."""


class Stopped(KeyboardInterrupt):
    """Termination was asked for; no `except Exception` on the way holds it up."""


def main() -> int:
    """Do the job; answers the exit code."""
    id, claim = int(sys.argv[1]), sys.argv[2]
    settings = Settings.read()
    signal.signal(signal.SIGTERM, stop)
    try:
        _be_a_likely_victim()
        with open_store(settings) as store:
            job = store.job(id)
            grace = grace_of(settings, job.kind)
            threading.Thread(target=_end_with_runner, args=(grace,), daemon=True).start()
            # Another process of this job may still be writing its last checkpoint.
            with FileLock(lock_file(settings, f"job-{id}"), timeout=grace + 5):
                return _work(settings, store, job, claim)
    except (Stopped, Interrupted):
        return STOPPED
    except (Timeout, DatabaseUnreachable):
        return BUSY


def _work(settings: Settings, store: Store, job: JobRecord, claim: str) -> int:
    try:
        with JobProgress(store, job.id, claim, _terminate_group) as progress:
            earlier = store.job(job.waits_for).result if job.waits_for is not None else {}

            def note(result: Mapping[str, Any]) -> None:
                if not store.note_result(job.id, claim, result):
                    raise Stopped

            with storage_errors(settings.data_dir):
                result = do(settings, job, earlier, progress, note)
    except (InUse, DatabaseUnreachable) as error:
        with contextlib.suppress(StorageFailure):
            store.report_job(job.id, claim, {"note": error.message})
        return BUSY
    except Interrupted:
        raise
    except Exception as error:
        sentence = _in_words(settings, job.id, error)
        _tell(lambda: store.fail_job(job.id, claim, *sentence))
        return TOLD
    _tell(lambda: store.finish_job(job.id, claim, result))
    return TOLD


def _tell(write: Callable[[], bool]) -> None:
    """Write how the job ended, as soon as the database can be written again where it cannot."""
    # Nothing is left that could be stopped, and what was done must not be done again.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        try:
            write()
            return
        except StorageFailure as error:
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
            time.sleep(1.0)


def _in_words(settings: Settings, job: int, error: Exception) -> tuple[str, str, str]:
    """Sentence, remedy and class of a failure."""
    if isinstance(error, MemoryError):
        error = OutOfMemory(
            "The machine's memory is full.", remedy="End other programs, or set COAXIAL_PROCESSES=1, and try again."
        )
    if isinstance(error, CoaxialError):
        return error.message, error.remedy, type(error).__name__
    traceback.print_exception(error)
    summary = (str(error).splitlines() or [""])[0]
    return (
        f"This is a mistake in coaxial, not yours ({type(error).__name__}: {summary}).",
        f"The details are in {settings.job_logs / f'{job}.log'}; please report it.",
        type(error).__name__,
    )


def stop(number: int, frame: FrameType | None) -> None:
    """As a handler of SIGTERM: end the work wherever it is. Raises: Stopped."""
    # Once is enough: a second one would meet what tidies up after the first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Where it comes in a finaliser or a callback, Python prints the exception and goes on as if there was none. Then
    # SIGALRM, which nobody handles, has the last word.
    signal.setitimer(signal.ITIMER_REAL, SHORT_GRACE)
    raise Stopped


def _terminate_group() -> None:
    os.killpg(os.getpgrp(), signal.SIGTERM)


def _end_with_runner(grace: float) -> None:
    """Stop as if asked, as soon as the runner is gone: its worker was killed, and others will take the job."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    _terminate_group()
    time.sleep(grace)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _be_a_likely_victim() -> None:
    try:
        Path("/proc/self/oom_score_adj").write_text(_LIKELY_VICTIM, encoding="ascii")
    except OSError:
        return  # no such thing on this system


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written; taking torch down politely would keep the GPU's memory for another second.
    os._exit(code)
