"""Before a run begins: the size of its batches, whether its checkpoints fit on the disk, and how long it will take."""

from __future__ import annotations

import shutil
from pathlib import Path

from coaxial.domain.errors import StorageFailure
from coaxial.domain.progress import Progress
from coaxial.engine.device import Compute, free_memory
from coaxial.engine.schedule import Schedule
from coaxial.engine.trainer import Trainer

_CPU_BATCH = 8
_GPU_BATCH = 32
_BYTES_PER_CLIP = 700 << 20
"""Of GPU memory that a clip of a batch takes at most in medium quality (batch 32 fits 24 GB)."""


def choose_batch_size(clips: int, compute: Compute, devices: int) -> int:
    """Clips per update: what devices like this one take with ease, and no more than an eighth of a small dataset."""
    largest = _CPU_BATCH
    if compute.device.type == "cuda":
        largest = max(1, min(_GPU_BATCH, free_memory(compute.device) // _BYTES_PER_CLIP))
    return max(devices, min(largest * devices, max(4, clips // 8)))


def refuse_full_disk(folder: Path, trainer: Trainer) -> None:
    """Raise StorageFailure where not even two checkpoints would fit."""
    weights = sum(
        p.numel() * p.element_size() for n in (trainer.generator, trainer.discriminator) for p in n.parameters()
    )
    checkpoint = 3 * weights + sum(p.numel() * p.element_size() for p in trainer.generator.parameters())
    free = shutil.disk_usage(folder).free
    if free < 2 * checkpoint:
        raise StorageFailure(
            f"A checkpoint takes {checkpoint / 1e6:.0f} MB and only {free / 1e6:.0f} MB are free in {folder}.",
            remedy="Free some space, or choose another disk with --data-dir.",
        )


def announce(
    progress: Progress, schedule: Schedule, step: int, seconds_used: float, seconds_per_step: float, what: str
) -> None:
    """Say what will be trained, and an estimate from one measured step."""
    if schedule.total_steps is not None:
        left = (schedule.total_steps - step) * seconds_per_step
        how_long = f"{schedule.total_steps - step} steps, about {duration(left)}"
    else:
        left = (schedule.total_seconds or 0.0) - seconds_used
        how_long = f"{duration(left)}, about {max(1, round(left / seconds_per_step))} steps"
    progress.say(f"{what}: {how_long}.")


def duration(seconds: float) -> str:
    """A span of time as a person says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60):02d} min"
