"""Measuring any number of recordings, as a process sees it that only hands out the work: it starts without numpy."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coaxial.audio.workers import in_tasks, map_in_order
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.progress import Progress

PRELOAD = ("coaxial.audio.measure",)
"""What measuring imports in child processes (see workers.py)."""


@dataclass(frozen=True)
class Measures:
    """Of one recording, as it was recorded."""

    seconds: float
    sample_rate: int
    channels: int
    speech_start: float | None
    """Seconds; None, like speech_end, where nobody speaks."""
    speech_end: float | None
    peak: float
    """Largest sample, dBFS."""
    loudness: float
    """LUFS (ITU-R BS.1770), at least -70."""
    noise_floor: float
    """RMS level of the quiet parts, dBFS."""
    clipped: float
    """Fraction of samples in runs at full scale."""
    begins: float | None = None
    """RMS level of the first 30 ms, dBFS; None, like ends, where it was never measured."""
    ends: float | None = None
    """RMS level of the last 30 ms."""


def measure_all(
    paths: Sequence[Path], processes: int, progress: Progress
) -> Generator[Measures | UnreadableAudio, None, None]:
    """Measure any number of files in several processes; results come in order, one each, as they are ready.

    Raises: StorageFailure where a worker process was killed.
    """
    progress.stage("Measuring recordings", total=len(paths), unit="files")
    tasks = list(in_tasks(paths, processes))
    for results in map_in_order(_measure, tasks, min(processes, len(tasks)), PRELOAD):
        progress.advance(len(results))
        yield from results


def _measure(paths: Sequence[Path]) -> list[Measures | UnreadableAudio]:
    # Imported where it is done, and by then it is there: the children have it from their start.
    from coaxial.audio.measure import measure

    return measure(paths)
