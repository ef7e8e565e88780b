"""What a machine has for jobs: one training at a time per GPU, and a bounded number of other jobs beside it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings
from coaxial.store.job_records import JobRecord


@dataclass(frozen=True)
class Place:
    """Where a job may run: what it takes for itself, and the environment that keeps its process there."""

    slots: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Slots:
    """The parts of one machine, named so that workers of one machine share them and those of others do not."""

    host: str
    gpus: tuple[int, ...]
    """As torch counts them in this process's environment."""
    visible: tuple[str, ...]
    """What CUDA_VISIBLE_DEVICES calls each of torch's."""
    cpu_jobs: int

    @staticmethod
    def of_this_machine(settings: Settings, gpus: Sequence[int] | None) -> Slots:
        """gpus: those to train on; None: all that there are. Raises: InvalidOption (a GPU that is not there)."""
        visible = _visible_gpus()
        chosen = tuple(range(len(visible))) if gpus is None else tuple(gpus)
        for gpu in chosen:
            if gpu >= len(visible):
                there = f"GPUs 0 to {len(visible) - 1}" if visible else "no GPU"
                raise InvalidOption(f"There is no GPU {gpu}: this machine has {there}.")
        return Slots(socket.gethostname(), chosen, visible, settings.cpu_jobs)

    @property
    def most_at_once(self) -> int:
        """Jobs that this machine can run at the same time."""
        return max(len(self.gpus), 1) + self.cpu_jobs

    def describe(self) -> str:
        """What it takes, in words."""
        training = f"training on GPU {', '.join(map(str, self.gpus))}" if self.gpus else "training on the processor"
        return f"{training}, {self.cpu_jobs} other job{'s' if self.cpu_jobs != 1 else ''} at once"

    def places(self, job: JobRecord) -> list[Place]:
        """Every place of this machine that would do for a job, the first the best; none where it has no such place."""
        if job.kind != "train":
            # A job that only needs processors must not open a context on a GPU that a training fills.
            hidden = {"CUDA_VISIBLE_DEVICES": ""}
            return [Place((f"{self.host}/cpu:{number}",), hidden) for number in range(self.cpu_jobs)]
        wanted = str(job.arguments["options"].get("device", "auto")).replace(" ", "")
        if wanted == "cpu" or (wanted == "auto" and not self.gpus):
            return [Place((f"{self.host}/training",), {"CUDA_VISIBLE_DEVICES": ""})]
        if wanted in ("auto", "cuda"):
            return [
                Place((f"{self.host}/gpu:{gpu}",), {"CUDA_VISIBLE_DEVICES": self.visible[gpu]}) for gpu in self.gpus
            ]
        named = [part.removeprefix("cuda:") for part in wanted.split(",")]
        if all(name.isdecimal() and int(name) in self.gpus for name in named):
            return [Place(tuple(f"{self.host}/gpu:{name}" for name in named), {})]
        return []


def _visible_gpus() -> tuple[str, ...]:
    """Names of the GPUs for CUDA_VISIBLE_DEVICES. Asked of the driver: torch would open a context on one of them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return tuple(part.strip() for part in given.split(",") if part.strip() not in ("", "-1"))
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    count = sum(line.startswith("GPU ") for line in listed.stdout.splitlines()) if listed.returncode == 0 else 0
    return tuple(map(str, range(count)))
