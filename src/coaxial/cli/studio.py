"""The one command that starts everything for one machine: `coaxial studio`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

from cyclopts import App, Parameter

from coaxial.cli.arguments import DataDir, device_of
from coaxial.cli.listening import INHERITED, ListenFlags, listening
from coaxial.cli.parts import Part
from coaxial.settings import Settings

_LOOK_SECONDS = 0.1

_PATIENCE = 3.0
"""Seconds after which it is said what is waited for."""

_STOPPED = 130


def add_to(app: App) -> None:
    """Add the command."""
    app.command(studio, sort_key=1)


def studio(
    *,
    flags: Annotated[ListenFlags | None, Parameter(name="*")] = None,
    gpus: Annotated[str | None, Parameter(help="Numbers of the GPUs to train on, such as 0,1; otherwise all.")] = None,
    data_dir: DataDir = None,
) -> int:
    """Start the studio: the server and the worker of this machine, until Ctrl-C. Prints its address.

    Every job is where it was when it is started again.
    """
    flags = flags or ListenFlags()
    settings = Settings.read(data_dir)
    device_of(gpus)
    where = f"--data-dir={settings.data_dir}"
    with listening(flags, "studio") as listener, _asked_to_end() as asked:
        served = ["api", *flags.words(), where]
        works = ["worker", where, *([] if gpus is None else [f"--gpus={gpus}"])]
        parts = [
            Part(
                "server",
                served,
                speaks=True,
                environment={INHERITED: str(listener.fileno())},
                files=[listener.fileno()],
            ),
            # Of Celery's own, which tells how it ends there.
            Part("worker", works, speaks=False, environment={}),
        ]
        code = _run(parts, asked)
    if asked.times:
        print("Stopped.", flush=True)
    return code


class _Asked:
    """How often the studio was asked to end."""

    def __init__(self) -> None:
        self.times = 0
        self._once = threading.Event()

    def hear(self, number: int, frame: FrameType | None) -> None:
        """As a handler of signals."""
        self.times += 1
        self._once.set()

    def within(self, seconds: float) -> bool:
        """Whether it was, by then at the latest."""
        return self._once.wait(seconds)


@contextmanager
def _asked_to_end() -> Iterator[_Asked]:
    asked = _Asked()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, asked.hear) for number in signals]
    try:
        yield asked
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _run(parts: Sequence[Part], asked: _Asked) -> int:
    """Keep the parts alive until it is asked for their end; answers the exit code."""
    try:
        for part in parts:
            part.start()
        while not asked.within(_LOOK_SECONDS):
            for part in parts:
                code = part.look(_say)
                if code is not None:
                    return code
    finally:
        at_once = _end(parts, asked)
    return _STOPPED if at_once else 0


def _end(parts: Sequence[Part], asked: _Asked) -> bool:
    """End them, with a checkpoint of what is trained; answers whether they had to be killed."""
    began, times, told = time.monotonic(), asked.times, False
    for part in parts:
        part.end(signal.SIGTERM)
    while any(part.is_alive for part in parts):
        if asked.times > max(times, 1):
            for part in parts:
                part.end(signal.SIGKILL)
            return True
        if not told and time.monotonic() - began > _PATIENCE:
            told = True
            _say("What runs is being stopped where it can go on next time; Ctrl-C again ends it at once.")
        time.sleep(_LOOK_SECONDS / 2)
    return False


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
