"""Runs as the HTTP door shows them, and as it takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.paging import Page
from coaxial.api.schemas.jobs import href_of as job_href
from coaxial.api.schemas.names import Name
from coaxial.api.schemas.options import TrainingOptions
from coaxial.domain.jobs import JobState
from coaxial.domain.quality import Quality
from coaxial.store import LARGEST_ID
from coaxial.store.records import CheckpointKind, CheckpointRecord, RunState
from coaxial.workflows.show_runs import RunView, SpokenSentence

_OPTIONS: dict[str, Any] = {
    "budget": {"steps": 20000},
    "base_voice": "en-US.lessac",
    "learning_rate": 0.0002,
    "final_learning_rate": 0.05,
    "keep": 3,
    "device": "auto",
    "precision": "auto",
    "seed": 1234,
}
_HREF = "/api/runs/anna-medium-1"
_RUN: dict[str, Any] = {
    "name": "anna-medium-1",
    "href": _HREF,
    "state": "running",
    "step": 4200,
    "epoch": 323,
    "options": _OPTIONS,
    "base": "en-US_lessac.ckpt",
    "dataset": "anna-medium-4f1c02ab93de",
    "steps_per_second": 5.1,
    "seconds_left": 3098.0,
    "gpu_memory": 6_300_000_000,
    "best_validation": {"step": 4000, "mel": 19.87},
    "checkpoints": 3,
    "job": {"id": 7, "state": "running", "href": "/api/jobs/7"},
    "created": "2026-05-04T09:31:12Z",
}
_CHECKPOINT: dict[str, Any] = {
    "name": "step-004000.ckpt",
    "step": 4000,
    "epoch": 307,
    "kind": "step",
    "validation_mel": 19.87,
    "size": 845_898_328,
    "samples": f"{_HREF}/samples",
    "created": "2026-05-04T09:44:51Z",
}
_SENTENCE: dict[str, Any] = {
    "id": "0012",
    "text": "The quick brown fox.",
    "recording": f"{_HREF}/samples/reference/0012.wav",
    "spoken": [{"step": 4000, "href": f"{_HREF}/samples/step-004000/0012.wav"}],
}


class TrainingJob(BaseModel):
    """The job that trains a run."""

    id: int
    state: JobState
    href: str


class BestValidation(BaseModel):
    """Where a run was best on what it was not trained on."""

    step: int
    mel: float = Field(description="The validation loss of the mel spectrogram.")


class Run(BaseModel):
    """One training of one dataset, from one base, with one set of options."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RUN]})

    name: str
    href: str = Field(description="Where this is read again; below it are metrics, checkpoints and samples.")
    state: RunState = Field(description="`stopped` can go on.")
    step: int = Field(description="That was measured last.")
    epoch: int
    options: dict[str, Any] = Field(description="As they were when it was begun.")
    base: str = Field(description="The checkpoint it started from; empty for random weights.")
    dataset: str
    steps_per_second: float | None = Field(default=None, description="Of late; null while it does not train.")
    seconds_left: float | None = Field(default=None, description="To the end of its budget; null where not known.")
    gpu_memory: int | None = Field(default=None, description="Bytes that it has on this machine's GPUs; null for none.")
    best_validation: BestValidation | None = Field(default=None, description="null before the first validation.")
    checkpoints: int = Field(description="Steps of which there is one.")
    job: TrainingJob | None = Field(default=None, description="The latest that trains it; null where no job does.")
    created: datetime
    finished: datetime | None = None


class RunDetails(Run):
    """All that is known of one run."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_RUN, "removal": "The run anna-medium-1 goes with its 3 checkpoints."}]}
    )

    removal: str = Field(description="What goes and what stays when it is deleted, in sentences.")


class RunPage(Page[Run]):
    """Runs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_RUN], "total": 1, "next": None}]})


class NewRun(BaseModel):
    """A run to train."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dataset": "anna", "options": {"budget": {"minutes": 30.0}}}]},
    )

    dataset: Name | None = Field(default=None, description="A dataset, or the name it was prepared from: its newest.")
    after: int | None = Field(
        default=None, ge=1, le=LARGEST_ID, description="Or the job that prepares it; training waits for that."
    )
    quality: Quality | None = Field(default=None, description="Of the dataset, where several were prepared.")
    options: TrainingOptions


class WantedEstimate(BaseModel):
    """A run that may be trained."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dataset": "anna", "options": {"budget": {"steps": 20000}}}]},
    )

    dataset: Name
    options: TrainingOptions


