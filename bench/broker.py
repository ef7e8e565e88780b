"""Two transports that need no server, under kill -9: kombu's filesystem and SQLAlchemy (SQLite) transports.

Publishers and a consumer are killed at random moments while they work. Counted for each transport: messages whose
sender was told that they are sent and that no consumer ever got, messages that came twice, and consumers that died by
themselves of what they read. One line a transport.

    python bench/broker.py [--kills 60] [--seed N]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from kombu import Connection, Consumer, Producer, Queue

QUEUE = Queue("bench", routing_key="bench")


def connection(transport: str, folder: Path) -> Connection:
    if transport == "sqlite":
        file = folder / "broker.db"
        return Connection(f"sqla+sqlite:///{file}", transport_options={"creator": lambda: as_coaxial_does(file)})
    for name in ("messages", "control", "processed"):
        (folder / name).mkdir(exist_ok=True)
    options: dict[str, Any] = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        # The default moves messages to the system's temporary folder, on another disk perhaps: a copy, not a rename.
        "store_processed": True,
        "processed_folder": str(folder / "processed"),
        "polling_interval": 0.05,
    }
    return Connection("filesystem://", transport_options=options)


def as_coaxial_does(file: Path) -> sqlite3.Connection:
    connected = sqlite3.connect(file, timeout=4, check_same_thread=False)
    connected.execute("PRAGMA journal_mode = WAL")
    connected.execute("PRAGMA synchronous = NORMAL")
    return connected


def publish(transport: str, folder: Path, name: str) -> None:
    """Publish for ever; what was accepted is written down after it was."""
    with connection(transport, folder) as connected, (folder / f"sent-{name}").open("a") as sent:
        producer = Producer(connected.channel(), routing_key="bench")
        for number in range(1_000_000):
            producer.publish({"id": f"{name}-{number}"}, declare=[QUEUE] if number == 0 else [])
            sent.write(f"{name}-{number}\n")
            sent.flush()
            time.sleep(0.002)


def consume(transport: str, folder: Path, name: str) -> None:
    """Consume for ever; what came is written down before it is acknowledged."""
    with connection(transport, folder) as connected, (folder / f"got-{name}").open("a") as got:

        def take(body: dict[str, str], message: Any) -> None:
            got.write(f"{body['id']}\n")
            got.flush()
            message.ack()

        connected.transport.polling_interval = 0.05
        with Consumer(connected.channel(), [QUEUE], callbacks=[take], accept=["json"]):
            while True:
                with contextlib.suppress(socket.timeout):
                    connected.drain_events(timeout=1)


def measure(transport: str, kills: int, randoms: random.Random) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder, died, started = Path(name), Counter[str](), 0
        running: dict[str, subprocess.Popen[bytes]] = {}

        def start(role: str) -> None:
            nonlocal started
            started += 1
            line = [sys.executable, __file__, "--role", role, transport, str(folder), str(started)]
            running[f"{role} {started}"] = subprocess.Popen(
                line, stderr=(folder / f"error-{role}-{started}").open("wb")
            )

        for role in ("publish", "publish", "consume"):
            start(role)
        for _ in range(kills):
            time.sleep(randoms.uniform(0.6, 1.4))
            who = randoms.choice(sorted(running))
            role = who.split()[0]
            process = running.pop(who)
            if process.poll() is None:
                process.kill()
            else:
                died[role] += 1
            process.wait()
            start(role)
        for who in [key for key in running if key.startswith("publish")]:
            running.pop(who).kill()
        _drain(folder, running, start, died)
        sent = {line for file in folder.glob("sent-*") for line in file.read_text().splitlines()}
        got = Counter(line for file in folder.glob("got-*") for line in file.read_text().splitlines())
        words = Counter(
            file.read_text().strip().splitlines()[-1][:90]
            for file in folder.glob("error-consume-*")
            if file.stat().st_size
        )
        doubled = sum(count - 1 for count in got.values())
        return (
            f"{transport}: {kills} kills, {len(sent)} sent, {len(sent - set(got))} lost, {doubled} doubled, "
            f"consumers that died by themselves {died['consume']}, publishers {died['publish']}"
            + "".join(f"\n    {count} x {word}" for word, count in words.most_common(4))
        )


def _drain(folder: Path, running: dict[str, subprocess.Popen[bytes]], start: Any, died: Counter[str]) -> None:
    """Let consumers take what is left; one that dies of it is started again, twenty times at most."""
    seen, since = -1, time.monotonic()
    restarts = 0
    while time.monotonic() - since < 6:
        time.sleep(0.3)
        count = sum(file.stat().st_size for file in folder.glob("got-*"))
        if count != seen:
            seen, since = count, time.monotonic()
        for who in [key for key, process in running.items() if process.poll() is not None]:
            del running[who]
            died["consume"] += 1
            restarts += 1
            if restarts < 20:
                start("consume")
    for process in running.values():
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--role", nargs=4)
    given = parser.parse_args()
    if given.role:
        role, transport, folder, name = given.role
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        (publish if role == "publish" else consume)(transport, Path(folder), name)
        return
    print(f"seed {given.seed}")
    for transport in ("filesystem", "sqlite"):
        print(measure(transport, given.kills, random.Random(given.seed)), flush=True)


if __name__ == "__main__":
    main()
