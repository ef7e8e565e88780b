"""A studio as a process, on a port that it keeps, and what its API answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import urllib3

COMMAND = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())"]
PATIENCE = 120.0


class StudioProcess:
    """Starts, kills and asks one studio."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pool = urllib3.PoolManager(maxsize=4)

    def start(self) -> None:
        """Returns when it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        said = self.data.with_suffix(".log")
        environment = {**os.environ, "COAXIAL_DATA_DIR": str(self.data), "OMP_NUM_THREADS": "1"}
        with said.open("ab") as output:
            line = [*COMMAND, "studio", f"--port={self.port}"]
            # A group of its own: server and worker are killed together, as by a power cut.
            self._process = subprocess.Popen(
                line, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        end = time.monotonic() + PATIENCE
        while not self.answers():
            assert self._process.poll() is None and time.monotonic() < end, said.read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it does."""
        try:
            return bool(self._pool.request("GET", f"{self.url}/api/health", retries=False, timeout=5).status < 500)
        except urllib3.exceptions.HTTPError:
            return False

    def kill(self) -> None:
        """At once, with all that it started; nothing where it is dead."""
        if self._process is not None and self._process.poll() is None:
            self._signal(signal.SIGKILL)

    def end(self) -> None:
        """As Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)
        self._process.wait(30)

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """What is answered to a JSON body."""
        return self.ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        """The JSON that an allowed request is answered with."""
        came = self._pool.request(method, self.url + path, body=body, headers=headers, retries=False, timeout=60)
        assert came.status < 400, came.data.decode()
        return json.loads(came.data) if came.data else None

    def bytes_of(self, path: str) -> bytes:
        """What is at a path, as it is."""
        came = self._pool.request("GET", self.url + path, retries=False, timeout=60)
        assert came.status < 400, came.data.decode()
        return bytes(came.data)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