class RunEstimate(BaseModel):
    """What a run would take on this machine."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "seconds": 3920.0,
                    "steps": 20000,
                    "seconds_per_step": 0.196,
                    "runs": ["anna-medium-1"],
                    "sentence": "From what a step took in anna-medium-1: 0.196 s with batches of 32.",
                }
            ]
        },
    )

    seconds: float | None = Field(default=None, description="null where nothing of the kind was measured here yet.")
    steps: int | None = Field(default=None, description="null where that is not known.")
    seconds_per_step: float | None = Field(default=None, description="null where nothing of the kind was measured.")
    runs: list[str] = Field(description="Those that it was told from.")
    sentence: str = Field(description="Where that comes from, or why nothing is known.")


class RemovedRun(BaseModel):
    """What was deleted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "anna-medium-1", "removed": "The run anna-medium-1 goes …"}]}
    )

    name: str
    removed: str = Field(description="What went and what stayed, in sentences.")


class RunCheckpoint(BaseModel):
    """A file that a run wrote."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECKPOINT]})

    name: str = Field(description="Of the file.")
    step: int
    epoch: int
    kind: CheckpointKind
    validation_mel: float | None = Field(default=None, description="null where nothing was held out.")
    size: int | None = Field(default=None, description="Bytes; null where the file is gone.")
    samples: str = Field(description="Where its audio is listed, under its step.")
    created: datetime


class RunCheckpointPage(Page[RunCheckpoint]):
    """What a run wrote, by step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHECKPOINT], "total": 1, "next": None}]})


class Spoken(BaseModel):
    """A sentence as a checkpoint said it."""

    step: int
    href: str = Field(description="Of a WAV file.")


class Sentence(BaseModel):
    """A held-out sentence, as recorded and as every checkpoint said it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENTENCE]})

    id: str
    text: str
    recording: str = Field(description="Where the real recording is: a WAV file.")
    spoken: list[Spoken] = Field(description="By step.")


class SentencePage(Page[Sentence]):
    """The sentences that every checkpoint of a run speaks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SENTENCE], "total": 1, "next": None}]})


def href_of(run: str) -> str:
    """Where a run is shown."""
    return f"/api/runs/{quote(run, safe='')}"


def shown(view: RunView) -> Run:
    """A run as the door shows it."""
    return Run(**_values(view))


def shown_in_detail(view: RunView, removal: str) -> RunDetails:
    """All that is known of one."""
    return RunDetails(**_values(view), removal=removal)


def shown_checkpoint(record: CheckpointRecord, size: int | None) -> RunCheckpoint:
    """A file that a run wrote."""
    names = ("step", "epoch", "kind", "validation_mel", "created")
    values = {name: getattr(record, name) for name in names}
    return RunCheckpoint(**values, name=record.file.name, size=size, samples=f"{href_of(record.run)}/samples")


def shown_sentence(run: str, sentence: SpokenSentence) -> Sentence:
    """A sentence with all that said it."""
    below = f"{href_of(run)}/samples/"
    spoken = [Spoken(step=step, href=below + quote(file)) for step, file in sentence.spoken]
    return Sentence(id=sentence.id, text=sentence.text, recording=below + quote(sentence.recording), spoken=spoken)


def _values(view: RunView) -> dict[str, Any]:
    run, best, job = view.run, view.best, view.job
    found = best is not None and best.validation_mel is not None
    return {
        **{name: getattr(run, name) for name in ("name", "state", "dataset", "created", "finished")},
        **{name: getattr(view, name) for name in ("step", "epoch", "steps_per_second", "seconds_left", "gpu_memory")},
        "href": href_of(run.name),
        "options": dict(run.options),
        "base": run.base.replace("\\", "/").rpartition("/")[2],
        "best_validation": {"step": best.step, "mel": best.validation_mel} if best is not None and found else None,
        "checkpoints": view.checkpoints,
        "job": None if job is None else {"id": job.id, "state": job.state, "href": job_href(job.id)},
    }
