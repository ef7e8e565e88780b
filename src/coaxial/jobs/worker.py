"""`coaxial worker`: one Celery worker process, its sweep, and its clean end."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import warnings
from collections.abc import Callable, Sequence
from uuid import uuid4

from celery import signals
from celery.platforms import SecurityWarning
from filelock import FileLock

from coaxial.domain.errors import CoaxialError, StorageFailure
from coaxial.jobs.app import TASK, app_of, discard_damaged_broker
from coaxial.jobs.dispatcher import Dispatcher, worker_lock
from coaxial.jobs.grace import beat_seconds
from coaxial.jobs.slots import Slots
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.locks import lock_file

_SPARE_THREADS = 2
"""So that there is one to look at a message while all places are taken."""

_log = logging.getLogger("coaxial.jobs")


def run_worker(settings: Settings, gpus: Sequence[int] | None, say: Callable[[str], None]) -> int:
    """Take jobs until the process is told to end; answers the exit code.

    gpus: those to train on, as torch counts them; None: all. Running jobs stop with a checkpoint and are queued again.
    Raises: InvalidOption, StorageFailure.
    """
    slots = Slots.of_this_machine(settings, gpus)
    name = f"{slots.host}:{os.getpid()}:{uuid4().hex[:8]}"
    stopping = threading.Event()
    lock = FileLock(lock_file(settings, worker_lock(name)))
    with open_store(settings) as store, lock:
        dispatcher = Dispatcher(settings, store, slots, name, stopping)
        store.note_worker(name, slots.host, slots.describe())

        def sweep() -> None:
            dispatcher.sweep()
            store.note_worker(name, slots.host, slots.describe())

        sweeper = threading.Thread(target=_sweep_until, args=(settings, sweep, stopping), daemon=True)
        sweeper.start()
        try:
            say(f"Worker {name}: {slots.describe()}. Ctrl-C ends it; what runs then goes on next time.")
            return _serve(settings, dispatcher, slots, name, stopping)
        finally:
            stopping.set()
            sweeper.join()
            with contextlib.suppress(StorageFailure):
                store.forget_worker(name)
            lock_file(settings, worker_lock(name)).unlink(missing_ok=True)


def _serve(settings: Settings, dispatcher: Dispatcher, slots: Slots, name: str, stopping: threading.Event) -> int:
    discard_damaged_broker(settings)
    app = app_of(settings)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def look_at(job: int) -> None:
        dispatcher.look_at(job)

    def begin_to_stop(**_: object) -> None:
        stopping.set()

    # It warns root of pickled messages; these are JSON, and nothing else is accepted.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # Celery then waits for its threads, and they for their jobs.
    signals.worker_shutting_down.connect(begin_to_stop, weak=False)
    worker = app.Worker(
        hostname=name.replace(":", "-"),
        pool="threads",
        concurrency=slots.most_at_once + _SPARE_THREADS,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    # Ctrl-C is how it is meant to end.
    return 0 if stopping.is_set() else int(worker.exitcode or 0)


def _sweep_until(settings: Settings, sweep: Callable[[], None], stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            sweep()
        except CoaxialError as error:
            _log.error("%s", error)
        except Exception:
            # A worker that no longer sweeps would look alive and leave lost jobs where they are.
            _log.exception("the sweep failed")
        stopping.wait(beat_seconds(settings))
