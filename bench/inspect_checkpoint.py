"""Inspecting an old medium checkpoint of 846 MB: seconds and peak memory of a whole process, beside torch's reading.

Every way is a fresh interpreter, its start and imports included; both Python's files and torch's are in the page cache.
Cold: the checkpoint itself is not, the kernel was told to forget it before. Warm: it was just read. The rows of torch
that only load answer less than an inspection does; one asks the same of the weights. Linux tells the peak memory.

    python bench/inspect_checkpoint.py [CHECKPOINT] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import print_table

TESTS = Path(__file__).resolve().parents[1] / "tests"
PROMISED_SECONDS, PROMISED_MEGABYTES = 2.0, 200.0

OURS = """
from pathlib import Path
from coaxial.checkpoints.inspection import inspect_checkpoint
found = inspect_checkpoint(Path(sys.argv[1]), weights={weights})
assert found.quality == "medium" and found.broken_weights in (0, None), found
"""
TORCH = """
import pathlib, torch
torch.serialization.add_safe_globals([pathlib.PosixPath])
state = torch.load(sys.argv[1], map_location="cpu", {how})["state_dict"]
assert len(state) == 784
"""
LOOK = "assert all(bool(torch.isfinite(tensor).all()) for tensor in state.values())\n"
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"

WAYS = {
    "coaxial": OURS.format(weights=True),
    "coaxial, headers only": OURS.format(weights=False),
    "torch.load(weights_only, mmap)": TORCH.format(how="weights_only=True, mmap=True"),
    "the same, and are weights finite": TORCH.format(how="weights_only=True, mmap=True") + LOOK,
    "torch.load(weights_only)": TORCH.format(how="weights_only=True"),
    "torch.load, unsafe": TORCH.format(how="weights_only=False"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", help="a medium one; else one of noise is made")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.checkpoint or made(Path(folder) / "old.ckpt")
        print(f"{path.name}: {path.stat().st_size:,} bytes; median of {options.rounds} rounds")
        rows, ours = {}, (0.0, 0.0)
        for name, program in WAYS.items():
            cold, warm, peak = measured(program, path, options.rounds)
            rows[name] = (f"{cold:.2f}", f"{warm:.2f}", f"{peak:.0f}")
            ours = (cold, peak) if name == "coaxial" else ours
    print_table(("cold s", "warm s", "peak MB"), rows)
    kept = ours[0] < PROMISED_SECONDS and ours[1] < PROMISED_MEGABYTES
    print(f"promised: < {PROMISED_SECONDS} s and < {PROMISED_MEGABYTES:.0f} MB: {'kept' if kept else 'NOT KEPT'}")


def made(path: Path) -> Path:
    """Write the checkpoint in a process of its own, which takes its memory with it."""
    program = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r}); import coaxial.engine\n"
        "from pathlib import Path; from coaxial.domain.quality import Quality\n"
        "from old_checkpoints import write_old_checkpoint\n"
        "write_old_checkpoint(Path(sys.argv[1]), Quality.MEDIUM, full_size=True)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    return path


def measured(program: str, path: Path, rounds: int) -> tuple[float, float, float]:
    """Medians of seconds cold and warm, and the highest peak in MB."""
    timed(program, path)  # so that what is imported is in the page cache
    cold, warm, peaks = [], [], []
    for _ in range(rounds):
        forget(path)
        for seconds in (cold, warm):
            taken, peak = timed(program, path)
            seconds.append(taken)
            peaks.append(peak)
    return statistics.median(cold), statistics.median(warm), max(peaks)


def timed(program: str, path: Path) -> tuple[float, float]:
    """Seconds and peak MB of a process."""
    start = time.perf_counter()
    output = subprocess.check_output([sys.executable, "-c", f"import sys\n{program}{PEAK}", str(path)], text=True)
    return time.perf_counter() - start, int(output) * 1024 / 1e6


def forget(path: Path) -> None:
    """Take a file out of the page cache."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
