"""Base checkpoints that are fetched by jobs: at most one for each at a time, whoever asks and however often."""

from __future__ import annotations

import contextlib

from coaxial.domain.errors import CoaxialError, NotFound
from coaxial.domain.jobs import ENDED
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings
from coaxial.store.job_records import JobRecord
from coaxial.workflows.list_bases import id_of_base

_NAME = "base"
"""The argument that says which checkpoint."""


def begin_download(settings: Settings, language: str, voice: str) -> tuple[str, JobRecord]:
    """Queue the fetching of a base checkpoint, or join the job that does it. Returns: its id, and the job.

    Raises: NotFound, with the nearest ids; InvalidOption.
    """
    base = id_of_base(settings, language, voice)
    with open_queue(settings) as queue:
        return base, queue.join("download", {_NAME: base}, same=_NAME)


def stop_download(settings: Settings, language: str, voice: str) -> tuple[str, JobRecord]:
    """Ask the download of a base checkpoint to stop. Returns: its id, and the job. Raises: NotFound, WrongState."""
    base = id_of_base(settings, language, voice)
    job = latest_downloads(settings).get(base)
    if job is None or job.state in ENDED:
        raise NotFound(f"No download of {base} is running.", remedy="There is nothing to cancel.")
    with open_queue(settings) as queue:
        return base, queue.cancel(job.id)


def latest_downloads(settings: Settings) -> dict[str, JobRecord]:
    """The newest job that fetches, or fetched, each base checkpoint, by its id."""
    found: dict[str, JobRecord] = {}
    with open_queue(settings) as queue:
        latest = queue.latest("download", _NAME)
    for named, job in sorted(latest.items(), key=lambda one: one[1].id):
        # From the command line a job may have another spelling, or a checkpoint that is in no manifest any more.
        with contextlib.suppress(CoaxialError):
            found[str(job.result.get(_NAME) or id_of_base(settings, named))] = job
    return found
