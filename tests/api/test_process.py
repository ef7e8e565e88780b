"""`coaxial api` as a process: its address, its end, and a port that is taken."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from json import JSONDecodeError
from pathlib import Path

import pytest
from urllib3.exceptions import HTTPError

from api.client import Client
from coaxial.settings import Settings
from hub_server import Hub
from jobs.workers import Works

COMMAND = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())", "api"]


@contextmanager
def started(hub: Hub, data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "COAXIAL_DATA_DIR": str(data_dir)}
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        yield process, Client(found.group())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_two_seconds_and_a_running_download_goes_on(
    number: signal.Signals, hub: Hub, amy: str, settings: Settings, worker: Works, old_checkpoint: Path
) -> None:
    hub.pause_per_chunk = 0.02
    with started(hub, settings.data_dir) as (process, ask):
        ask("POST", "/api/checkpoints/en-US/amy/download")
        ask.until("/api/checkpoints/en-US/amy", lambda found: found["download"]["bytes"] > 2_000_000)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - began < 2
        assert (process.returncode, out, err) == (0, "Stopped.\n", "")
    hub.pause_per_chunk = 0
    with started(hub, settings.data_dir) as (_, ask):
        ask.until("/api/checkpoints/en-US/amy", lambda found: found["downloaded"])
    assert hub.sent(".ckpt") == old_checkpoint.stat().st_size


@pytest.mark.slow
def test_a_long_look_into_a_file_does_not_hold_it_up(hub: Hub, settings: Settings, full_size_checkpoint: Path) -> None:
    settings.checkpoints.mkdir()
    (settings.checkpoints / "en-US_amy.ckpt").hardlink_to(full_size_checkpoint)
    with started(hub, settings.data_dir) as (process, ask):
        # As many at once as take longer than the server has.
        for _ in range(8):
            threading.Thread(target=_validate, args=(ask,), daemon=True).start()
        time.sleep(0.5)
        began = time.monotonic()
        process.terminate()
        out, _ = process.communicate(timeout=10)
        assert time.monotonic() - began < 2.3
        assert (process.returncode, out) == (0, "Stopped.\n")


def _validate(ask: Client) -> None:
    # Cut off, or told in uvicorn's plain words that it is.
    with suppress(HTTPError, JSONDecodeError):
        ask("POST", "/api/checkpoints/validate/en-US/amy")


def test_it_listens_on_loopback_only(hub: Hub, tmp_path: Path) -> None:
    with started(hub, tmp_path) as (process, ask):
        port = int(ask.url.rpartition(":")[2])
        listening = Path(f"/proc/{process.pid}/net/tcp")
        if not listening.exists():
            pytest.skip("this system does not show who listens where")
        lines = [line.split() for line in listening.read_text().splitlines()[1:]]
        # State 0A is LISTEN; addresses are hexadecimal, in the machine's byte order.
        assert [one[1] for one in lines if one[3] == "0A" and one[1].endswith(f":{port:04X}")] == [
            f"0100007F:{port:04X}"
        ]


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--port", str(port), "--data-dir", str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0].startswith(f"error: Port {port} is taken")
    assert f"--port {port + 1}" in done.stderr


def test_a_port_that_is_none_is_bad_usage(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--port", "70000", "--data-dir", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "error: --port 70000 is no port: they go from 1 to 65535.",
    )
