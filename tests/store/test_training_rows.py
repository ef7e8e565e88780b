"""Datasets, runs, checkpoints and voices in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import InUse, InvalidOption, NotFound
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.store import Store, open_store


def prepared(folder: Path, name: str = "anna-medium-1") -> PreparedDataset:
    clip = Clip("a", "Hello.", "anna", 0, [1, 2], 44100, False)
    return PreparedDataset(
        folder=folder / "datasets" / name,
        name="anna",
        fingerprint="f" * 64,
        quality=Quality.MEDIUM,
        language="en-US",
        espeak_voice="en-us",
        speakers={"anna": 0},
        settings={"margin": 0.25},
        clips=[clip],
    )


def test_a_dataset_is_found_by_its_name_and_by_what_it_was_prepared_from(store: Store, tmp_path: Path) -> None:
    store.add_dataset(prepared(tmp_path), [])
    newest = store.add_dataset(prepared(tmp_path, "anna-high-2"), [])
    assert store.dataset("anna-medium-1").clips == 1
    assert store.dataset("anna") == newest
    assert newest.folder == tmp_path / "datasets" / "anna-high-2"
    with pytest.raises(NotFound, match="coaxial prepare bert"):
        store.dataset("bert")


def test_preparing_a_dataset_again_keeps_one_row(store: Store, tmp_path: Path) -> None:
    first = store.add_dataset(prepared(tmp_path), [])
    assert store.add_dataset(prepared(tmp_path), []) == first
    assert store.datasets() == [first]


def test_paths_follow_a_data_directory_that_was_moved(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with open_store(Settings(tmp_path / "old", 1)) as store:
        store.add_dataset(prepared(tmp_path / "old"), [])
    (tmp_path / "old").rename(tmp_path / "new")
    with open_store(Settings(tmp_path / "new", 1)) as store:
        assert store.dataset("anna").folder == tmp_path / "new" / "datasets" / "anna-medium-1"


def test_a_run_remembers_its_options_state_and_checkpoints(store: Store, tmp_path: Path) -> None:
    store.add_dataset(prepared(tmp_path), [])
    run = store.add_run("anna-r1", "anna", {"seed": 1}, tmp_path / "runs" / "anna-r1", base="amy.ckpt")
    assert (run.state, run.step, run.dataset, run.options, run.finished) == (
        "running",
        0,
        "anna-medium-1",
        {"seed": 1},
        None,
    )
    store.add_checkpoint("anna-r1", run.folder / "last.ckpt", 10, 1, "last")
    store.add_checkpoint("anna-r1", run.folder / "last.ckpt", 20, 2, "last", 0.5)
    store.add_checkpoint("anna-r1", run.folder / "step=10.ckpt", 10, 1, "step")
    assert [(found.file.name, found.step) for found in store.checkpoints("anna-r1")] == [
        ("step=10.ckpt", 10),
        ("last.ckpt", 20),
    ]
    store.remove_checkpoint("anna-r1", run.folder / "step=10.ckpt")
    assert [found.validation_mel for found in store.checkpoints("anna-r1")] == [0.5]
    finished = store.set_run_state("anna-r1", "finished", 20)
    assert finished.finished is not None
    assert store.runs() == [finished]


def test_a_run_s_name_is_given_once(store: Store, tmp_path: Path) -> None:
    store.add_dataset(prepared(tmp_path), [])
    store.add_run("r", "anna", {}, tmp_path / "runs" / "r")
    with pytest.raises(InvalidOption, match="There is a run named 'r' already"):
        store.add_run("r", "anna", {}, tmp_path / "runs" / "r")


def test_a_dataset_stays_while_a_run_needs_it_and_a_voice_outlives_its_run(store: Store, tmp_path: Path) -> None:
    store.add_dataset(prepared(tmp_path), [])
    store.add_run("r", "anna", {}, tmp_path / "runs" / "r")
    store.add_checkpoint("r", tmp_path / "runs" / "r" / "last.ckpt", 1, 1, "last")
    store.add_voice("en_US-anna-medium", "r", "last.ckpt", tmp_path / "voices" / "en_US-anna", "en-US", "medium")
    with pytest.raises(InUse, match="coaxial runs delete r"):
        store.delete_dataset("anna-medium-1")
    assert store.delete_run("r") == tmp_path / "runs" / "r"
    assert store.delete_dataset("anna-medium-1") == tmp_path / "datasets" / "anna-medium-1"
    voice = store.voice("en_US-anna-medium")
    assert (voice.run, voice.onnx.name) == ("", "en_US-anna-medium.onnx")
    assert store.delete_voice(voice.name) == voice.folder
    assert store.voices() == []
