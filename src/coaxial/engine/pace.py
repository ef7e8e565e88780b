"""How fast a run really goes: a processor that is only little ahead of the device, and the time that is left."""

from __future__ import annotations

import json
import socket
from collections import deque
from pathlib import Path

import torch

from coaxial.domain.files import write_text
from coaxial.domain.options import TrainOptions
from coaxial.domain.progress import Progress
from coaxial.engine.device import Compute
from coaxial.engine.position import Position
from coaxial.engine.rehearsal import StepTimes
from coaxial.engine.schedule import Schedule

_AHEAD = 3
"""Steps that may be under way on a GPU: enough to keep it busy while metrics are written."""

_VALIDATED_PER_SECOND, _WRITTEN_PER_SECOND = 1.5e9, 0.7e9
"""Bytes of a checkpoint: what it is worth in validation and samples until that was timed, and what a disk takes."""


class Ahead:
    """Knows which steps the device has done. Nothing else in training waits for it, so the clock would show none."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._under_way: deque[torch.cuda.Event] = deque()

    def given(self) -> int:
        """Another step was given to the device: wait until it has few. Returns: how many it has done since."""
        if not self._cuda:
            return 1
        event = torch.cuda.Event(blocking=True)
        event.record()
        self._under_way.append(event)
        return self._wait_until(_AHEAD)

    def drain(self) -> int:
        """Wait for all of them. Returns: how many those were."""
        return self._wait_until(0)

    def _wait_until(self, under_way: int) -> int:
        done = 0
        while len(self._under_way) > under_way:
            self._under_way.popleft().synchronize()
            done += 1
        return done


class TimeLeft:
    """An estimate from what steps took in the rehearsal, corrected by what they took since."""

    def __init__(self, times: StepTimes, schedule: Schedule, checkpoint_bytes: int, beside: bool) -> None:
        """beside: whether checkpoints are written beside training, and only the last one is waited for."""
        self._times = times
        self._schedule = schedule
        self._beside = beside
        self._checkpoint = checkpoint_bytes / _VALIDATED_PER_SECOND
        self._writing = checkpoint_bytes / _WRITTEN_PER_SECOND
        if not beside:
            self._checkpoint, self._writing = self._checkpoint + self._writing, 0.0
        self._under_way: deque[int] = deque()
        self._foreseen = self._taken = self._since_checkpoint = 0.0

    @property
    def step(self) -> float:
        """Seconds of a step, the mean of those to come."""
        return self._times.mean * (self._taken / self._foreseen if self._foreseen else 1.0)

    def given(self, frames: int) -> None:
        """A step of so many padded frames was given to the device."""
        self._under_way.append(frames)

    def passed(self, seconds: float, done: int) -> None:
        """So many seconds passed, and so many of the steps that were given are done."""
        self._taken += seconds
        self._since_checkpoint += seconds
        for _ in range(done):
            self._foreseen += self._times.of(self._under_way.popleft())

    def checkpoint_took(self, seconds: float) -> None:
        """What the latest checkpoint kept training waiting for."""
        self._checkpoint = seconds
        self._since_checkpoint = 0.0

    def writing_took(self, seconds: float) -> None:
        """What the latest checkpoint took on its way to the disk."""
        if self._beside:
            self._writing = seconds

    def seconds(self, position: Position) -> float:
        """From this step, the last that was given, to the very end: all checkpoints, and the writing of the last."""
        ending = self._checkpoint + self._writing
        if self._schedule.total_seconds is not None:
            # Its clock runs through every checkpoint but the last.
            return max(0.0, self._schedule.total_seconds - position.seconds) + ending
        steps = (self._schedule.total_steps or 0) - position.step + len(self._under_way)
        due = self._schedule.checkpoints_to_come(position.step, self.step, self._since_checkpoint)
        return steps * self.step + due * self._checkpoint + ending


class TrainingStage:
    """The steps, as they pass, for whoever watches: how many are done and how long the rest takes."""

    def __init__(self, progress: Progress, schedule: Schedule, position: Position, time_left: TimeLeft) -> None:
        """Begin the stage where the run stands. position: the run's own, which goes on with it."""
        self._progress = progress
        self._position = position
        self._time_left = time_left
        self._in_steps = schedule.total_steps is not None
        if self._in_steps:
            progress.stage("Training", schedule.total_steps, "steps")
            progress.advance(position.step)
        else:
            progress.stage("Training", schedule.total_seconds, "s")
            progress.advance(position.seconds)

    def passed(self, done: int, seconds: float, trained: float) -> None:
        """So many steps more are done. seconds: that passed; trained: those of them that no checkpoint took."""
        if self._in_steps:
            for _ in range(done):
                self._progress.advance()
        else:
            self._progress.advance(seconds)
        self._time_left.passed(trained, done)
        self._progress.foresee(self._time_left.seconds(self._position))


def note_pace(
    path: Path, options: TrainOptions, batch_size: int, compute: Compute, begun: Position, now: Position
) -> None:
    """Write down what the steps of a sitting took, for whoever asks how long another run will take.

    begun: where the sitting began. Apart from the metrics, which hold no clock. Raises: StorageFailure.
    """
    if now.step == begun.step:
        return
    is_gpu = compute.device.type == "cuda"
    told = {
        "steps": now.step - begun.step,
        "seconds": now.seconds - begun.seconds,
        "batch_size": batch_size,
        "precision": compute.precision,
        "device": torch.cuda.get_device_name(compute.device) if is_gpu else "cpu",
        "devices": len(options.devices),
        "host": socket.gethostname(),
    }
    write_text(path, json.dumps(told) + "\n", durable=False)
