"""Downloading a base checkpoint: throughput beside curl's from the same server on loopback, and memory.

The server is a process of its own, and so is every download; its time is from the first request to the file in place,
as each tells it: curl writes the file; coaxial asks with HEAD, writes it, hashes it and flushes it to the disk. Rounds
take turns, and the median of the ratios counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
SERVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from hub_server import Hub
hub = Hub()
hub.files["/base.ckpt"], hub.tags["/base.ckpt"] = Path(sys.argv[2]), '"1"'
with hub.running():
    print(hub.url + "/base.ckpt", flush=True)
    sys.stdin.read()
"""
CURL = ["curl", "--silent", "--write-out", "%{time_total}"]
OURS = """
import sys
import time
from pathlib import Path
from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.source import Manners, Source
from coaxial.domain.progress import Silent
begun = time.perf_counter()
fetch(Source(sys.argv[1], "base"), Path(sys.argv[2]), Silent(), Manners(public_only=False))
print(time.perf_counter() - begun)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=846, help="size of the file")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "base.ckpt"
        with file.open("wb") as out:
            for _ in range(options.megabytes):
                out.write(os.urandom(1_000_000))
        with serving(file) as url:
            measure(url, Path(folder), options.megabytes, options.rounds)


def measure(url: str, folder: Path, megabytes: int, rounds: int) -> None:
    """Print a line a round and the median."""
    print(f"{'':8}{'curl MB/s':>12}{'coaxial MB/s':>14}{'ratio':>8}{'curl MiB':>10}{'coaxial MiB':>13}")
    ratios = []
    target = folder / "got.ckpt"
    for number in range(rounds):
        curl, curl_peak = timed(
            ["curl", "--silent", "--output", str(target), "--write-out", "%{time_total}", url], target
        )
        ours, peak = timed([sys.executable, "-c", OURS, url, str(target)], target)
        ratios.append(curl / ours)
        rates = f"{megabytes / curl:12.0f}{megabytes / ours:14.0f}{ratios[-1]:8.2f}"
        print(f"round {number + 1:<2}{rates}{curl_peak:10.0f}{peak:13.0f}", flush=True)
    print(f"{megabytes} MB; median ratio {statistics.median(ratios):.2f}")


def timed(command: list[str], target: Path) -> tuple[float, float]:
    """Seconds as the command prints them, and its peak MiB; target, which it writes, is removed again."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    target.unlink(missing_ok=True)
    return float(printed), usage.ru_maxrss / 1024


@contextlib.contextmanager
def serving(file: Path) -> Iterator[str]:
    """The URL of a file on a server of its own process."""
    command = [sys.executable, "-c", SERVER, str(TESTS), str(file)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait()


if __name__ == "__main__":
    main()
