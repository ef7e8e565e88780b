"""Claim: two GPUs of one host train nearly twice as many clips in a second as one of them.

The same dataset, network and clips per GPU: one GPU first, then all of --gpus together, each a run of its own through
`coaxial.engine.train`. Steps are timed over the second half of the run, when every shape of batch has been seen;
validation and checkpoints come at the end and are not in it.

    python bench/many_gpus.py --dataset FOLDER [--gpus 0,1] [--batch-size 32] [--steps 240]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import print_table


class Stopwatch:
    """A Progress that remembers when every step was handed to the device."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.moments.clear()

    def advance(self, amount: float = 1.0) -> None:
        self.moments.append(time.monotonic())

    def foresee(self, seconds: float) -> None:
        pass

    def note(self, words: str) -> None:
        pass

    def say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)


def milliseconds_per_step(arguments: argparse.Namespace) -> float:
    from coaxial.domain.options import Budget, TrainOptions
    from coaxial.domain.prepared import PreparedDataset
    from coaxial.engine.train import train

    stopwatch = Stopwatch()
    devices = ",".join(f"cuda:{number}" for number in arguments.gpus.split(","))
    options = TrainOptions(
        Budget(steps=arguments.steps),
        batch_size=arguments.batch_size * len(arguments.gpus.split(",")),
        checkpoint_every=arguments.steps,
        device=devices,
    )
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder) / "run", PreparedDataset.load(arguments.dataset), options, stopwatch)
    half = stopwatch.moments[arguments.steps // 2 :]
    return 1000 * (half[-1] - half[0]) / (len(half) - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--gpus", default="0,1")
    parser.add_argument("--batch-size", type=int, default=32, help="of each GPU")
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        print(milliseconds_per_step(arguments))
        return
    rates = {}
    for gpus in (arguments.gpus.split(",")[0], arguments.gpus):
        command = [sys.executable, __file__, "--alone", "--gpus", gpus, "--dataset", str(arguments.dataset)]
        command += ["--batch-size", str(arguments.batch_size), "--steps", str(arguments.steps)]
        found = float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        rates[gpus] = (found, arguments.batch_size * len(gpus.split(",")) / found * 1000)
    alone = next(iter(rates.values()))[1]
    rows = {f"GPU {gpus}": (f"{ms:.1f}", f"{rate:.0f}", f"{rate / alone:.2f}x") for gpus, (ms, rate) in rates.items()}
    print_table(("ms/step", "clips/s", "ratio"), rows)


if __name__ == "__main__":
    main()
