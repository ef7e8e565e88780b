"""Before a run begins: the size of its batches, whether its checkpoints fit on the disk, and how long it will take."""

from __future__ import annotations

import shutil
from pathlib import Path

from coaxial.domain.errors import StorageFailure
from coaxial.engine.captured import CAPTURED_TAKES
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import free_memory
from coaxial.engine.memory import ran_out_of_memory
from coaxial.engine.pace import TimeLeft
from coaxial.engine.position import Position
from coaxial.engine.schedule import Schedule
from coaxial.engine.trainer import Trainer

_CPU_BATCH = 8
_GPU_BATCH = 32
"""More clips learn no more from as much computing."""

_PROBES = (2, 6)
TAKEN = 0.8
"""Of the memory that is free: the rest is for what else the card has to do, and for gaps between tensors."""


def choose_batch_size(trainer: Trainer, corpus: Corpus, devices: int) -> int:
    """Clips per update: no more than an eighth of a small dataset, and than what devices like this one have room for.

    On a GPU two small batches of the longest clips are computed and forgotten, to see what a clip takes.
    """
    clips = len(corpus.clips)
    wanted = max(4, clips // 8)
    if trainer.compute.device.type != "cuda":
        return max(devices, min(_CPU_BATCH * devices, wanted))
    room = TAKEN * free_memory(trainer.compute.device)
    longest = sorted(range(clips), key=lambda index: -corpus.frames[index])
    try:
        few, more = (trainer.memory_taken(corpus, (longest * size)[:size]) for size in _PROBES)
    except RuntimeError as error:
        if not ran_out_of_memory(error):
            raise
        return devices
    per_clip = (more - few) / (_PROBES[1] - _PROBES[0])
    fitting = int((room / CAPTURED_TAKES - (few - _PROBES[0] * per_clip)) / per_clip)
    return max(devices, min(max(1, min(_GPU_BATCH, fitting)) * devices, wanted))


def refuse_full_disk(folder: Path, checkpoint: int) -> None:
    """Raise StorageFailure where not even two checkpoints of so many bytes would fit."""
    free = shutil.disk_usage(folder).free
    if free < 2 * checkpoint:
        raise StorageFailure(
            f"A checkpoint takes {checkpoint / 1e6:.0f} MB and only {free / 1e6:.0f} MB are free in {folder}.",
            remedy="Free some space, or choose another disk with --data-dir.",
        )


def describe(corpus: Corpus, held_out: Corpus | None, batch_size: int, steps: int) -> str:
    """What a run trains on; steps: of an epoch."""
    held = len(held_out.clips) if held_out else 0
    return (
        f"Training on {len(corpus.clips)} clips ({corpus.seconds / 60:.1f} min), {held} held out, "
        f"batches of {batch_size}, {steps} steps an epoch"
    )


def what_is_left(schedule: Schedule, position: Position, time_left: TimeLeft) -> str:
    """`800 steps, about 3 min`, or of a budget in minutes `3 min, about 800 steps`."""
    if schedule.total_steps is not None:
        steps = schedule.total_steps - position.step
        return f"{steps} {'step' if steps == 1 else 'steps'}, about {duration(time_left.seconds(position))}"
    left = (schedule.total_seconds or 0.0) - position.seconds
    return f"{duration(left)}, about {max(1, round(left / time_left.step))} steps"


def duration(seconds: float) -> str:
    """A span of time as a person says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60):02d} min"
