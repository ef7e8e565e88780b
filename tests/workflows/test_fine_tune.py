"""Beginning a run and going on with one: with which learning rate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.engine.safe_load import load_checkpoint_file
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import RunRecord
from coaxial.workflows.fine_tune import fine_tune, resume
from engine.conftest import write_dataset

DATASET = "hum-x_low-000000000000"
ONE_STEP = TrainOptions(Budget(steps=1), batch_size=1, device="cpu")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "data", 1)
    prepared = write_dataset(settings.datasets / DATASET, clips=3, held_out=1)
    with open_store(settings) as store:
        store.add_dataset(prepared, [])
    return settings


def trained_with(run: RunRecord) -> float:
    """The rate of the run's first step."""
    return float(json.loads((run.folder / "metrics.jsonl").read_text().splitlines()[0])["learning_rate"])


def test_a_run_says_which_rate_it_took_where_none_was_asked_for(settings: Settings) -> None:
    run = fine_tune(settings, DATASET, ONE_STEP, Silent())
    assert run.options["learning_rate"] == trained_with(run) == 4e-4
    contents = load_checkpoint_file(run.folder / "checkpoints" / "last.ckpt")
    told = contents["hyper_parameters"]
    assert (told["learning_rate"], told["learning_rate_d"]) == (4e-4, 2e-4)
    assert [state["param_groups"][0]["lr"] for state in contents["optimizer_states"]] == [4e-4, 2e-4]
    again = fine_tune(settings, DATASET, ONE_STEP, Silent())
    assert again.name == run.name


def test_a_run_from_a_base_takes_the_rate_of_a_base(settings: Settings) -> None:
    first = fine_tune(settings, DATASET, ONE_STEP, Silent())
    base = first.folder / "checkpoints" / "last.ckpt"
    second = fine_tune(settings, DATASET, TrainOptions(Budget(steps=1), base, batch_size=1, device="cpu"), Silent())
    assert second.options["learning_rate"] == trained_with(second) == 2e-4


def test_a_run_that_was_begun_with_another_rate_goes_on_with_it(settings: Settings) -> None:
    # As an earlier version wrote it, which took 2e-4 from random weights too.
    budget = {"epochs": None, "steps": 1, "minutes": None}
    options = {"budget": budget, "base": None, "batch_size": 1, "learning_rate": 2e-4, "device": "cpu"}
    with open_store(settings) as store:
        store.add_run("hum-x_low-1", DATASET, options, settings.runs / "hum-x_low-1")
    run = resume(settings, "hum-x_low-1", Silent())
    assert run.state == "finished"
    assert run.options["learning_rate"] == trained_with(run) == 2e-4
