"""Taking in recordings that there are already: /api/imports."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.api.paging import WindowOf, part_of
from coaxial.api.problems import documented
from coaxial.api.ranges import disposition
from coaxial.api.routes.jobs import JobId
from coaxial.api.schemas.imports import NewImport, Preview, Previewed, ReportPage, chosen, previewed, row_shown
from coaxial.api.schemas.jobs import ACCEPTED, accepted
from coaxial.dataset.report import ImportReport
from coaxial.domain.errors import NotFound, WrongState
from coaxial.domain.jobs import ENDED
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings
from coaxial.workflows.import_bundles import bundle_of, keep_bundle
from coaxial.workflows.import_report import load_report
from coaxial.workflows.preview_import import preview_import
from coaxial.workflows.upload_files import complete_files

router = APIRouter(
    prefix="/imports",
    tags=["imports"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_NOT_YET = documented(HTTPStatus.CONFLICT)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "Every row, with a header."}
}


@router.post("/preview")
def preview(wanted: Preview, settings: SettingsOf) -> Previewed:
    """Look at what was uploaded: columns, first rows, what will be rejected and why. Nothing is taken."""
    bundle = bundle_of(complete_files(settings, wanted.uploads), chosen(wanted.columns))
    return previewed(preview_import(settings, bundle, wanted.language or ""))


@router.post("", **ACCEPTED)
def begin(new: NewImport, settings: SettingsOf, key: KeyOf) -> Response:
    """Take in what was uploaded, as a job. Its report says of every row what became of it."""
    bundle = bundle_of(complete_files(settings, new.uploads), chosen(new.columns))
    source = keep_bundle(settings, bundle, key)
    arguments = {"source": str(source), "name": new.name, "language": new.language}
    with open_queue(settings) as queue:
        return accepted(queue.submit("import", arguments, key=key))


@router.get("/{id}/report", responses=_NOT_YET)
def show_report(
    id: JobId,
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    outcome: Annotated[
        Literal["taken", "rejected", "warned"] | None, Query(description="Only rows of this outcome.")
    ] = None,
) -> ReportPage:
    """What became of every row of an import that ended."""
    report = _report(settings, id)
    rows = [row for row in report.rows if outcome is None or _is(row.outcome, bool(row.warnings), outcome)]
    found = part_of(request, window, rows)
    return ReportPage(
        source=report.source,
        taken=report.taken,
        rejected=report.rejected,
        warned=report.warnings,
        reasons=report.reasons,
        minutes_taken=round(report.minutes_taken, 2),
        notes=list(report.notes),
        items=[row_shown(row) for row in found["items"]],
        total=found["total"],
        next=found["next"],
    )


@router.get("/{id}/report.csv", response_class=Response, responses={**_NOT_YET, **_CSV})
def download_report(id: JobId, settings: SettingsOf) -> Response:
    """The same for a spreadsheet."""
    # The mark tells Excel that it is UTF-8.
    content = "\ufeff" + _report(settings, id).to_csv()
    headers = {"Content-Disposition": disposition(f"import-{id}.csv")}
    return Response(content.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


def _report(settings: Settings, id: int) -> ImportReport:
    with open_queue(settings) as queue:
        job = queue.job(id)
    if job.kind != "import":
        raise NotFound(f"Job {id} is no import.", remedy="Look at the list of jobs for its kind.")
    if job.state not in ENDED and not job.result.get("report"):
        raise WrongState(f"The import {id} has not ended.", remedy="Wait for its end, or look at its log.")
    if not job.result.get("report"):
        raise NotFound(f"The import {id} ended before there was a report.", remedy="Its log says why.")
    return load_report(settings, str(job.result["report"]))


def _is(outcome: str, warned: bool, wanted: str) -> bool:
    return outcome == "taken" and warned if wanted == "warned" else outcome == wanted
