"""From a job's kind to the workflow that does it, and to the names of what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from coaxial.domain.errors import EmptyDataset, InvalidOption
from coaxial.domain.progress import Progress
from coaxial.jobs.kinds import (
    DownloadArguments,
    ExportArguments,
    ImportArguments,
    PrepareArguments,
    TrainArguments,
    parse,
)
from coaxial.settings import Settings
from coaxial.store.job_records import JobRecord
from coaxial.store.records import RunRecord

Note = Callable[[Mapping[str, Any]], None]
"""Writes down what is made already, so that a later attempt goes on with the very same."""


def do(
    settings: Settings, job: JobRecord, earlier: Mapping[str, Any], progress: Progress, note: Note
) -> dict[str, Any]:
    """Do a job's work, going on where an earlier attempt left it.

    earlier: the result of the job that it waited for. Returns: names of what was made.
    Raises: what the workflow raises.
    """
    arguments = parse(job.kind, job.arguments)
    if isinstance(arguments, ImportArguments):
        return _import(settings, arguments, progress, note)
    if isinstance(arguments, PrepareArguments):
        return _prepare(settings, arguments, progress)
    if isinstance(arguments, DownloadArguments):
        return _download(settings, arguments, progress)
    if isinstance(arguments, TrainArguments):
        return _train(settings, arguments, job.result.get("run"), earlier, progress, note)
    return _export(settings, arguments, earlier, progress)


def _import(settings: Settings, arguments: ImportArguments, progress: Progress, note: Note) -> dict[str, Any]:
    from coaxial.workflows.import_speech import import_speech

    report = import_speech(settings, arguments.source, arguments.name, arguments.language, progress)
    saved = {"report": report.folder.name if report.folder is not None else ""}
    # One that took nothing fails, and its report says why.
    note(saved)
    for line in report.summary_lines(most=10):
        progress.say(line)
    if not report.taken:
        raise EmptyDataset(
            f"None of the {report.rejected} recordings in {Path(report.source).name} can be used.",
            remedy="The reasons are in the job's log, and in the report.",
        )
    return {"name": arguments.name, "taken": report.taken, "rejected": report.rejected, **saved}


def _prepare(settings: Settings, arguments: PrepareArguments, progress: Progress) -> dict[str, Any]:
    from coaxial.workflows.prepare_dataset import prepare_dataset, prepare_reading

    if arguments.prompt_list is None:
        dataset = prepare_dataset(settings, arguments.name, arguments.options, progress)
    else:
        dataset = prepare_reading(settings, arguments.name, arguments.prompt_list, arguments.options, progress)
    for row in dataset.left_out:
        progress.say(f"Left out {row['recording']}: {row['reason']}")
    return {"dataset": dataset.folder.name, "clips": len(dataset.clips), "seconds": dataset.seconds}


def _download(settings: Settings, arguments: DownloadArguments, progress: Progress) -> dict[str, Any]:
    from coaxial.workflows.fetch_base import fetch_base

    fetched = fetch_base(
        settings, arguments.base, progress, quality=arguments.quality, accept_change=arguments.accept_change
    )
    return {"base": fetched.id, "was_here": fetched.was_here}


def _train(
    settings: Settings,
    arguments: TrainArguments,
    begun: str | None,
    earlier: Mapping[str, Any],
    progress: Progress,
    note: Note,
) -> dict[str, Any]:
    from coaxial.workflows.fine_tune import fine_tune, resume

    if begun is not None:
        # The newest dataset of a name may be another one by now; the run keeps its own.
        run = resume(settings, begun, progress, arguments.options.device)
    else:

        def on_begun(run: RunRecord) -> None:
            note({"run": run.name})

        dataset = arguments.dataset or _made_before(earlier, "dataset")
        run = fine_tune(settings, dataset, arguments.options, progress, arguments.quality, on_begun)
    return {"run": run.name, "step": run.step}


def _export(
    settings: Settings, arguments: ExportArguments, earlier: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    from coaxial.workflows.export_voice import export_voice

    run = arguments.run or _made_before(earlier, "run")
    voice = export_voice(settings, run, arguments.checkpoint, None, progress)
    return {"voice": voice.record.name, "run": run}


def _made_before(earlier: Mapping[str, Any], what: str) -> str:
    if what not in earlier:
        raise InvalidOption(f"The job that this one waited for made no {what}.", remedy=f"Name the {what} to work on.")
    return str(earlier[what])
