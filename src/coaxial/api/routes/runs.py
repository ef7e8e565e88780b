"""Trainings: /api/runs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.api.paging import LARGEST_INTEGER, WindowOf, page, part_of
from coaxial.api.problems import documented
from coaxial.api.ranges import file_answer, ranged_route
from coaxial.api.schemas.jobs import ACCEPTED, accepted
from coaxial.api.schemas.metrics import Metrics, shown_metrics
from coaxial.api.schemas.names import Name, NameInPath
from coaxial.api.schemas.runs import (
    NewRun,
    RemovedRun,
    RunCheckpointPage,
    RunDetails,
    RunEstimate,
    RunPage,
    SentencePage,
    WantedEstimate,
    shown,
    shown_checkpoint,
    shown_in_detail,
    shown_sentence,
)
from coaxial.jobs.runs import checked_options, queue_run
from coaxial.workflows.estimate import estimate_run
from coaxial.workflows.read_metrics import read_metrics
from coaxial.workflows.removal import run_removal
from coaxial.workflows.show_runs import (
    deletion_of_run,
    run_checkpoints,
    run_page,
    run_samples,
    run_view,
    sample_file,
)

router = APIRouter(
    prefix="/runs",
    tags=["runs"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)


@router.get("")
def list_all(
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    dataset: Annotated[Name | None, Query(description="Only those of this dataset.")] = None,
) -> RunPage:
    """Runs, newest first."""
    found, total = run_page(settings, window.offset, window.limit, dataset)
    return RunPage.model_validate(page(request, window, [shown(one) for one in found], total))


@router.post("", **ACCEPTED)
def train(wanted: NewRun, settings: SettingsOf, key: KeyOf) -> Response:
    """Queue the training of a run. One that was begun with the same options and stopped goes on where it was."""
    options = wanted.options.model_dump(mode="json", exclude_unset=True)
    quality = None if wanted.quality is None else wanted.quality.value
    return accepted(queue_run(settings, wanted.dataset, wanted.after, quality, options, key))


@router.post("/estimate", response_model=RunEstimate)
def estimate(wanted: WantedEstimate, settings: SettingsOf) -> object:
    """What a run would take here, told from runs like it that this machine trained; nothing is begun."""
    options = checked_options(settings, wanted.options.model_dump(mode="json", exclude_unset=True))
    return estimate_run(settings, wanted.dataset, options)


@router.get("/{run}")
def show(run: NameInPath, settings: SettingsOf) -> RunDetails:
    """How one stands."""
    return shown_in_detail(run_view(settings, run), run_removal(settings, run).sentence)


@router.delete("/{run}", responses=documented(HTTPStatus.CONFLICT))
def delete(run: NameInPath, settings: SettingsOf) -> RemovedRun:
    """Delete one with its checkpoints and samples, unless it trains; `removal` says before what goes."""
    removal = deletion_of_run(settings, run)
    removal.carry_out()
    return RemovedRun(name=run, removed=removal.sentence)


@router.get("/{run}/metrics", response_model=Metrics)
def show_metrics(
    run: NameInPath,
    settings: SettingsOf,
    since: Annotated[int, Query(ge=0, le=LARGEST_INTEGER, description="Only what came after this step.")] = 0,
    until: Annotated[int | None, Query(ge=0, le=LARGEST_INTEGER, description="Only up to this step.")] = None,
    generation: Annotated[
        int | None, Query(ge=0, le=LARGEST_INTEGER, description="As the answer had it that `since` comes from.")
    ] = None,
    points: Annotated[int, Query(ge=2, le=4000, description="How many points a curve has at most.")] = 600,
    names: Annotated[
        str, Query(max_length=2000, description="Only these series, with commas between.", examples=["mel,kl"])
    ] = "",
) -> Response:
    """Its curves, thinned: a point stands for as many steps as need be, with their mean, least and greatest value."""
    wanted = [name for name in names.split(",") if name]
    found = shown_metrics(run, read_metrics(settings, run, since, generation, points, wanted, until))
    return Response(found.model_dump_json(exclude_none=False), media_type="application/json")


@router.get("/{run}/checkpoints")
def list_checkpoints(request: Request, run: NameInPath, settings: SettingsOf, window: WindowOf) -> RunCheckpointPage:
    """The checkpoints that it wrote and that are there, by step."""
    found = [shown_checkpoint(record, size) for record, size in run_checkpoints(settings, run)]
    return RunCheckpointPage.model_validate(part_of(request, window, found))


@router.get("/{run}/samples")
def list_samples(request: Request, run: NameInPath, settings: SettingsOf, window: WindowOf) -> SentencePage:
    """The same sentences as recorded and as every checkpoint said them."""
    found = [shown_sentence(run, sentence) for sentence in run_samples(settings, run)]
    return SentencePage.model_validate(part_of(request, window, found))


@router.get("/{run}/samples/{place}/{file}", **ranged_route("audio/wav"))
def show_sample(
    request: Request,
    run: NameInPath,
    place: Annotated[str, Path(max_length=200, description="`reference`, or of a step.", examples=["step-004000"])],
    file: Annotated[str, Path(max_length=200, description="As listed.", examples=["0012.wav"])],
    settings: SettingsOf,
) -> Response:
    """One sentence's audio, or a part of it."""
    return file_answer(request, sample_file(settings, run, f"{place}/{file}"), "audio/wav")
