"""The processes that the studio is made of: started, watched, started again, and ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

WITH_PARENT = "COAXIAL_ENDS_WITH_STDIN"
"""Set for a process whose standard input is a pipe that ends with whoever started it."""

LONGEST_WAIT = 30.0
"""Seconds between two starts of a part that does not stay."""

STAYED = 60.0
"""Seconds after which a part's end has nothing to do with the one before."""

_AT_ONCE = 15.0
"""Seconds in which a part that ended by itself, the first time, shows that it cannot be started as it is."""


class Part:
    """One process of the studio, which is there for as long as it is."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        *,
        speaks: bool,
        environment: Mapping[str, str],
        files: Sequence[int] = (),
    ) -> None:
        """name: in sentences. words: of its command, after `coaxial`. files: that it inherits.

        speaks: whether what it says on standard output is for the person; on standard error it always is.
        """
        self.name, self._speaks = name, speaks
        self._words, self._environment, self._files = words, environment, files
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._began = 0.0
        self._wait = 1.0
        self._next = 0.0

    def start(self) -> None:
        """Start it."""
        self._began = time.monotonic()
        self._starts += 1
        self._process = subprocess.Popen(
            [sys.executable, "-m", "coaxial", *self._words],
            stdin=subprocess.PIPE,
            stdout=None if self._speaks else subprocess.DEVNULL,
            env={**os.environ, **self._environment, WITH_PARENT: "1"},
            pass_fds=self._files,
            # Ctrl-C is for the studio, which then ends its parts one by one.
            start_new_session=True,
        )

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look(self, say: Callable[[str], None]) -> int | None:
        """Start it again where it ended; an exit code where there is no use in that."""
        if self.is_alive:
            return None
        if self._process is not None:
            code = self._process.returncode
            self._let_go()
            lived = time.monotonic() - self._began
            if self._starts == 1 and code > 0 and lived < _AT_ONCE:
                return code  # it has said why
            self._wait = 1.0 if lived > STAYED or self._starts == 1 else min(2 * self._wait, LONGEST_WAIT)
            self._next = time.monotonic() + self._wait
            say(f"The {self.name} {_ended(code)}; it begins again in {self._wait:g} s.")
        if time.monotonic() >= self._next:
            self.start()
        return None

    def end(self, number: signal.Signals) -> None:
        """Tell it to end."""
        if self.is_alive and self._process is not None:
            self._process.send_signal(number)

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def end_with_whoever_started() -> None:
    """End, as if told to, when the process that started this one as a part is gone."""
    if os.environ.pop(WITH_PARENT, None) is None:
        return

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="end with the studio").start()


def _ended(code: int) -> str:
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended before its time (exit code {code})"
