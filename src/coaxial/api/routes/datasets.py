"""Prepared selections of recordings: /api/datasets."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.api.paging import WindowOf, page, part_of
from coaxial.api.problems import documented
from coaxial.api.ranges import file_answer, ranged_route
from coaxial.api.schemas.datasets import (
    ClipPage,
    DatasetDetails,
    DatasetPage,
    DatasetPreview,
    NewDataset,
    clip_shown,
    details,
    previewed,
    shown,
)
from coaxial.api.schemas.jobs import ACCEPTED, accepted
from coaxial.api.schemas.names import LineInQuery, NameInPath
from coaxial.api.schemas.profiles import Removed
from coaxial.domain.plain import as_plain
from coaxial.jobs.queue import open_queue
from coaxial.workflows.browse import list_datasets, show_dataset
from coaxial.workflows.dataset_clips import clip_wav, dataset_clips
from coaxial.workflows.preview_dataset import preview_dataset, refuse_empty_selection
from coaxial.workflows.removal import dataset_removal

router = APIRouter(
    prefix="/datasets",
    tags=["datasets"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

ClipId = Annotated[str, Path(min_length=1, max_length=120, pattern="^[A-Za-z0-9_-]+$", description="The clip's id.")]


@router.get("")
def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> DatasetPage:
    """Datasets, the oldest first."""
    found = part_of(request, window, list_datasets(settings))
    return DatasetPage.model_validate({**found, "items": [shown(one) for one in found["items"]]})


@router.post("", **ACCEPTED)
def begin(new: NewDataset, settings: SettingsOf, key: KeyOf) -> Response:
    """Prepare one, as a job. The same recordings and options give the same dataset, at once where it is there."""
    refuse_empty_selection(settings, new.name, new.prompt_list)
    arguments = {"name": new.name, "prompt_list": new.prompt_list, "options": as_plain(new.options.chosen())}
    with open_queue(settings) as queue:
        return accepted(queue.submit("prepare", arguments, key=key))


@router.post("/preview")
def preview(new: NewDataset, settings: SettingsOf) -> DatasetPreview:
    """What preparing would leave out and why, and how the rest is spread. Nothing is made."""
    return previewed(preview_dataset(settings, new.name, new.prompt_list, new.options.chosen()))


@router.get("/{name}")
def show(name: NameInPath, settings: SettingsOf) -> DatasetDetails:
    """One dataset; by the name of a profile or prompt list, the newest that was prepared from it."""
    return details(show_dataset(settings, name))


@router.delete("/{name}", responses=documented(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED))
def delete(name: NameInPath, settings: SettingsOf) -> Removed:
    """Delete one by its full name. Its recordings stay."""
    removal = dataset_removal(settings, name)
    removal.carry_out()
    return Removed(sentence=removal.sentence)


@router.get("/{name}/clips")
def list_clips(
    name: NameInPath,
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    search: Annotated[LineInQuery, Query(description="Only clips with this in their text.")] = "",
) -> ClipPage:
    """The clips of a dataset, by speaker and name."""
    found, total = dataset_clips(settings, name, search, window.offset, window.limit)
    items = [clip_shown(one, quote(name)) for one in found]
    return ClipPage.model_validate(page(request, window, items, total))


@router.get("/{name}/clips/{clip}/audio", **ranged_route("audio/wav"))
def listen(name: NameInPath, clip: ClipId, request: Request, settings: SettingsOf) -> Response:
    """A clip as the network hears it: trimmed, at its rate and loudness."""
    return file_answer(request, clip_wav(settings, name, clip), "audio/wav")
