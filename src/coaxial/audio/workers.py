"""Work spread over processes, its results in the order of the tasks."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from coaxial.domain.errors import StorageFailure

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""Tasks handed out per process beyond the oldest unfinished one: enough to keep all busy, few enough for memory."""


# Processes share the cores already, so each multiplies matrices in one thread (numpy's builds look in these places).
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# glibc hands arrays of a clip's size back to the system one by one and asks for them again: a quarter of the time.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}

_ENVIRONMENT = dict.fromkeys(_THREADS, "1") | _KEEP_MEMORY

_LARGEST_TASK = 24

_SMALLEST_TASK = 6
_TURNS = 2
"""Tasks that each process still gets of what is left: they become smaller, so that none waits long for the last."""

_keeping: list[bool] = []
_kept: dict[int, ProcessPoolExecutor] = {}


def in_tasks(items: Sequence[Task], processes: int) -> Iterator[Sequence[Task]]:
    """Items in portions to hand to a process at once, in order."""
    begin = 0
    while begin < len(items):
        size = task_size(len(items) - begin, processes)
        yield items[begin : begin + size]
        begin += size


def task_size(items: int, processes: int) -> int:
    """How many of the items that are left to hand to a process at once."""
    fair = -(-items // processes)
    return max(1, min(_LARGEST_TASK, max(items // (_TURNS * processes), min(_SMALLEST_TASK, fair))))


def map_in_order(
    function: Callable[[Task], Result], tasks: Iterable[Task], processes: int, preload: Sequence[str] = ()
) -> Iterator[Result]:
    """function(task) for every task, in order, in child processes; with one process, in this one.

    function and tasks must pickle, and stand in modules, not in the program itself; preload names modules the children
    share from their start. Tasks are taken from the iterable as results are, so memory does not grow with their number.
    Closing the iterator, an error or Ctrl-C ends the children. Raises: what function raises; StorageFailure where a
    child was killed.
    """
    if processes <= 1:
        yield from map(function, tasks)
        return
    warm_up(preload)
    waiting: deque[Future[Result]] = deque()
    remaining = iter(tasks)
    with _pool(processes) as pool:

        def hand_out(most: int) -> None:
            for task in islice(remaining, most):
                with _no_main_module():
                    waiting.append(pool.submit(function, task))

        hand_out(processes * _AHEAD)
        while waiting:
            result = waiting.popleft().result()
            hand_out(1)
            yield result


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Child processes, kept where they are to be kept and the block ends well."""
    # Imported when first needed, while the children's server is importing on its part.
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    pool = _kept.pop(processes, None) or ProcessPoolExecutor(
        processes, mp_context=_context(), initializer=_prepare_worker
    )
    try:
        yield pool
        if _keeping:
            _kept[processes] = pool
    except BrokenProcessPool as error:
        raise StorageFailure(
            "A worker process was ended from outside, most likely because the machine ran out of memory.",
            remedy="Run the same command again with fewer processes: COAXIAL_PROCESSES=1.",
        ) from error
    finally:
        if _kept.get(processes) is not pool:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def kept_workers() -> Iterator[None]:
    """Within, child processes that have finished their tasks wait for the next map_in_order of as many.

    New ones take a tenth of a second before they are as fast.
    """
    _keeping.append(True)
    try:
        yield
    finally:
        _keeping.pop()
        while _kept and not _keeping:
            _kept.popitem()[1].shutdown()


def warm_up(modules: Sequence[str]) -> None:
    """Let the server that children are forked from import modules, once for all, while this process goes on.

    Called before this process's own heavy imports it hides the server's; does nothing where the server runs already.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    multiprocessing.set_forkserver_preload(["concurrent.futures.process", *modules])
    with _workers_environment():
        forkserver.ensure_running()


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Processes started within do not run this program's main module again; what they do stands in modules."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _context() -> BaseContext:
    # Never a fork of this process, which may run threads.
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


@contextmanager
def _workers_environment() -> Iterator[None]:
    """Processes started within have it; this one has its own back afterwards."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _prepare_worker() -> None:
    # What was imported stays until the end: the collector need not look through it again and again.
    gc.freeze()
    # Ctrl-C reaches the whole process group; the parent decides what happens and children must not print.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    # A pool's children would wait for ever for a parent that was killed.
    parent.join()
    os._exit(1)
