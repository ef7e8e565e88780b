"""What a training process tells of itself while it runs, and what is seen of it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_GPU_PERIOD = 0.15

_PROCESS_PERIOD = 1.0
"""Seconds; counting shared pages once takes the kernel long."""


def mark(file: Path, name: str, **facts: Any) -> None:
    """Note a moment of this process, once its GPU has done what it was given; the clock is the machine's."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"mark": name, "moment": time.monotonic(), **facts}) + "\n")


def read_marks(file: Path) -> dict[str, dict[str, Any]]:
    """What was noted, by its name."""
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {line["mark"]: line for line in found}


@dataclass
class Watched:
    """A whole process as seen from outside."""

    started: float = 0.0
    ended: float = 0.0
    samples: list[tuple[float, float, float]] = field(default_factory=list)
    """Moment, fraction of the GPU's time in which it computed (NaN without one), MiB of memory."""

    @property
    def peak_memory(self) -> float:
        """MiB: of the GPU, or of the process and all that it started where no GPU is watched."""
        return max((memory for _, _, memory in self.samples), default=float("nan"))

    def busy(self, since: float, until: float) -> float:
        """Fraction of the time between two moments in which the GPU computed."""
        found = [busy for moment, busy, _ in self.samples if since <= moment <= until]
        return sum(found) / len(found) if found else float("nan")


def watch(
    command: Sequence[str | Path], log: Path, memory_of: str | None, cwd: Path | None = None, gpu: int = 0
) -> Watched:
    """Run a command to its end, all it prints into a log. Exits with the log's end where it fails.

    memory_of: gpu or processes; None: take no samples. gpu: number of the one that the command takes for the first.
    """
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": str(gpu)} if gpu else None
    found = Watched()
    sample, period = (_gpu_sampler(), _GPU_PERIOD) if memory_of == "gpu" else (_process_sample, _PROCESS_PERIOD)
    with log.open("wb") as output:
        found.started = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=environment
        )
        watcher = threading.Thread(target=_sample, args=(child, found, sample, period))
        if memory_of:
            watcher.start()
        child.wait()
        found.ended = time.monotonic()
        if memory_of:
            watcher.join()
    if child.returncode:
        sys.exit(f"{' '.join(str(part) for part in command)}\nfailed:\n{log.read_text(errors='replace')[-3000:]}")
    return found


def _sample(
    child: subprocess.Popen[bytes], found: Watched, sample: Callable[[int], tuple[float, float]], period: float
) -> None:
    while child.poll() is None:
        found.samples.append((time.monotonic(), *sample(child.pid)))
        time.sleep(period)


def _gpu_sampler() -> Callable[[int], tuple[float, float]]:
    """Reads NVML's figures of the first visible GPU, its memory above what is in use now."""
    import torch

    before = torch.cuda.device_memory_used(0)
    return lambda pid: (torch.cuda.utilization(0) / 100, (torch.cuda.device_memory_used(0) - before) / 2**20)


def _process_sample(pid: int) -> tuple[float, float]:
    """Memory of a process and of everything it started (Linux; 0 elsewhere), shared pages counted once."""
    family, kilobytes = [pid], 0
    for member in family:
        try:
            for file in Path(f"/proc/{member}/task").glob("*/children"):
                family += map(int, file.read_text().split())
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return float("nan"), kilobytes / 2**10


def print_table(columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Columns as wide as what they hold."""
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows.values(), strict=True)]
    first = max(map(len, rows))
    for name, cells in {"": columns, **rows}.items():
        print(f"{name:{first}}  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
