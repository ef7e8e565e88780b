"""How long a run would take on this machine: told from what earlier ones took here, and else not at all."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

from coaxial.domain.options import TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.records import DatasetRecord, RunRecord
from coaxial.workflows.gpus import list_gpus

FEWEST_STEPS = 20
"""Of a sitting from which something can be told."""


@dataclass(frozen=True)
class Estimate:
    """What is known before a run begins."""

    seconds: float | None
    """None where nothing of the kind was measured on this machine yet."""
    steps: int | None
    seconds_per_step: float | None
    runs: list[str]
    """Those that it was told from."""
    sentence: str


@dataclass(frozen=True)
class _Pace:
    run: str
    batch_size: int
    seconds: float
    """A step."""


def estimate_run(settings: Settings, dataset_name: str, options: TrainOptions) -> Estimate:
    """Raises: NotFound (the dataset)."""
    with open_store(settings) as store:
        dataset = store.dataset(dataset_name)
        device = _device(options)
        paces = _paces(store, dataset, options, device)
    if not paces:
        sentence = f"No {dataset.quality} run with such a batch was trained on this machine's {device} yet."
        minutes = options.budget.minutes
        if minutes is not None:
            return Estimate(
                60 * minutes, None, None, [], f"The budget says it. How many steps that are is not known: {sentence}"
            )
        return Estimate(
            None, options.budget.steps, None, [], f"{sentence} After its first steps the run says it itself."
        )
    step = sum(pace.seconds for pace in paces) / len(paces)
    steps, seconds = _steps(dataset, options, paces[-1].batch_size, step)
    names = [pace.run for pace in paces]
    sentence = f"From what a step took in {', '.join(names[-3:])}: {step:.3g} s with batches of {paces[-1].batch_size}."
    return Estimate(seconds, steps, step, names, sentence)


def _device(options: TrainOptions) -> str:
    """The name of what would train, as a run's pace has it."""
    names = [gpu.name for gpu in list_gpus()]
    first = options.devices[0]
    if first == "cpu" or (first == "auto" and not names):
        return "cpu"
    number = first.partition(":")[2] or "0"
    return names[int(number)] if number.isdecimal() and int(number) < len(names) else first


def _paces(store: Store, dataset: DatasetRecord, options: TrainOptions, device: str) -> list[_Pace]:
    """Of runs like this one; those of its own dataset where there are any, else those of the latest batch size."""
    tiers = {one.name: one.quality for one in store.datasets()}
    alike = [run for run in store.runs() if tiers.get(run.dataset) == dataset.quality]
    found = [(run, pace) for run in alike if (pace := _pace(run, options, device)) is not None]
    found = [one for one in found if one[0].dataset == dataset.name] or found
    return [pace for _, pace in found if pace.batch_size == found[-1][1].batch_size]


def _pace(run: RunRecord, options: TrainOptions, device: str) -> _Pace | None:
    try:
        told: dict[str, Any] = json.loads((run.folder / "pace.json").read_bytes())
        steps, batch, seconds = int(told["steps"]), int(told["batch_size"]), float(told["seconds"])
        where = str(told["host"]), str(told["device"]), int(told["devices"])
        precision = str(told["precision"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    chosen = options.batch_size if options.batch_size is not None else run.options.get("batch_size")
    same_batch = batch == chosen if options.batch_size is not None else chosen is None
    same_place = where == (socket.gethostname(), device, len(options.devices))
    if steps < FEWEST_STEPS or not (same_batch and same_place and options.precision in ("auto", precision)):
        return None
    return _Pace(run.name, batch, seconds / steps)


def _steps(dataset: DatasetRecord, options: TrainOptions, batch: int, step: float) -> tuple[int, float]:
    """Steps and seconds."""
    budget = options.budget
    if budget.minutes is not None:
        return max(1, round(60 * budget.minutes / step)), 60 * budget.minutes
    if budget.steps is not None:
        return budget.steps, budget.steps * step
    trained = sum(not clip.held_out for clip in PreparedDataset.load(dataset.folder).clips)
    steps = (budget.epochs or 0) * -(-trained // batch)
    return steps, steps * step
