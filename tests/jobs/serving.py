"""A server as a process, which can be killed and started again at the same address."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs.workers import COMMAND


class Served:
    """`coaxial api`, or `coaxial studio` with its worker."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str], command: str = "api") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._line = [*COMMAND, command, f"--port={self.port}", f"--data-dir={data_dir}"]
        self._environment, self._said = dict(environment), data_dir / f"{command}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing."""
        with self._said.open("ab") as output:
            self.process = subprocess.Popen(self._line, env=self._environment, stdout=output, stderr=output)
        return self.process

    def start(self) -> float:
        """Answers when it answers: after how many seconds."""
        begun = time.monotonic()
        process = self.begin()
        while True:
            try:
                self.ask("GET", "/api/jobs?limit=1")
                return time.monotonic() - begun
            except OSError:
                assert process.poll() is None, self._said.read_text()
                assert time.monotonic() < begun + 120, self._said.read_text()
                time.sleep(0.01)

    def kill(self) -> None:
        """As a power cut."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """As Ctrl-C."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(240)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one answer. Raises: OSError, HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, sent, {"Content-Type": "application/json", **more})
            answer = connection.getresponse()
            came = answer.read()
            return answer.status, json.loads(came) if came else None
        finally:
            connection.close()

    def insist(self, ask: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """An answer, however often the server is killed meanwhile; a client sends the same request again."""
        end = time.monotonic() + 120
        while True:
            try:
                status, found = ask()
                if status not in (409, 503):  # the first one is still worked on, or its server is just gone
                    return status, found
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < end, "it is not answered at all"
            time.sleep(0.1)


@contextmanager
def serving(data_dir: Path, environment: Mapping[str, str], command: str = "api") -> Iterator[Served]:
    served = Served(data_dir, environment, command)
    served.start()
    try:
        yield served
    finally:
        served.end()


def parts_of(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """The processes that a studio started, by their command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if parent == process.pid:
            found.update({word: int(folder.name) for word in ("api", "worker") if word.encode() in words})
    return found


def resident_megabytes(process: int) -> float:
    """Memory that a process has for itself."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    private = sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))
    return private * 1024 / 1e6
