"""The tables, in the project's own words; nothing outside this package sees them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Moment(TypeDecorator[datetime]):
    """A point in time: UTC in the table (SQLite keeps no zone), aware in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=timezone.utc)


class Words(TypeDecorator[str]):
    """What a program says. PostgreSQL's text has no NUL, and UTF-8 no lone surrogates, as names of files may have."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def now() -> datetime:
    return datetime.now(timezone.utc)


LARGEST_ID = 2**31 - 1
"""Of a row, and of whatever else is counted in a column: what a PostgreSQL `integer` holds, and is asked about."""


class Base(DeclarativeBase):
    # Named constraints: a later migration can only change what it can name.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, float: Double, str: Text}  # noqa: RUF012  (SQLAlchemy's own form)


class Profile(Base):
    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    language: Mapped[str] = mapped_column(String(35))
    consent: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(default=now)


class PromptList(Base):
    __tablename__ = "prompt_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    language: Mapped[str] = mapped_column(String(35))
    created: Mapped[datetime] = mapped_column(default=now)


class Prompt(Base):
    __tablename__ = "prompts"
    __table_args__ = (
        UniqueConstraint("prompt_list_id", "text"),
        Index("ix_prompts_position", "prompt_list_id", "position"),
        Index("ix_prompts_phonemes", "phonemes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prompt_list_id: Mapped[int] = mapped_column(ForeignKey("prompt_lists.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    phonemes: Mapped[int | None]
    prompt_list: Mapped[PromptList] = relationship()


class Recording(Base):
    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_profile_state", "profile_id", "state"),
        Index("ix_recordings_prompt", "prompt_id"),
        Index("ix_recordings_sha256", "sha256"),
        Index("ix_recordings_source", "source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    prompt_id: Mapped[int] = mapped_column(ForeignKey("prompts.id", ondelete="CASCADE"))
    speaker: Mapped[str] = mapped_column(default="")
    file: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default="kept")
    seconds: Mapped[float]
    rate: Mapped[int]
    channels: Mapped[int]
    speech_start: Mapped[float]
    speech_end: Mapped[float]
    peak: Mapped[float]
    loudness: Mapped[float]
    noise: Mapped[float]
    clipped: Mapped[float]
    begins: Mapped[float | None]
    ends: Mapped[float | None]
    created: Mapped[datetime] = mapped_column(default=now)
    profile: Mapped[Profile] = relationship()
    prompt: Mapped[Prompt] = relationship()


class Dataset(Base):
    __tablename__ = "datasets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    selection: Mapped[str] = mapped_column(String(120), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    quality: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(35))
    settings: Mapped[dict[str, Any]]
    clips: Mapped[int]
    seconds: Mapped[float]
    folder: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)


class DatasetRecording(Base):
    __tablename__ = "dataset_recordings"

    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True)
    recording_id: Mapped[int] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Run(Base):
    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id", ondelete="RESTRICT"), index=True)
    options: Mapped[dict[str, Any]]
    base: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16))
    step: Mapped[int] = mapped_column(default=0)
    folder: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    finished: Mapped[datetime | None]
    dataset: Mapped[Dataset] = relationship()


class Checkpoint(Base):
    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("run_id", "file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    file: Mapped[str]
    step: Mapped[int]
    epoch: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    validation_mel: Mapped[float | None]
    created: Mapped[datetime] = mapped_column(default=now)
    run: Mapped[Run] = relationship()


class Voice(Base):
    __tablename__ = "voices"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    checkpoint: Mapped[str]
    folder: Mapped[str]
    language: Mapped[str] = mapped_column(String(35))
    quality: Mapped[str] = mapped_column(String(16))
    created: Mapped[datetime] = mapped_column(default=now)
    run: Mapped[Run | None] = relationship()


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state", "state"),
        Index("ix_jobs_waits_for", "waits_for"),
        Index("ix_jobs_revision", "revision"),
        Index("uq_jobs_idempotency_key", "idempotency_key", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    wanted: Mapped[str] = mapped_column(String(8), default="run")
    arguments: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stage: Mapped[str] = mapped_column(Words, default="")
    done: Mapped[float] = mapped_column(default=0.0)
    total: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(32), default="")
    note: Mapped[str] = mapped_column(Words, default="")
    rate: Mapped[float] = mapped_column(default=0.0)
    seconds_left: Mapped[float | None]
    attempts: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(Words, default="")
    remedy: Mapped[str] = mapped_column(Words, default="")
    error: Mapped[str] = mapped_column(String(64), default="")
    waits_for: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    worker: Mapped[str] = mapped_column(String(200), default="")
    claim: Mapped[str] = mapped_column(String(32), default="")
    beats: Mapped[int] = mapped_column(default=0)
    heartbeat: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    """What the client called its request: the same request, sent once more, is this job."""


class JobSlot(Base):
    """A part of a machine, such as a GPU, that a job has for itself: the primary key lets no second one have it."""

    __tablename__ = "job_slots"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)


class JobLog(Base):
    __tablename__ = "job_log"
    __table_args__ = (
        Index("ix_job_log_job", "job_id", "id"),
        # Ids of deleted lines must not come again: readers go on after the last one they saw.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    time: Mapped[datetime] = mapped_column(default=now)
    text: Mapped[str] = mapped_column(Words)


class Answer(Base):
    """What a request that creates something was answered, so that it is not done twice when it is sent once more."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_created", "created"),)

    idempotency_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    server: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created: Mapped[datetime] = mapped_column(default=now)


class Worker(Base):
    """A process that takes jobs."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    host: Mapped[str] = mapped_column(String(200))
    takes: Mapped[str]
    started: Mapped[datetime] = mapped_column(default=now)
    seen: Mapped[datetime] = mapped_column(default=now)
