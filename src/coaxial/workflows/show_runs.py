"""Runs as pages show them: how each stands, what it wrote, and what its checkpoints said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coaxial.domain.errors import InUse, NotFound
from coaxial.domain.files import file_status
from coaxial.domain.jobs import LIVE
from coaxial.metrics.index import index_of
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.job_records import JobRecord
from coaxial.store.records import CheckpointRecord, RunRecord
from coaxial.workflows.browse import really
from coaxial.workflows.gpus import gpu_memory_of
from coaxial.workflows.removal import Removal, run_removal


@dataclass(frozen=True)
class RunView:
    """A run, and how it stands."""

    run: RunRecord
    """One that was killed is "stopped"."""
    job: JobRecord | None
    """The latest that trains it; None for one that the command line trains."""
    step: int
    """Of the latest line of metrics."""
    epoch: int
    steps_per_second: float | None
    seconds_left: float | None
    gpu_memory: int | None
    """Bytes that it has on this machine's GPUs."""
    best: CheckpointRecord | None
    """By validation."""
    checkpoints: int


def run_page(settings: Settings, first: int, many: int, dataset: str | None) -> tuple[list[RunView], int]:
    """Some runs, newest first, and how many there are in all. dataset: only its runs."""
    with open_store(settings) as store:
        runs = store.runs(dataset)[::-1]
        jobs = store.jobs_of_runs()
        return [_view(settings, store, run, jobs.get(run.name)) for run in runs[first : first + many]], len(runs)


def run_view(settings: Settings, name: str) -> RunView:
    """One run. Raises: NotFound."""
    with open_store(settings) as store:
        run = store.run(name)
        return _view(settings, store, run, store.jobs_of_runs().get(name))


def run_checkpoints(settings: Settings, name: str) -> list[tuple[CheckpointRecord, int | None]]:
    """What a run wrote, by step, and the bytes of each; None for one that is gone. Raises: NotFound."""
    with open_store(settings) as store:
        found = store.checkpoints(name)
    statuses = [file_status(one.file) for one in found]
    return [(one, status.st_size if status else None) for one, status in zip(found, statuses, strict=True)]


def deletion_of_run(settings: Settings, name: str) -> Removal:
    """Deleting a run. Raises: NotFound; `carry_out` also InUse where a job trains it, or is about to."""
    removal = run_removal(settings, name)

    def carry_out() -> None:
        with open_store(settings) as store:
            for job in store.jobs(LIVE):
                if job.kind == "train" and job.result.get("run") == name:
                    raise InUse(
                        f"The run {name} cannot go while job {job.id} trains it ({job.state}).",
                        remedy="Cancel that job first.",
                    )
        removal.carry_out()

    return Removal(removal.sentence, carry_out)


@dataclass(frozen=True)
class SpokenSentence:
    """A held-out sentence, as recorded and as checkpoints said it."""

    id: str
    text: str
    recording: str
    """File names relative to the folder of samples."""
    spoken: Sequence[tuple[int, str]]
    """Step, and the file that its checkpoint spoke; by step."""


def run_samples(settings: Settings, name: str) -> list[SpokenSentence]:
    """The sentences that every checkpoint of a run speaks. Raises: NotFound."""
    with open_store(settings) as store:
        folder = store.run(name).folder / "samples"
    spoken: dict[str, list[tuple[int, str]]] = {}
    for place in folder.glob("step-*"):
        step = place.name.removeprefix("step-")
        if step.isdecimal():
            for file in place.glob("*.wav"):
                spoken.setdefault(file.stem, []).append((int(step), f"{place.name}/{file.name}"))
    return [
        SpokenSentence(id, text, f"reference/{id}.wav", sorted(spoken.get(id, [])))
        for id, text in _sentences(folder / "reference" / "sentences.txt")
    ]


def sample_file(settings: Settings, name: str, file: str) -> Path:
    """One of the files that `run_samples` names. Raises: NotFound."""
    with open_store(settings) as store:
        folder = store.run(name).folder / "samples"
    # Looked up among those that are there: a name from outside never becomes a path.
    known = {path.relative_to(folder).as_posix(): path for path in folder.glob("*/*.wav")}
    if file not in known:
        raise NotFound(f"The run {name} has no sample {file!r}.", remedy="Ask for its list of samples.")
    return known[file]


def _sentences(path: Path) -> list[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []  # it has not begun to train
    return [(id, text) for id, _, text in (line.partition("\t") for line in lines)]


def _view(settings: Settings, store: Store, run: RunRecord, job: JobRecord | None) -> RunView:
    run = really(settings, run)
    checkpoints = store.checkpoints(run.name)
    step, epoch = run.step, max((one.epoch for one in checkpoints), default=0)
    if run.state != "finished":
        index = index_of(run.folder)
        with index.up_to_date():
            heads = index.training.heads()
            step, epoch = (int(heads["step"][-1]), int(heads["epoch"][-1])) if len(heads) else (step, epoch)
    works = job is not None and job.state == "running"
    validated = [one for one in checkpoints if one.kind == "step" and one.validation_mel is not None]
    best = [one for one in checkpoints if one.kind == "best"] or sorted(
        validated, key=lambda one: one.validation_mel or 0
    )
    return RunView(
        run,
        job,
        step,
        epoch,
        _speed(job, step) if job is not None and works else None,
        job.seconds_left if job is not None and works else None,
        gpu_memory_of(job) if job is not None and works else None,
        best[0] if best else None,
        len({one.step for one in checkpoints}),
    )


def _speed(job: JobRecord, step: int) -> float | None:
    if job.unit == "steps":
        return job.rate or None
    # A budget of minutes counts the seconds that were trained.
    return step / job.done if job.unit == "s" and job.done > 0 and step else None
