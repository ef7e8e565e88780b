"""Runs in a process of their own, to be ended at any moment, and what they leave."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from coaxial.domain.prepared import PreparedDataset

_CHILD = """
import sys, time
from pathlib import Path
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.engine.train import train

folder, dataset, steps, device, held_at = sys.argv[1:]

class Spoken(Silent):
    done = -1  # the first call tells where the run begins

    def advance(self, amount=1.0):
        print("step", flush=True)
        self.done += 1
        if self.done == int(held_at):
            time.sleep(600)

options = TrainOptions(Budget(steps=int(steps)), batch_size=2, checkpoint_every=10, device=device)
try:
    train(Path(folder), PreparedDataset.load(Path(dataset)), options, Spoken())
except Exception as error:
    print(type(error).__name__, error, flush=True)
"""


def train_in_child(
    folder: Path, dataset: PreparedDataset, steps: int, device: str = "cpu", held_at: int = -1
) -> subprocess.Popen[str]:
    """Begin a run, or go on with it. held_at: after so many steps of this sitting it waits to be killed."""
    told = (str(folder), str(dataset.folder), str(steps), device, str(held_at))
    return subprocess.Popen([sys.executable, "-c", _CHILD, *told], stdout=subprocess.PIPE, text=True)


def wait_for_steps(child: subprocess.Popen[str], count: int) -> None:
    assert child.stdout is not None
    for _ in range(count + 1):  # the first line tells where it begins
        assert child.stdout.readline()


def kill_after(child: subprocess.Popen[str], folder: Path, steps: int, checkpoint: int) -> None:
    """Kill a run without warning when it has done so many steps, and when a checkpoint before that is on the disk."""
    wait_for_steps(child, steps)
    end = time.monotonic() + 60
    # Written beside training on a GPU, where the steps go on meanwhile.
    while not (folder / "checkpoints" / f"step-{checkpoint:06}.ckpt").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Of the run's last checkpoint, on the CPU."""
    state: dict[str, torch.Tensor] = torch.load(
        folder / "checkpoints" / "last.ckpt", weights_only=True, map_location="cpu"
    )["state_dict"]
    return state


def steps_in(folder: Path) -> list[int]:
    """Numbers of the steps that the metrics have a line of."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["step"] for line in lines if "validation" not in line]
