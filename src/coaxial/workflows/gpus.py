"""This machine's GPUs as their driver tells of them: asking torch would open a context on one."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from coaxial.store.job_records import JobRecord

_MIB = 1 << 20
_SECONDS_KEPT = 2.0
"""What the driver said, so that many who ask at once start one program."""

_SECONDS_TO_ANSWER = 10.0
_FIELDS = "index,uuid,name,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu"


@dataclass(frozen=True)
class Gpu:
    """One GPU at this moment."""

    index: int
    uuid: str
    name: str
    driver: str
    memory_total: int
    """Bytes."""
    memory_used: int
    busy: float | None
    """Of the time of late, 0 to 1; None where the driver does not tell."""
    temperature: float | None
    """In °C."""


class _Kept:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[float, list[list[str]]]] = {}

    def asked(self, what: str) -> list[list[str]]:
        with self._lock:
            then, answer = self._answers.get(what, (float("-inf"), []))
            if time.monotonic() - then > _SECONDS_KEPT:
                answer = _asked(what)
                self._answers[what] = (time.monotonic(), answer)
            return answer


_kept = _Kept()


def list_gpus() -> list[Gpu]:
    """Empty where there is no NVIDIA driver, or it does not answer."""
    found = []
    for row in _kept.asked(f"--query-gpu={_FIELDS}"):
        with contextlib.suppress(ValueError):
            index, uuid, name, driver, total, used, busy, temperature = row
            share, degrees = _number(busy), _number(temperature)
            memory = int(float(total) * _MIB), int(float(used) * _MIB)
            found.append(Gpu(int(index), uuid, name, driver, *memory, None if share is None else share / 100, degrees))
    return found


def gpu_memory_of(job: JobRecord) -> int | None:
    """Bytes that the processes of a job have on this machine's GPUs; None where it runs elsewhere or on none."""
    if not job.worker.startswith(f"{socket.gethostname()}:"):
        return None
    taken = _kept.asked("--query-compute-apps=pid,used_memory")
    group = _group_of(job.claim) if taken else None
    sizes = []
    for row in taken:
        with contextlib.suppress(ValueError, ProcessLookupError):
            if os.getpgid(int(row[0])) == group:
                sizes.append(int(float(row[1]) * _MIB))
    return sum(sizes) if sizes else None


def _group_of(claim: str) -> int | None:
    """The process group that works on a claim."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if claim.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                return os.getpgid(int(process.name))
    return None


def _asked(what: str) -> list[list[str]]:
    line = ["nvidia-smi", what, "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(line, capture_output=True, text=True, timeout=_SECONDS_TO_ANSWER, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = told.stdout.splitlines() if told.returncode == 0 else []
    return [[value.strip() for value in row.split(",")] for row in rows if row.strip()]


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
