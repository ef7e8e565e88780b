"""The commands of the queue: worker, and jobs with its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from coaxial.cli.arguments import AsJson, DataDir, PrepareFlags, TrainFlags, device_of
from coaxial.cli.logs import log_into
from coaxial.cli.parts import end_with_whoever_started
from coaxial.cli.presenting import print_fields, print_json, print_table
from coaxial.domain.jobs import ENDED, JobKind, JobState
from coaxial.domain.plain import as_plain
from coaxial.domain.quality import Quality
from coaxial.settings import Settings

Id = Annotated[int, Parameter(name="JOB", help="Its number, as listed.")]
After = Annotated[int | None, Parameter(help="Number of a job that has to be done before.")]

_FOLLOW_SECONDS = 0.5


def add_to(app: App) -> None:
    """Add the commands."""
    app.command(worker, sort_key=28)
    group = App(name="jobs", help="Queue work for the worker, look at it and steer it.", sort_key=29)
    for command in (show, cancel, pause, resume, retry, log):
        group.command(command)
    group.command(list_all, name="list")
    submitting = App(name="submit", help="Queue work; prints the job's number. A worker does it.")
    submitting.command(submit_import, name="import")
    submitting.command(submit_prepare, name="prepare")
    submitting.command(submit_download, name="download")
    submitting.command(submit_train, name="train")
    submitting.command(submit_export, name="export")
    group.command(submitting)
    app.command(group)


def worker(
    *,
    gpus: Annotated[str | None, Parameter(help="Numbers of the GPUs to train on, such as 0,1; otherwise all.")] = None,
    data_dir: DataDir = None,
) -> int:
    """Do the jobs of the queue, until Ctrl-C; what runs then stops with a checkpoint and goes on next time.

    One training at a time per GPU, and COAXIAL_CPU_JOBS other jobs beside it.
    """
    chosen = device_of(gpus)
    numbers = None if chosen is None else [int(one.removeprefix("cuda:")) for one in chosen.split(",")]
    import logging

    from coaxial.jobs.worker import run_worker

    settings = Settings.read(data_dir)
    log_into(settings, "worker", shown=logging.INFO)
    end_with_whoever_started()
    return run_worker(settings, numbers, lambda sentence: print(sentence, file=sys.stderr, flush=True))


def list_all(
    *,
    state: Annotated[
        tuple[JobState, ...], Parameter(help="Only those in this state; may be given several times.")
    ] = (),
    kind: Annotated[tuple[JobKind, ...], Parameter(help="Only those of this kind; may be given several times.")] = (),
    json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List jobs, the newest first."""
    from coaxial.jobs.queue import open_queue

    with open_queue(Settings.read(data_dir)) as queue:
        found = [job for job in queue.jobs(state) if not kind or job.kind in kind]
    if json:
        print_json(found)
    else:
        print_table([_line(asdict(job)) for job in found], "There are no jobs.")


