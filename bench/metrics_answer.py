"""What a page waits for, and how much comes, when it asks a real server for the curves of a run of a million steps.

First: nobody looked at the run before, so that its index is made (once, and in passing while a run trains). Cold: a
server that has just started, and files that the kernel was told to forget. Warm: the same server again. Beside it what
the answer would take without an index: reading all of metrics.jsonl, with the quickest JSON reader there is here.

    python bench/metrics_answer.py [--steps 1000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import urllib3
from pydantic_core import from_json

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from coaxial.domain.prepared import PreparedDataset  # noqa: E402
from coaxial.settings import Settings  # noqa: E402
from coaxial.store import open_store  # noqa: E402
from engine.conftest import write_dataset  # noqa: E402
from measuring import print_table  # noqa: E402

NAMES = (
    "mel",
    "kl",
    "duration",
    "generator",
    "feature",
    "discriminator",
    "gradient_generator",
    "gradient_discriminator",
)
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from coaxial.cli.main import main; sys.exit(main())",
    "api",
    "--port",
    "0",
]
PROMISED_SECONDS, PROMISED_BYTES = 0.2, 200_000
Asked = tuple[float, float, int]
Row = tuple[str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder), options.steps)
        rows, kept = measure(Path(folder), run, options.steps, options.rounds)
    print_table(("seconds", "of the server's processor", "bytes"), rows)
    verdict = "kept" if kept else f"NOT kept, with a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"Promised: under {PROMISED_SECONDS} s and {PROMISED_BYTES:,} bytes, cold and warm: {verdict}.")


def measure(data_dir: Path, run: Path, steps: int, rounds: int) -> tuple[dict[str, Row], bool]:
    whole, late = f"/api/runs/{run.name}/metrics", f"/api/runs/{run.name}/metrics?since={steps - 200}"
    with serving(data_dir) as ask:
        first = ask(whole)
    cold = []
    for _ in range(rounds):
        forget(run)
        with serving(data_dir) as ask:
            cold.append(ask(whole))
    with serving(data_dir) as ask:
        ask(whole)
        warm = [ask(whole) for _ in range(4 * rounds)]
        one = [ask(f"{whole}?names=mel") for _ in range(4 * rounds)]
        after = [ask(late) for _ in range(4 * rounds)]
    rows = {
        f"all curves of {steps:,} steps, first": told([first]),
        "  cold": told(cold),
        "  warm": told(warm),
        "one curve, warm": told(one),
        "the last 200 steps, warm": told(after),
        "without an index: the file read as JSON": read_all(run / "metrics.jsonl"),
    }
    kept = all(
        seconds < PROMISED_SECONDS and size < PROMISED_BYTES for seconds, _, size in (median(cold), median(warm))
    )
    return rows, kept


def median(asked: list[Asked]) -> Asked:
    seconds, processor, sizes = zip(*asked, strict=True)
    # The processor's time is counted in hundredths, so that many are needed to see one.
    return statistics.median(seconds), statistics.mean(processor), max(sizes)


def told(asked: list[Asked]) -> Row:
    seconds, processor, size = median(asked)
    return f"{seconds:.3f}", f"{processor:.3f}", f"{size:,}"


@contextmanager
def serving(data_dir: Path) -> Iterator:
    """A function that asks a server of its own: answers seconds, those of the server's processor, and bytes."""
    server = subprocess.Popen(
        COMMAND, env={**os.environ, "COAXIAL_DATA_DIR": str(data_dir)}, stdout=subprocess.PIPE, text=True
    )
    found = re.search(r"http://[0-9.:]+", server.stdout.readline())
    pool = urllib3.PoolManager()
    pool.request("GET", f"{found.group()}/api/runs/nobody")

    def ask(path: str) -> Asked:
        began, used = time.perf_counter(), processor_seconds(server.pid)
        answer = pool.request("GET", found.group() + path, timeout=300)
        assert answer.status == 200, answer.data
        return time.perf_counter() - began, processor_seconds(server.pid) - used, len(answer.data)

    try:
        yield ask
    finally:
        server.terminate()
        server.wait()


def forget(folder: Path) -> None:
    """Have the kernel read the files from the disk again."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def processor_seconds(process: int) -> float:
    """Of user and system (proc(5), stat)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_all(path: Path) -> Row:
    began, used = time.perf_counter(), time.process_time()
    lines = [from_json(line) for line in path.read_bytes().splitlines()]
    assert lines
    return f"{time.perf_counter() - began:.3f}", f"{time.process_time() - used:.3f}", ""


def write_run(data_dir: Path, steps: int) -> Path:
    """A run as the engine leaves it, of noise that falls."""
    settings = Settings.read(data_dir)
    with open_store(settings) as store:
        dataset: PreparedDataset = write_dataset(settings.datasets / "hum-x_low-000000000000")
        store.add_dataset(dataset, [])
        run = store.add_run("million-1", dataset.folder.name, {}, settings.runs / "million-1")
        store.set_run_state(run.name, "finished", steps)
    run.folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    with (run.folder / "metrics.jsonl").open("w") as file:
        for begin in range(0, steps, 10_000):
            at_once = min(10_000, steps - begin)
            values = (
                (random.random((at_once, len(NAMES))) * 5 + 40 / (1 + begin / 1e5)).astype(np.float32).astype(float)
            )
            for number, row in enumerate(values.tolist()):
                step = begin + number + 1
                head = {"step": step, "epoch": step // 50, "learning_rate": 2e-4 * 0.999999**step}
                file.write(json.dumps({**head, **dict(zip(NAMES, row, strict=True))}) + "\n")
                if step % 1000 == 0:
                    found = dict(zip(NAMES[:3], row, strict=False))
                    file.write(json.dumps({"step": step, "epoch": step // 50, "validation": found}) + "\n")
    return run.folder


if __name__ == "__main__":
    main()
