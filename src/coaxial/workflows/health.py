"""Whether a studio can do its work at this moment; asked often, so nothing here takes long."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from coaxial.domain.errors import CoaxialError
from coaxial.domain.health import Part
from coaxial.settings import Settings
from coaxial.store import open_store

_FULL, _ALMOST_FULL = 200_000_000, 5_000_000_000
"""Bytes: a few recordings; a run with its checkpoints."""


def health(settings: Settings, broker: Callable[[], str]) -> list[Part]:
    """How its parts are. broker: asks whether the broker is there; answers why not, or nothing."""
    return [_store(settings), _broker(broker), _workers(settings), _disk(settings)]


def works(parts: list[Part]) -> bool:
    """Whether nothing failed."""
    return all(part.state != "failed" for part in parts)


def _store(settings: Settings) -> Part:
    try:
        with open_store(settings) as store:
            jobs = sum(store.job_counts().values())
    except CoaxialError as error:
        return Part("store", "failed", error.message, error.remedy)
    return Part("store", "ok", f"It answers, and has {jobs} job{'' if jobs == 1 else 's'}.")


def _broker(asked: Callable[[], str]) -> Part:
    reason = asked()
    if not reason:
        return Part("broker", "ok", "It is there.")
    return Part(
        "broker",
        "warning",
        f"It cannot be reached ({reason}); workers find their work by themselves, some seconds later.",
        "Start it, or correct COAXIAL_BROKER_URL.",
    )


def _workers(settings: Settings) -> Part:
    try:
        with open_store(settings) as store:
            found = store.workers(within=settings.job_lease)
    except CoaxialError as error:
        return Part("workers", "failed", error.message, error.remedy)
    if not found:
        return Part("workers", "warning", "No worker is there: what is queued waits.", "Start one with: coaxial worker")
    return Part("workers", "ok", f"{len(found)}: {'; '.join(f'{one.host} ({one.takes})' for one in found)}.")


def _disk(settings: Settings) -> Part:
    free = shutil.disk_usage(settings.data_dir).free
    detail = f"{free / 1e9:.1f} GB are free."
    if free < _FULL:
        return Part("disk", "failed", f"The disk is full: {detail}", "Free some space, or clear base checkpoints.")
    if free < _ALMOST_FULL:
        return Part("disk", "warning", detail, "A run with its checkpoints needs about 5 GB.")
    return Part("disk", "ok", detail)
