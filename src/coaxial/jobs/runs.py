"""Queueing a run: what is wrong with it is said at once, and not when a GPU is free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coaxial.domain.errors import InvalidOption
from coaxial.domain.options import TrainOptions
from coaxial.domain.plain import from_plain
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.job_records import JobRecord
from coaxial.workflows.list_bases import id_of_base


def checked_options(settings: Settings, options: Mapping[str, Any]) -> TrainOptions:
    """Raises: InvalidOption, NotFound (the base voice, with the nearest ids)."""
    checked = from_plain(TrainOptions, options, "a run's options")
    if checked.base_voice is not None:
        id_of_base(settings, checked.base_voice)
    return checked


def queue_run(
    settings: Settings,
    dataset: str | None,
    after: int | None,
    quality: str | None,
    options: Mapping[str, Any],
    key: str = "",
) -> JobRecord:
    """Queue the training of a dataset, or of what the job `after` prepares.

    key: as of Queue.submit. Raises: NotFound (dataset, base voice, job), InvalidOption, WrongState (the job before was
    cancelled).
    """
    checked_options(settings, options)
    if dataset is not None:
        with open_store(settings) as store:
            store.dataset(dataset)
    with open_queue(settings) as queue:
        if dataset is None and after is not None and queue.job(after).kind != "prepare":
            raise InvalidOption(
                f"Job {after} prepares no dataset.", remedy="Wait for a job that prepares one, or name a dataset."
            )
        told = {"dataset": dataset, "quality": quality, "options": dict(options)}
        return queue.submit("train", told, after, key=key)
