"""The machine and the data directory as the HTTP door shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.schemas.checkpoints import CacheInfo
from coaxial.api.schemas.jobs import href_of
from coaxial.domain.jobs import JobState
from coaxial.workflows.examination import Findings
from coaxial.workflows.system import SystemView

_GPU: dict[str, Any] = {
    "index": 0,
    "name": "NVIDIA GeForce RTX 3060",
    "driver": "550.54.14",
    "memory_total": 12_884_901_888,
    "memory_used": 6_442_450_944,
    "busy": 0.97,
    "temperature": 71.0,
}
_WORKER: dict[str, Any] = {
    "name": "studio:4711:9f3c1a20",
    "host": "studio",
    "takes": "training on GPU 0, 2 other jobs at once",
    "jobs": ["/api/jobs/7"],
    "started": "2026-05-04T09:00:00Z",
    "seen": "2026-05-04T09:31:12Z",
}
_DATA = "/home/anna/.local/share/coaxial"
_SYSTEM: dict[str, Any] = {
    "host": "studio",
    "system": "Linux 6.1.0-18-amd64 x86_64",
    "processors": 16,
    "memory": 33_554_432_000,
    "versions": {"python": "3.11.7", "coaxial": "0.1.0", "torch": "2.9.1", "piper-tts": "1.8.0"},
    "data_dir": _DATA,
    "database": f"{_DATA}/coaxial.db",
    "broker": f"{_DATA}/broker.db",
    "disk": {"free": 120_000_000_000, "total": 500_000_000_000},
    "sizes": {"recordings": 412_000_000, "runs": 3_400_000_000, "checkpoints": 845_900_000},
    "gpus": [_GPU],
    "queue": {"queued": 1, "running": 1, "done": 39},
    "workers": [_WORKER],
    "cache": {"folder": f"{_DATA}/checkpoints", "total_size": 0, "free_disk": 120_000_000_000, "checkpoints": []},
}
_CHECK: dict[str, Any] = {
    "name": "cuda:0",
    "state": "ok",
    "detail": "NVIDIA GeForce RTX 3060, 11.6 GiB free",
    "remedy": "",
}


class Disk(BaseModel):
    """Where the data lies."""

    free: int = Field(description="Bytes.")
    total: int = Field(description="Bytes.")


class GpuNow(BaseModel):
    """A GPU of the server's machine at this moment."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    name: str
    driver: str = Field(description="Its version.")
    memory_total: int = Field(description="Bytes.")
    memory_used: int = Field(description="Bytes, by whatever program.")
    busy: float | None = Field(default=None, description="Of the time of late, 0 to 1; null where not told.")
    temperature: float | None = Field(default=None, description="In °C; null where not told.")


class WorkerNow(BaseModel):
    """A process that takes jobs, on whatever machine."""

    name: str
    host: str
    takes: str = Field(description="The jobs that it takes, in words.")
    jobs: list[str] = Field(description="Where those are shown that it does now.")
    started: datetime
    seen: datetime = Field(description="When it was heard of last.")


class System(BaseModel):
    """The machine that the server runs on, its data directory, and who works for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SYSTEM]})

    host: str
    system: str
    processors: int = Field(description="That preparing audio uses.")
    memory: int | None = Field(default=None, description="Bytes; null where not told.")
    versions: dict[str, str]
    data_dir: str
    database: str
    broker: str
    disk: Disk
    sizes: dict[str, int] = Field(
        description="Bytes of each kind of thing in the data directory, as of a minute ago at most; a file of several "
        "names counts once."
    )
    gpus: list[GpuNow]
    queue: dict[JobState, int] = Field(description="How many jobs are in each state.")
    workers: list[WorkerNow] = Field(description="Heard of lately.")
    cache: CacheInfo = Field(description="Base checkpoints; DELETE /api/checkpoints/cache/clear clears them.")


class SystemCheck(BaseModel):
    """Whether one part of the machine does its work: it was really used."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_CHECK]})

    name: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    remedy: str = Field(description="What to do about it; empty where nothing is known or needed.")


class SystemChecks(BaseModel):
    """What the doctor found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"checks": [_CHECK], "begun": "2026-05-04T09:31:12Z", "ended": "2026-05-04T09:31:27Z"}]
        }
    )

    checks: list[SystemCheck] = Field(description="Those that are done, in their order.")
    begun: datetime
    ended: datetime | None = Field(default=None, description="null while it goes on: ask again in a moment.")


def shown(view: SystemView, cache: dict[str, Any]) -> System:
    """The machine as the door shows it."""
    names = ("host", "system", "processors", "memory", "versions", "database", "broker", "sizes")
    workers = [
        WorkerNow(
            **{name: getattr(one.worker, name) for name in ("name", "host", "takes", "started", "seen")},
            jobs=[href_of(job.id) for job in one.jobs],
        )
        for one in view.workers
    ]
    return System(
        **{name: getattr(view, name) for name in names},
        data_dir=str(view.data_dir),
        disk=Disk(free=view.disk_free, total=view.disk_total),
        gpus=[GpuNow.model_validate(gpu) for gpu in view.gpus],
        queue=dict(view.jobs),
        workers=workers,
        cache=CacheInfo.model_validate(cache),
    )


def shown_checks(findings: Findings) -> SystemChecks:
    """What the doctor found, as the door shows it."""
    checks = [SystemCheck.model_validate(check) for check in findings.checks]
    return SystemChecks(checks=checks, begun=findings.begun, ended=findings.ended)
