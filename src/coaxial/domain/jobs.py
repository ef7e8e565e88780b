"""Queued work: its kinds, its states, and what a person may ask of it in each."""

from __future__ import annotations

from typing import Literal

JobKind = Literal["import", "prepare", "download", "train", "export"]
JobState = Literal["queued", "running", "paused", "cancelling", "cancelled", "failed", "done"]
Wanted = Literal["run", "pause", "cancel"]
"""What the person wants of a job; it is so at once while nobody works on it, and soon where a process has to stop."""

KINDS: tuple[JobKind, ...] = ("import", "prepare", "download", "train", "export")
STATES: tuple[JobState, ...] = ("queued", "running", "paused", "cancelling", "cancelled", "failed", "done")

HELD: tuple[JobState, ...] = ("running", "cancelling")
"""A worker holds the job: it has a lease, and a process works on it."""

ENDED: tuple[JobState, ...] = ("cancelled", "failed", "done")

LIVE: tuple[JobState, ...] = tuple(state for state in STATES if state not in ENDED)
"""What may still be worked on without anybody asking once more."""

MOST_LOSSES = 4
"""Processes of one job that may die in a row before it is given up: something of the job kills them."""

FORGIVING_SECONDS = 300.0
"""A process that lived so long did some work: its death does not count together with those before."""
