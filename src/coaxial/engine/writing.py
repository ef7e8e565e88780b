"""Writing checkpoints beside training: a GPU copies its tensors in a moment, and a thread takes them to the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import torch
from torch import Tensor


class BesideWriter:
    """Runs one job at a time in a thread, and what follows from it where the caller next asks."""

    def __init__(self, beside: bool) -> None:
        """beside: False runs everything at once: where the thread would take the processors that train."""
        self._beside = beside
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._then: Callable[[], None] | None = None

    def __enter__(self) -> BesideWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let what is under way be finished, whatever else happened; its own error counts where there is no other."""
        try:
            self.wait()
        except Exception:
            if error is None:
                raise

    def submit(self, job: Callable[[], None], then: Callable[[], None]) -> None:
        """Do a job, and then, in the caller's thread, what may only follow when it is done.

        Waits for the job before it. Raises: what that job raised, or this one where nothing runs beside.
        """
        self.wait()
        if not self._beside:
            job()
            then()
            return
        self._then = then
        self._thread = threading.Thread(target=self._run, args=(job,), name="checkpoint")
        self._thread.start()

    def poll(self) -> None:
        """If the job is done, do what follows from it. Raises: what the job raised."""
        if self._thread is not None and not self._thread.is_alive():
            self.wait()

    def wait(self) -> None:
        """Wait until nothing is under way. Raises: what the job raised."""
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        error, self._error = self._error, None
        then, self._then = self._then, None
        if error is not None:
            raise error
        if then is not None:
            then()

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            self._error = error


def on_cpu(contents: Any) -> Any:
    """The same nested dicts, lists and tuples with every tensor on the CPU; those that lie there are not copied."""
    return _mapped(contents, lambda tensor: tensor.detach().cpu())


def _mapped(contents: Any, of_tensor: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(contents, Tensor):
        return of_tensor(contents)
    if isinstance(contents, dict):
        return {key: _mapped(value, of_tensor) for key, value in contents.items()}
    if isinstance(contents, (list, tuple)):
        return type(contents)(_mapped(value, of_tensor) for value in contents)
    return contents


def kept_aside(contents: Any, device: torch.device) -> Callable[[], Any]:
    """Keep all tensors as they are now. Returns: what brings them to the CPU, in any thread, beside training.

    Copying them within the GPU takes a moment, fetching them from it the better part of a second. Where the GPU has no
    room for a copy, they are fetched at once; what lies on the CPU is not copied.
    """
    if device.type != "cuda":
        return lambda: contents
    try:
        copies = _mapped(contents, lambda tensor: tensor.detach().clone())
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        fetched = on_cpu(contents)
        return lambda: fetched
    copied = torch.cuda.Event()
    copied.record()
    beside = torch.cuda.Stream(device)

    def fetch() -> Any:
        with torch.cuda.stream(beside):
            beside.wait_event(copied)
            return on_cpu(copies)

    return fetch
