"""What each kind of job is told: checked when it is queued, so that a mistake is not found out an hour later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coaxial.domain.errors import InvalidOption
from coaxial.domain.jobs import KINDS, JobKind
from coaxial.domain.names import check_name
from coaxial.domain.options import PrepareOptions, TrainOptions
from coaxial.domain.plain import as_plain, from_plain
from coaxial.domain.quality import Quality

_GPU = re.compile(r"cuda:(0|[1-9][0-9]{0,3})")


@dataclass(frozen=True)
class ImportArguments:
    """Of an import."""

    source: Path
    """Folder, ZIP or transcript table; absolute, for a worker has another working directory."""
    name: str
    """Of the profile and prompt list."""
    language: str

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.source.is_absolute():
            raise InvalidOption(f"The source {self.source} is no absolute path.", remedy="Give the whole path.")


@dataclass(frozen=True)
class PrepareArguments:
    """Of preparing a dataset."""

    name: str
    """Profile or prompt list; with a prompt list below, the profile."""
    prompt_list: str | None = None
    """Only the profile's recordings of this one."""
    options: PrepareOptions = field(default_factory=PrepareOptions)


@dataclass(frozen=True)
class DownloadArguments:
    """Of fetching a base checkpoint."""

    base: str
    """Its id, such as en-US.amy."""
    quality: Quality | None = None
    accept_change: bool = False


@dataclass(frozen=True)
class TrainArguments:
    """Of a training."""

    options: TrainOptions
    dataset: str | None = None
    """A dataset, or the name it was prepared from; None: what the job that this one waits for prepares."""
    quality: Quality | None = None

    def __post_init__(self) -> None:
        devices = self.options.devices
        # No worker has a place for any other, and the job would wait for one for ever.
        if devices not in (["auto"], ["cpu"], ["cuda"]) and not all(_GPU.fullmatch(one) for one in devices):
            raise InvalidOption(
                f"{self.options.device!r} is no device for a job.",
                remedy="Use auto, cpu, cuda or cuda:N; several of the last with commas between train together.",
            )


@dataclass(frozen=True)
class ExportArguments:
    """Of exporting a voice."""

    run: str | None = None
    """None: the run of the job that this one waits for."""
    checkpoint: str = "best"


Arguments = ImportArguments | PrepareArguments | DownloadArguments | TrainArguments | ExportArguments

_OF: dict[JobKind, type[Arguments]] = {
    "import": ImportArguments,
    "prepare": PrepareArguments,
    "download": DownloadArguments,
    "train": TrainArguments,
    "export": ExportArguments,
}


def parse(kind: str, arguments: Mapping[str, Any]) -> Arguments:
    """The checked arguments of a kind of job. Raises: InvalidOption."""
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise InvalidOption(f"There is no kind of job named {kind!r}.", remedy=f"There are: {', '.join(KINDS)}.")
    return from_plain(_OF[known], arguments, f"a job of kind {kind}")


def plain(arguments: Arguments) -> dict[str, Any]:
    """As the table keeps them."""
    return dict(as_plain(arguments))


def refuse_nothing_to_work_on(arguments: Arguments, waits_for: int | None) -> None:
    """Raises: InvalidOption where a job names no dataset or run and waits for no job that would make it."""
    if waits_for is not None:
        return
    if isinstance(arguments, TrainArguments) and not arguments.dataset:
        raise InvalidOption("Training needs a dataset, or a job that prepares one to wait for.")
    if isinstance(arguments, ExportArguments) and not arguments.run:
        raise InvalidOption("Exporting needs a run, or a job that trains one to wait for.")
