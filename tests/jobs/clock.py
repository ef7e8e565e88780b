"""Another machine's clock, which jumps; its monotonic clock goes on, as it does where a real one jumps.

libfaketime would do, but breaks Python's time.sleep (clock_nanosleep with an absolute time).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const long long *ahead;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("COAXIAL_TEST_CLOCK"), O_RDONLY);
    ahead = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *ahead;
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}
int gethostname(char *name, size_t most) {
    strncpy(name, getenv("COAXIAL_TEST_HOST"), most);
    return 0;
}
time_t time(time_t *into) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (into) *into = found.tv_sec;
    return found.tv_sec;
}
"""


class Clock:
    """Processes with its `environment` are on a machine named elsewhere, and have the time that `jump` says."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            assert not os.environ.get("CI"), "a C compiler is missing, and in CI it must be there"
            pytest.skip("there is no C compiler to build a clock with")
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        shim = folder / "clock.so"
        line = [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(shim)]
        subprocess.run(line, input=_SHIM, text=True, check=True)
        self.environment = {
            "LD_PRELOAD": str(shim),
            "COAXIAL_TEST_CLOCK": str(self._file),
            "COAXIAL_TEST_HOST": "elsewhere",
        }

    def jump(self, days: float) -> None:
        """To so many days after the true time."""
        with self._file.open("r+b") as file:
            file.write(int(days * 86_400).to_bytes(8, "little", signed=True))
