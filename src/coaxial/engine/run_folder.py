"""A run's folder: what lies where, and which checkpoints stay.

metrics.jsonl         every loss of every step
tensorboard/          the same for TensorBoard
pace.json             what a step of the latest sitting took, and on what device
checkpoints/          step-000500.ckpt …, last.ckpt, best.ckpt
samples/reference/    the held-out sentences as recorded
samples/step-000500/  the same sentences spoken by the checkpoint
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coaxial.domain.files import storage_errors


@dataclass(frozen=True)
class WrittenCheckpoint:
    """A checkpoint file that is now on the disk."""

    path: Path
    kind: Literal["step", "last", "best"]
    step: int
    epoch: int
    validation_mel: float | None


class RunFolder:
    """Names the files of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.samples = path / "samples"
        self.pace = path / "pace.json"
        self.last = self.checkpoints / "last.ckpt"
        self.best = self.checkpoints / "best.ckpt"
        with storage_errors(path):
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            for leftover in self.checkpoints.glob(".*.part"):
                leftover.unlink(missing_ok=True)

    def checkpoint(self, step: int) -> Path:
        return self.checkpoints / f"step-{step:06d}.ckpt"

    def numbered(self) -> list[Path]:
        """The numbered checkpoints, oldest first; none that a person put beside them under a name of its own."""
        found = [path for path in self.checkpoints.glob("step-*.ckpt") if _number(path).isdecimal()]
        return sorted(found, key=lambda path: int(_number(path)))

    def prune(self, keep: int) -> None:
        """Delete the oldest numbered checkpoints; the last and the best have names of their own and stay."""
        for path in self.numbered()[:-keep]:
            path.unlink(missing_ok=True)


def _number(path: Path) -> str:
    return path.stem.removeprefix("step-")


def name_also(path: Path, other: Path) -> None:
    """Give a file a second name, in one step, without a second copy where the file system can."""
    with storage_errors(other):
        handle, name = tempfile.mkstemp(dir=other.parent, prefix=f".{other.name}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        part.unlink()
        try:
            os.link(path, part)
        except OSError:
            shutil.copyfile(path, part)
        part.replace(other)
        part.unlink(missing_ok=True)
