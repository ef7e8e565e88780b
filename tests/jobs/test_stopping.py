"""A job's process that is told to stop does, wherever it is at that moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from coaxial.jobs.grace import SHORT_GRACE
from jobs.stopping import PROMPT

IN_A_FINALISER = """
import signal, time
from coaxial.jobs.child import stop

class Deaf:
    def __del__(self):
        print("here", flush=True)
        time.sleep(60)

signal.signal(signal.SIGTERM, stop)
Deaf()
time.sleep(60)
"""


def test_a_wish_to_stop_that_python_swallows_is_heeded_all_the_same() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_FINALISER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as deaf:
        assert deaf.stdout is not None and deaf.stderr is not None
        deaf.stdout.readline()
        deaf.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        assert deaf.wait(60) == -signal.SIGALRM
        assert time.monotonic() - begun < SHORT_GRACE + PROMPT
        assert b"Exception ignored in" in deaf.stderr.read()
