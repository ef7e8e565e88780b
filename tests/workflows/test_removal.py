"""Deleting: all that belongs to a thing, nothing else, and never under somebody's hands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coaxial.domain.errors import InUse, InvalidOption, NotFound
from coaxial.domain.options import PrepareOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.browse import list_runs
from coaxial.workflows.import_speech import import_speech
from coaxial.workflows.locks import locked, speech_key
from coaxial.workflows.prepare_dataset import prepare_dataset
from coaxial.workflows.removal import REMOVALS
from corpora import part_of


@pytest.fixture(scope="module")
def made(robot_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one of each kind; copied, never used itself."""
    folder = tmp_path_factory.mktemp("made")
    settings = Settings(folder / "data", 1)
    for name, clip in (("ada", "robot_0001"), ("bob", "robot_0002")):
        source = part_of(robot_corpus, folder / name, {"a": clip, "shared": "robot_0003"})
        import_speech(settings, source, name, "en-US", Silent())
    dataset = prepare_dataset(settings, "ada", PrepareOptions(quality=Quality.X_LOW), Silent())
    (settings.runs / "ada-1").mkdir(parents=True)
    (settings.voices / "en_US-ada-x_low").mkdir(parents=True)
    with open_store(settings) as store:
        store.add_run("ada-1", dataset.folder.name, {}, settings.runs / "ada-1")
        store.add_voice("en_US-ada-x_low", "ada-1", "best.ckpt", settings.voices / "en_US-ada-x_low", "en-US", "x_low")
    return folder / "data"


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made, tmp_path / "data")
    return Settings(tmp_path / "data", 1)


def remove(settings: Settings, noun: str, name: str) -> None:
    REMOVALS[noun](settings, name).carry_out()


def originals(settings: Settings) -> int:
    return sum(path.is_file() for path in settings.recordings.rglob("*"))


def test_a_profile_goes_with_its_originals_but_not_with_those_others_share(settings: Settings) -> None:
    assert originals(settings) == 3
    assert "2 recordings" in REMOVALS["profiles"](settings, "ada").sentence
    remove(settings, "profiles", "ada")
    assert originals(settings) == 2
    with open_store(settings) as store:
        assert [one.name for one in store.profiles()] == ["bob"]
        assert store.dataset("ada").clips == 2
        assert all(one.file.is_file() for one in store.recordings())


def test_a_prompt_list_goes_with_its_recordings(settings: Settings) -> None:
    remove(settings, "prompt-lists", "bob")
    assert originals(settings) == 2
    with open_store(settings) as store:
        assert [one.name for one in store.prompt_lists()] == ["ada"]


def test_a_run_a_voice_and_a_dataset_go_with_their_folders_and_only_those(settings: Settings) -> None:
    with pytest.raises(InUse, match="still needs it"), open_store(settings) as store:
        remove(settings, "datasets", store.dataset("ada").name)
    remove(settings, "runs", "ada-1")
    assert list(settings.runs.iterdir()) == []
    with open_store(settings) as store:
        dataset, voice = store.dataset("ada"), store.voice("en_US-ada-x_low")
    assert dataset.folder.is_dir()
    assert voice.folder.is_dir()
    remove(settings, "datasets", dataset.name)
    remove(settings, "voices", voice.name)
    assert not dataset.folder.exists()
    assert not voice.folder.exists()
    assert originals(settings) == 3


def test_a_dataset_that_is_refused_keeps_its_folder(settings: Settings) -> None:
    with open_store(settings) as store:
        dataset = store.dataset("ada")
    with pytest.raises(InUse):
        remove(settings, "datasets", dataset.name)
    assert (dataset.folder / "dataset.json").is_file()


def test_nothing_goes_while_a_command_works_on_it(settings: Settings) -> None:
    with locked(settings, speech_key("ada"), "test"), pytest.raises(InUse):
        remove(settings, "profiles", "ada")
    with locked(settings, "run-ada-1", "test"), pytest.raises(InUse):
        remove(settings, "runs", "ada-1")
    with locked(settings, "voice-en_US-ada-x_low", "test"), pytest.raises(InUse):
        remove(settings, "voices", "en_US-ada-x_low")
    assert originals(settings) == 3


def test_a_dataset_is_deleted_only_by_its_full_name(settings: Settings) -> None:
    with pytest.raises(InvalidOption, match="ada-x_low-"):
        remove(settings, "datasets", "ada")


@pytest.mark.parametrize("noun", sorted(REMOVALS))
def test_what_does_not_exist_cannot_be_deleted(settings: Settings, noun: str) -> None:
    with pytest.raises(NotFound, match="nobody"):
        remove(settings, noun, "nobody")


def test_a_run_whose_process_was_killed_is_listed_as_stopped(settings: Settings) -> None:
    assert [run.state for run in list_runs(settings)] == ["stopped"]
    with locked(settings, "run-ada-1", "test"):
        assert [run.state for run in list_runs(settings)] == ["running"]
