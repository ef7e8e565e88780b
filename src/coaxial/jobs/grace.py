"""How long a job that was asked to stop may take."""

from __future__ import annotations

from coaxial.domain.jobs import JobKind
from coaxial.settings import Settings

SHORT_GRACE = 1.2
"""Seconds for all but training: what they write is whole or not there at every moment, so nothing is lost by a kill.

Of the two in which a job has stopped; the rest goes into noticing the wish, tidying up and writing down how it ended.
"""


def grace_of(settings: Settings, kind: JobKind) -> float:
    """Seconds from the wish to stop until the job is killed: training has a checkpoint to write."""
    return settings.job_grace if kind == "train" else min(SHORT_GRACE, settings.job_grace)


def beat_seconds(settings: Settings) -> float:
    """Between two heartbeats, and between two looks at what others hold."""
    return settings.job_lease / 6
