"""Base checkpoints: /api/checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.problems import documented
from coaxial.api.schemas.checkpoints import (
    CacheInfo,
    Checkpoint,
    CheckpointDetails,
    CheckpointList,
    ClearedCache,
    Inspection,
    Validation,
)
from coaxial.api.schemas.downloads import Download, download_of
from coaxial.jobs.downloads import begin_download, latest_downloads, stop_download
from coaxial.settings import Settings
from coaxial.store.job_records import JobRecord
from coaxial.workflows.clear_bases import cache_info, clear_bases
from coaxial.workflows.inspect_base import validate_listed
from coaxial.workflows.list_bases import id_of_base, list_bases, show_base
from coaxial.workflows.workers import has_workers

Language = Annotated[str, Path(description="Language tag, in any spelling: en-US, en_us.", examples=["en-US"])]
Voice = Annotated[str, Path(description="Voice in the language, as listed.", examples=["amy"])]

router = APIRouter(
    prefix="/checkpoints",
    tags=["base checkpoints"],
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

# Functions without `async` run in threads, so that no look into a large file holds up other requests. Fixed paths come
# before those with a language in the same place.


@router.get("")
def list_all(settings: SettingsOf) -> CheckpointList:
    """Every base checkpoint that can be started from, by language, best first."""
    return _listed(settings)


@router.get("/cache/info")
def show_cache(settings: SettingsOf) -> CacheInfo:
    """What is on this machine, whole or in part, and how much disk is free."""
    return CacheInfo.model_validate(cache_info(settings))


@router.delete("/cache/clear", responses=documented(HTTPStatus.CONFLICT))
def clear_cache(
    settings: SettingsOf,
    id: Annotated[str | None, Query(description="Only this checkpoint.", examples=["en-US.amy"])] = None,
    older_than_days: Annotated[
        float | None,
        Query(ge=0, le=36500, allow_inf_nan=False, description="Only those that were not used for so long."),
    ] = None,
) -> ClearedCache:
    """Delete the files of one, of those long unused, or of all; they stay listed. What is in use stays."""
    age = None if older_than_days is None else timedelta(days=older_than_days)
    return ClearedCache.model_validate(asdict(clear_bases(settings, id, older_than=age)))


@router.post("/validate/{language}/{voice}")
def validate(
    language: Language,
    voice: Voice,
    settings: SettingsOf,
    dataset: Annotated[str | None, Query(description="Whether this dataset can start from it, too.")] = None,
) -> Validation:
    """Look at every byte of one that is here: what it is, whether it is whole and safe, and what does not fit."""
    verdict = validate_listed(settings, language, voice, dataset=dataset)
    found = None if verdict.inspection is None else Inspection.model_validate(verdict.inspection)
    named = id_of_base(settings, language, voice)
    return Validation(id=named, valid=verdict.valid, problems=list(verdict.problems), inspection=found)


@router.get("/{language}")
def list_of_language(language: Language, settings: SettingsOf) -> CheckpointList:
    """A language's base checkpoints, best first; one without its own has a fallback."""
    return _listed(settings, language)


@router.get("/{language}/{voice}")
def show(language: Language, voice: Voice, settings: SettingsOf) -> CheckpointDetails:
    """All that is known of one: how its download stands, and what its file holds when it is here."""
    jobs = latest_downloads(settings)
    (found,) = _with_downloads(settings, [show_base(settings, language, voice)], jobs)
    return CheckpointDetails.model_validate(found)


@router.post("/{language}/{voice}/download", status_code=HTTPStatus.ACCEPTED)
def download(language: Language, voice: Voice, settings: SettingsOf, response: Response) -> Download:
    """Queue the fetching of one, or join the download that goes on. Location is where its progress is read."""
    return _told(settings, response, *begin_download(settings, language, voice))


@router.delete("/{language}/{voice}/download", status_code=HTTPStatus.ACCEPTED)
def cancel_download(language: Language, voice: Voice, settings: SettingsOf, response: Response) -> Download:
    """Ask its download to stop. What has come is kept, and the next download goes on after it."""
    return _told(settings, response, *stop_download(settings, language, voice))


def _told(settings: Settings, response: Response, base: str, job: JobRecord) -> Download:
    shown = download_of(job, base, has_workers(settings), int(show_base(settings, base)["bytes_on_disk"]))
    response.headers["Location"] = shown.href
    return shown


def _listed(settings: Settings, language: str | None = None) -> CheckpointList:
    jobs = latest_downloads(settings)
    found = _with_downloads(settings, list_bases(settings, language), jobs)
    return CheckpointList(checkpoints=[Checkpoint.model_validate(one) for one in found])


def _with_downloads(
    settings: Settings, found: list[dict[str, Any]], jobs: Mapping[str, JobRecord]
) -> list[dict[str, Any]]:
    """jobs: as they were before the files were looked at, so that a download that ends meanwhile is not missed."""
    has_worker = has_workers(settings)
    for one in found:
        job = jobs.get(one["id"])
        # One that ended well has nothing more to say when its file was cleared since.
        if job is not None and (one["downloaded"] or job.state != "done"):
            one["download"] = download_of(job, one["id"], has_worker, one["bytes_on_disk"])
    return found
