"""Jobs as the HTTP door shows them, and the answer that queued work gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.paging import Page
from coaxial.domain.jobs import JobKind, JobState, Wanted
from coaxial.store.job_records import JobRecord

_JOB: dict[str, Any] = {
    "id": 7,
    "kind": "train",
    "state": "running",
    "wanted": "run",
    "about": "anna-medium-4f1c02ab93de",
    "stage": "Training",
    "done": 4200.0,
    "total": 20000.0,
    "unit": "steps",
    "message": "step 4200, mel 18.3",
    "rate": 5.1,
    "seconds_left": 3098.0,
    "attempts": 1,
    "failure": "",
    "remedy": "",
    "error": "",
    "waits_for": 6,
    "awaited_by": [8],
    "result": {"run": "anna-medium-1"},
    "made": [{"what": "run", "name": "anna-medium-1", "href": "/api/runs/anna-medium-1"}],
    "worker": "studio",
    "created": "2026-05-04T09:30:00Z",
    "started": "2026-05-04T09:31:12Z",
    "revision": 8123,
    "href": "/api/jobs/7",
}
_FAILED: dict[str, Any] = {
    "id": 9,
    "kind": "download",
    "state": "failed",
    "wanted": "run",
    "about": "en-US.amy",
    "stage": "Downloading en-US.amy",
    "done": 211.0,
    "total": 845.9,
    "unit": "MB",
    "message": "",
    "rate": 0.0,
    "attempts": 1,
    "failure": "huggingface.co cannot be reached.",
    "remedy": "Check the network and try again; what has come is kept.",
    "error": "DownloadFailed",
    "awaited_by": [],
    "result": {},
    "made": [],
    "worker": "",
    "created": "2026-05-04T09:30:00Z",
    "started": "2026-05-04T09:30:01Z",
    "finished": "2026-05-04T09:30:31Z",
    "revision": 8140,
    "href": "/api/jobs/9",
}
_LINE: dict[str, Any] = {"id": 512, "time": "2026-05-04T09:31:12Z", "text": "Run anna-medium-1"}


class Made(BaseModel):
    """Something that a job made, or is making."""

    what: str = Field(description="profile, report, dataset, checkpoint, run or voice.")
    name: str
    href: str = Field(description="Where it is shown.")


class Job(BaseModel):
    """Queued work, and how it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB, _FAILED]})

    id: int
    kind: JobKind
    state: JobState
    wanted: Wanted = Field(description="What the person wants of it; so at once, or as soon as its process stopped.")
    about: str = Field(
        description="What it works on: a dataset, run, base checkpoint or profile; empty where not known."
    )
    stage: str = Field(description="The part of the work that is being done.")
    done: float = Field(description="In units of the stage.")
    total: float | None = Field(default=None, description="In units of the stage; null where it is not known.")
    unit: str
    message: str = Field(description="A few words on how the stage stands.")
    rate: float = Field(description="Units a second, of late.")
    seconds_left: float | None = Field(default=None, description="Of the stage, at that rate; null where not known.")
    attempts: int = Field(description="How many times a process was started for it.")
    failure: str = Field(description="Why it failed, in a sentence; empty where it did not.")
    remedy: str = Field(description="What to do about that; empty where nothing is known.")
    error: str = Field(description="The failure's class, to compare with; empty where it did not fail.")
    waits_for: int | None = Field(default=None, description="The job that has to be done before this one.")
    awaited_by: list[int] = Field(description="The jobs that wait for this one, or waited.")
    result: dict[str, Any] = Field(description="Names and figures of what was made; a run is here from its beginning.")
    made: list[Made] = Field(description="Where that is shown.")
    worker: str = Field(description="The machine that works on it; empty where none does.")
    created: datetime
    started: datetime | None = Field(default=None, description="The latest attempt; null before the first.")
    finished: datetime | None = Field(default=None, description="null while it has not ended.")
    revision: int = Field(description="Rises with every change of any job.")
    href: str = Field(description="Where this is read again.")


class JobPage(Page[Job]):
    """Jobs, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_JOB], "total": 41, "next": "/api/jobs?limit=1&cursor=Wzdd"}]}
    )


class Demo(BaseModel):
    """The jobs that make the demo's voice."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"jobs": [_JOB]}]})

    jobs: list[Job] = Field(description="Import, preparing, training, export: each waits for the one before.")


class LogLine(BaseModel):
    """One line of a job's log."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_LINE]})

    id: int = Field(description="Rises over all jobs; what to go on after.")
    time: datetime
    text: str


class LogPage(BaseModel):
    """Lines of a job's log, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_LINE], "next": "/api/jobs/7/log?limit=1&after=512"}]}
    )

    items: list[LogLine]
    next: str = Field(description="Where the lines after these are, or will be.")


_AS_IT_IS = tuple(name for name in JobRecord.__dataclass_fields__ if name in Job.model_fields)


def shown(record: JobRecord, awaited_by: Iterable[int] = ()) -> Job:
    """A job as the door shows it. awaited_by: ids of the jobs that wait for it."""
    values = {name: getattr(record, name) for name in _AS_IT_IS}
    values["worker"] = record.worker.partition(":")[0]
    return Job(
        **values,
        message=record.note,
        about=_about(record.arguments, record.result),
        awaited_by=list(awaited_by),
        made=_made(record),
        href=href_of(record.id),
    )


def href_of(job: int) -> str:
    """Where a job is shown."""
    return f"/api/jobs/{job}"


def accepted(record: JobRecord) -> JSONResponse:
    """The answer to a request that queued work: 202, the job, and where to look after it.

    A route that gives it is declared with `**ACCEPTED`.
    """
    body = shown(record).model_dump(mode="json")
    return JSONResponse(body, status_code=HTTPStatus.ACCEPTED, headers={"Location": href_of(record.id)})


ACCEPTED: dict[str, Any] = {
    "status_code": HTTPStatus.ACCEPTED,
    "response_model": Job,
    "response_description": "Queued.",
    "responses": {
        202: {"headers": {"Location": {"description": "Where the job is read again.", "schema": {"type": "string"}}}}
    },
}
"""Arguments for the decorator of a route that answers with `accepted`."""


def _about(arguments: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    found = (arguments.get(key) for key in ("base", "dataset", "run", "name"))
    return str(next(filter(None, found), None) or result.get("dataset") or result.get("run") or "")


def _made(record: JobRecord) -> list[Made]:
    result = record.result
    made = [
        Made(what=what, name=str(result[what]), href=f"/api/{place}/{quote(str(result[what]), safe='')}")
        for what, place in (("dataset", "datasets"), ("run", "runs"), ("voice", "voices"))
        if result.get(what)
    ]
    if record.kind == "import" and result.get("name"):
        name = str(result["name"])
        made.append(Made(what="profile", name=name, href=f"/api/profiles/{quote(name, safe='')}"))
        made.append(Made(what="report", name=name, href=f"/api/imports/{record.id}/report"))
    if record.kind == "download" and result.get("base"):
        base = str(result["base"])
        href = "/api/checkpoints/" + "/".join(quote(part, safe="") for part in base.split(".", 1))
        made.append(Made(what="checkpoint", name=base, href=href))
    return made
