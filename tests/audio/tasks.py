"""Work to hand to child processes, in a module that they can import."""

from __future__ import annotations

import os
import signal
import time

from coaxial.domain.errors import UnreadableAudio


def slow_square(number: int) -> int:
    time.sleep(0.02 * (number % 3))
    return number * number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise UnreadableAudio("Three is no sound.", remedy="Take four.")
    return number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def environment_of(name: str) -> str:
    return os.environ.get(name, "")


def process_id(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()