def show(id: Id, /, *, json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show one job."""
    from coaxial.jobs.queue import open_queue

    with open_queue(Settings.read(data_dir)) as queue:
        found = {**asdict(queue.job(id)), "awaited_by": [job.id for job in queue.after(id)]}
    if json:
        print_json(found)
    else:
        print_fields({name: value for name, value in found.items() if value not in ("", None, [], {})})


def cancel(id: Id, /, *, data_dir: DataDir = None) -> None:
    """Stop a job for good, and what waits for it. What a training did is kept: jobs retry goes on there."""
    _steer(data_dir, "cancel", id)


def pause(id: Id, /, *, data_dir: DataDir = None) -> None:
    """Stop a job with a checkpoint and free its GPU, until it is resumed."""
    _steer(data_dir, "pause", id)


def resume(id: Id, /, *, data_dir: DataDir = None) -> None:
    """Queue a paused job again; it goes on where it was."""
    _steer(data_dir, "resume", id)


def retry(id: Id, /, *, data_dir: DataDir = None) -> None:
    """Queue a failed or cancelled job again; it goes on where it was."""
    _steer(data_dir, "retry", id)


def log(
    id: Id,
    /,
    *,
    follow: Annotated[bool, Parameter(help="Go on until the job has ended.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print what a job said."""
    from coaxial.jobs.queue import open_queue

    with open_queue(Settings.read(data_dir)) as queue:
        last = 0
        while True:
            # Asked before the lines are: none can come between the last look and the end.
            ended = queue.job(id).state in ENDED
            for line in queue.log(id, after=last):
                print(f"{line.time.astimezone():%Y-%m-%d %H:%M:%S}  {line.text}", flush=True)
                last = line.id
            if ended or not follow:
                return
            time.sleep(_FOLLOW_SECONDS)


def submit_import(
    source: Annotated[Path, Parameter(name="SOURCE", help="Folder, ZIP or transcript table, as of coaxial import.")],
    /,
    *,
    name: Annotated[str, Parameter(help="What to call it: letters, digits, _ and -.")],
    language: Annotated[str, Parameter(help="Language that is spoken, such as en-US, de-DE or sv-SE.")],
    after: After = None,
    data_dir: DataDir = None,
) -> None:
    """Queue an import of recordings."""
    whole = str(source.expanduser().resolve())
    _submit(data_dir, "import", {"source": whole, "name": name, "language": language}, after)


def submit_prepare(
    name: Annotated[str, Parameter(name="NAME", help="Profile or prompt list whose recordings are prepared.")],
    /,
    *,
    flags: Annotated[PrepareFlags | None, Parameter(name="*")] = None,
    after: After = None,
    data_dir: DataDir = None,
) -> None:
    """Queue the preparing of a dataset."""
    _submit(data_dir, "prepare", {"name": name, "options": as_plain((flags or PrepareFlags()).options())}, after)


def submit_download(
    base: Annotated[str, Parameter(name="ID", help="Base checkpoint, such as en-US.amy.")],
    /,
    *,
    after: After = None,
    data_dir: DataDir = None,
) -> None:
    """Queue the fetching of a base checkpoint."""
    _submit(data_dir, "download", {"base": base}, after)


def submit_train(
    dataset: Annotated[
        str | None,
        Parameter(name="DATASET", help="Dataset, or the name it was prepared from; otherwise what --after prepares."),
    ] = None,
    /,
    *,
    quality: Annotated[
        Quality | None, Parameter(help="Of the dataset, where several were prepared.", name_transform=str.lower)
    ] = None,
    flags: Annotated[TrainFlags | None, Parameter(name="*")] = None,
    after: After = None,
    data_dir: DataDir = None,
) -> None:
    """Queue the training of a run."""
    options = (flags or TrainFlags()).options()
    base = str(options.base.expanduser().resolve()) if options.base else None
    told = {"dataset": dataset, "quality": as_plain(quality), "options": {**as_plain(options), "base": base}}
    _submit(data_dir, "train", told, after)


def submit_export(
    run: Annotated[
        str | None, Parameter(name="RUN", help="Run to make a voice of; otherwise the one that --after trains.")
    ] = None,
    /,
    *,
    checkpoint: Annotated[str, Parameter(help="best (by validation), last, or a checkpoint file.")] = "best",
    after: After = None,
    data_dir: DataDir = None,
) -> None:
    """Queue the export of a voice."""
    _submit(data_dir, "export", {"run": run, "checkpoint": checkpoint}, after)


def _submit(data_dir: Path | None, kind: str, arguments: Mapping[str, Any], after: int | None) -> None:
    from coaxial.jobs.queue import open_queue

    with open_queue(Settings.read(data_dir)) as queue:
        print(queue.submit(kind, arguments, after).id)


def _steer(data_dir: Path | None, what: str, id: int) -> None:
    from coaxial.jobs.queue import open_queue

    with open_queue(Settings.read(data_dir)) as queue:
        steer: Callable[[int], Any] = getattr(queue, what)
        job = steer(id)
    stopping = " (and stops now)" if job.state == "running" and job.wanted == "pause" else ""
    print(f"Job {id} is {job.state}{stopping}.")


def _line(job: Mapping[str, Any]) -> dict[str, Any]:
    total = "" if job["total"] is None else f"/{job['total']:g}"
    figures = f"{job['stage']}: {job['done']:g}{total} {job['unit']}".strip() if job["stage"] else ""
    return {
        "job": job["id"],
        "kind": job["kind"],
        "state": job["state"],
        "attempts": job["attempts"],
        "after": job["waits_for"],
        "created": job["created"],
        "how it stands": job["failure"] or figures,
    }
