"""Who takes jobs at this moment."""

from __future__ import annotations

from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.job_records import WorkerRecord


def list_workers(settings: Settings) -> list[WorkerRecord]:
    """The workers that were heard of within a lease: each says twice in that time, and more, that it is there."""
    with open_store(settings) as store:
        return store.workers(within=settings.job_lease)


def has_workers(settings: Settings) -> bool:
    """Whether anybody takes jobs."""
    return bool(list_workers(settings))
