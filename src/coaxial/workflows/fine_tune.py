"""Training a run of a dataset, from a base checkpoint or from random weights, to the end of its budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.domain.errors import BaseMismatch, CoaxialError, Interrupted, NotFound
from coaxial.domain.fitting import misfits
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Progress
from coaxial.domain.quality import NUM_SYMBOLS, Quality
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.records import DatasetRecord, RunRecord
from coaxial.workflows.locks import locked
from coaxial.workflows.resolve_base import note_use, with_base_file

if TYPE_CHECKING:
    from coaxial.engine.run_folder import WrittenCheckpoint


def fine_tune(
    settings: Settings,
    dataset_name: str,
    options: TrainOptions,
    progress: Progress,
    quality: Quality | None = None,
    on_begun: Callable[[RunRecord], None] = lambda run: None,
) -> RunRecord:
    """Train a run of a dataset; one that was begun with the same options and stopped is resumed where it was.

    dataset_name: a dataset's, or the name it was prepared from: the newest one, of that quality where one is given.
    on_begun: told which run it is, before it trains.

    Raises: NotFound (dataset, base), DownloadFailed (the base), BaseMismatch, Interrupted, TrainingDiverged,
    OutOfMemory, StorageFailure, InUse.
    """
    with open_store(settings) as store:
        dataset = _choose(store, dataset_name, quality)
        options = with_base_file(settings, options, Quality(dataset.quality), progress)
        _refuse_unfit_base(dataset, options)
        # A run keeps the rate that it began with, whatever a later version takes where none is asked for.
        options = replace(options, learning_rate=options.first_learning_rate)
        with locked(settings, f"begin-{dataset.name}", f"the dataset {dataset.name}", wait=True):
            run = _begun_before(store, dataset.name, options) or _begin(store, settings, dataset.name, options)
        on_begun(run)
        return _train(store, settings, run, options.device, progress)


def resume(settings: Settings, run_name: str, progress: Progress, device: str | None = None) -> RunRecord:
    """Train a run on to the end of its budget; device: where, if not where it was begun.

    Raises: NotFound (the run), and as fine_tune.
    """
    with open_store(settings) as store:
        run = store.run(run_name)
        return _train(store, settings, run, device or str(run.options["device"]), progress)


def _refuse_unfit_base(dataset: DatasetRecord, options: TrainOptions) -> None:
    """Before a run is begun, so that a wrong file leaves none behind; told from headers, which takes a moment."""
    if options.base is None:
        return
    base = inspect_checkpoint(options.base, weights=False)
    if base.is_voice and base.quality is None:
        return  # a voice of an unusual size: its graph, which training reads, tells more than its headers
    speakers = max(len(PreparedDataset.load(dataset.folder).speakers), 1)
    quality = Quality(dataset.quality)
    if base.quality is not None and base.shape is not None:
        for mismatch in misfits(base.path.name, base.quality, base.shape, quality, speakers, NUM_SYMBOLS):
            raise mismatch
    for sentence in fits(base, quality, speakers, NUM_SYMBOLS):
        raise BaseMismatch(sentence, remedy="Choose another: coaxial checkpoints list")


def _choose(store: Store, name: str, quality: Quality | None) -> DatasetRecord:
    if quality is None:
        return store.dataset(name)
    found = [row for row in store.datasets() if name in (row.name, row.selection) and row.quality == quality]
    if not found:
        raise NotFound(
            f"There is no {quality} dataset of {name!r}.",
            remedy=f"Prepare one with: coaxial prepare {name} --quality {quality}",
        )
    return found[-1]


def _begun_before(store: Store, dataset: str, options: TrainOptions) -> RunRecord | None:
    """The newest run of the dataset with the very same options, finished or not; where it trains is no matter."""
    wanted = replace(options, device="auto")
    same = [run for run in store.runs(dataset) if replace(_from_json(run.options), device="auto") == wanted]
    return same[-1] if same else None


def _begin(store: Store, settings: Settings, dataset: str, options: TrainOptions) -> RunRecord:
    record = store.dataset(dataset)
    taken = {run.name for run in store.runs()}
    stem = f"{record.selection}-{record.quality}"
    number = next(n for n in range(1, len(taken) + 2) if f"{stem}-{n}" not in taken)
    name = f"{stem}-{number}"
    base = str(options.base) if options.base else ""
    return store.add_run(name, dataset, _as_json(options), settings.runs / name, base)


def _train(store: Store, settings: Settings, run: RunRecord, device: str, progress: Progress) -> RunRecord:
    from coaxial.engine.train import train

    if run.state == "finished":
        progress.say(f"The run {run.name} is finished: {run.step} steps.")
        return run
    options = replace(_from_json(run.options), device=device)
    with locked(settings, f"run-{run.name}", f"the run {run.name}"):
        progress.say(f"Run {run.name} (goes on after an interruption with: coaxial resume {run.name})")
        store.set_run_state(run.name, "running", run.step)
        if options.base is not None and not store.checkpoints(run.name):
            options = with_base_file(settings, options, Quality(store.dataset(run.dataset).quality), progress)
            note_use(settings, options)
        dataset = PreparedDataset.load(store.dataset(run.dataset).folder)
        try:
            result = train(
                run.folder, dataset, options, progress, lambda written: _note(store, run.name, run.folder, written)
            )
        except CoaxialError as error:
            stopped = isinstance(error, Interrupted)
            store.set_run_state(run.name, "stopped" if stopped else "failed", store.run(run.name).step)
            raise
        return store.set_run_state(run.name, "finished", result.step)


def _note(store: Store, run: str, folder: Path, written: WrittenCheckpoint) -> None:
    """Bring the rows in line with the files that are there."""
    store.add_checkpoint(run, written.path, written.step, written.epoch, written.kind, written.validation_mel)
    for row in store.checkpoints(run):
        if not row.file.exists():
            store.remove_checkpoint(run, row.file)
    store.set_run_state(run, "running", written.step)


def _as_json(options: TrainOptions) -> dict[str, Any]:
    return {**asdict(options), "base": str(options.base) if options.base else None}


def _from_json(values: Mapping[str, Any]) -> TrainOptions:
    budget = Budget(**values["budget"])
    base = Path(values["base"]) if values["base"] else None
    return TrainOptions(**{**values, "budget": budget, "base": base})
