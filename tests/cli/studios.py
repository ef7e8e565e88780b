"""The studio as a process, its own processes, and what a test does to them."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from api.client import Client

COMMAND = [sys.executable, "-m", "coaxial"]
PATIENCE = 120.0


class Studio:
    """`coaxial studio`, from its first line to its end."""

    def __init__(self, data_dir: Path, *words: str, command: str = "studio") -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COAXIAL_")}
        environment |= {"COAXIAL_DATA_DIR": str(data_dir), "COAXIAL_JOB_LEASE": "3", "OMP_NUM_THREADS": "1"}
        environment |= {"COAXIAL_PROCESSES": "1", "COAXIAL_CPU_JOBS": "1"}
        self.process = subprocess.Popen(
            [*COMMAND, command, *([] if "--port" in words else ["--port", "0"]), *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.out = _Lines(self.process.stdout)
        self.err = _Lines(self.process.stderr)

    def url(self) -> str:
        """Where it says that it answers, as soon as it does."""
        found = re.search(r"https?://[^ ]+", self.out.until("answers at"))
        assert found
        return found.group()

    def ask(self) -> Client:
        return Client(self.url())

    def parts(self) -> dict[str, int]:
        """The number of the process of each command that it started."""
        found = {}
        for process in _children_of(self.process.pid):
            words = _words(process)
            if "coaxial" in words:
                found[words[words.index("coaxial") + 1]] = process
        return found

    def everything(self) -> set[int]:
        """Its process, those that it started, and those that they did."""
        found, new = {self.process.pid}, {self.process.pid}
        while new:
            new = {child for process in new for child in _children_of(process)} - found
            found |= new
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Tell it to end, and wait until it has; answers its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class _Lines:
    """What a process says, read as it comes."""

    def __init__(self, stream: IO[str] | None) -> None:
        assert stream is not None
        self.said: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._new.put(line)
        self._new.put(None)

    def until(self, words: str) -> str:
        """The next line that has these words."""
        end = time.monotonic() + PATIENCE
        while (line := self._new.get(timeout=max(0.1, end - time.monotonic()))) is not None:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}, but: {self.said}")

    def rest(self) -> str:
        """What it said until its end."""
        self._reader.join(PATIENCE)
        while not self._new.empty():
            self.said.append(self._new.get() or "")
        return "".join(self.said)


@contextmanager
def studio(data_dir: Path, *words: str, command: str = "studio") -> Iterator[Studio]:
    """A studio for the length of a block; nothing of it is left."""
    it = Studio(data_dir, *words, command=command)
    try:
        yield it
    finally:
        for process in it.everything():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        it.process.wait()


def until(is_so: Callable[[], Any], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def are_gone(processes: set[int]) -> bool:
    return not any(_words(process) for process in processes)


def listening(processes: set[int]) -> set[str]:
    """Addresses that these processes listen at, as the system shows them (state 0A is LISTEN)."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                sockets[fields[9]] = fields[1]
    found = set()
    for process in processes:
        with suppress(OSError):
            for file in Path(f"/proc/{process}/fd").iterdir():
                with suppress(OSError):
                    inode = re.fullmatch(r"socket:\[(\d+)\]", str(file.readlink()))
                    if inode and inode.group(1) in sockets:
                        found.add(sockets[inode.group(1)])
    return found


def _children_of(process: int) -> set[int]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == process:
                found.add(int(folder.name))
    return found


def _words(process: int) -> list[str]:
    """Of its command line; none of one that is gone, or is only waited for."""
    with suppress(OSError):
        return [word.decode() for word in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0") if word]
    return []
