"""Claim: after twenty steps a run knows within a tenth how long it will take.

A run from random weights through `coaxial.engine.train`, everything included: checkpoints, validation, its end. What it
says before the first step and after twenty, and what the bar of the command line shows then and later, is held against
the clock at the end; beside the bar stands what the pace of steps alone would make of it, which knows of no checkpoint.

    python bench/time_left.py --dataset FOLDER [--steps 1200] [--batch-size 32] [--device cuda]
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.pace import Pace
from coaxial.domain.prepared import PreparedDataset
from coaxial.engine.train import train
from measuring import print_table

LOOKED_AT = (20, 50, 100, 200, 400, 800)
"""Steps that are done when the bar is looked at."""

_SAID = re.compile(r"steps, about (\d+) (s|min)")


class Listening:
    """A Progress that notes every estimate with its moment."""

    def __init__(self) -> None:
        self.estimates: list[tuple[str, float, float]] = []
        """Who estimated when, the moment, and the seconds that were left."""
        self._pace = Pace("", None, "")
        self._was_looked_at = True

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self._pace = Pace(name, total, unit)

    def advance(self, amount: float = 1.0) -> None:
        self._pace.advance(amount)
        self._was_looked_at = not amount

    def foresee(self, seconds: float) -> None:
        pace = self._pace
        pace.foresee(seconds)
        if pace.done not in LOOKED_AT or self._was_looked_at:
            return
        self._was_looked_at = True
        alone = ((pace.total or 0.0) - pace.done) / pace.rate
        self.estimates.append((f"bar, after {pace.done:.0f} steps", time.monotonic(), seconds))
        self.estimates.append((f"by the pace of steps alone, after {pace.done:.0f}", time.monotonic(), alone))

    def note(self, words: str) -> None:
        pass

    def say(self, sentence: str) -> None:
        print(sentence)
        if found := _SAID.search(sentence):
            when = "after 20 steps" if sentence.startswith("After") else "before the first step"
            seconds = float(found[1]) * (60 if found[2] == "min" else 1)
            self.estimates.append((f"said, {when}", time.monotonic(), seconds))


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200 if cuda else 60)
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 4)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if cuda else "cpu")
    arguments = parser.parse_args()
    listening = Listening()
    options = TrainOptions(Budget(steps=arguments.steps), batch_size=arguments.batch_size, device=arguments.device)
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder) / "run", PreparedDataset.load(arguments.dataset), options, listening)
        ended = time.monotonic()
    rows = {
        name: (f"{left:.1f} s", f"{ended - moment:.1f} s", f"{left / (ended - moment) - 1:+.0%}")
        for name, moment, left in listening.estimates
    }
    print_table(("estimate", "it took", "error"), rows)


if __name__ == "__main__":
    main()
