"""Preparing from the store: which recordings, which speakers, and what is remembered."""

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
from coaxial.workflows.import_speech import import_speech
from coaxial.workflows.locks import locked, speech_key
from coaxial.workflows.prepare_dataset import prepare_dataset, prepare_reading
from corpora import part_of

OPTIONS = PrepareOptions(quality=Quality.X_LOW)


@pytest.fixture(scope="module")
def imported(robot_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with two speakers in one list; copied, never used itself."""
    folder = tmp_path_factory.mktemp("imported")
    rows = {"a|Ada": "robot_0001", "b|Bob": "robot_0002", "c|Ada": "robot_0003", "d|Bob": "robot_0004"}
    source = part_of(robot_corpus, folder / "source", rows)
    import_speech(Settings(folder / "data", 1), source, "duo", "en-US", Silent())
    return folder / "data"


@pytest.fixture
def settings(imported: Path, tmp_path: Path) -> Settings:
    shutil.copytree(imported, tmp_path / "data")
    return Settings(tmp_path / "data", 1)


def test_a_prompt_list_read_by_several_profiles_makes_a_dataset_of_several_speakers(settings: Settings) -> None:
    dataset = prepare_dataset(settings, "duo", OPTIONS, Silent())
    assert dataset.speakers == {"Ada": 0, "Bob": 1}
    assert sorted(clip.id.split("-")[0] for clip in dataset.clips) == ["a", "b", "c", "d"]
    with open_store(settings) as store:
        row = store.dataset("duo")
        assert (row.name, row.folder, row.clips) == (dataset.folder.name, dataset.folder, 4)
        assert len(store.dataset_recordings("duo")) == 4


def test_a_profile_alone_makes_a_dataset_of_one_speaker(settings: Settings) -> None:
    dataset = prepare_dataset(settings, "duo-Ada", OPTIONS, Silent())
    assert (dict(dataset.speakers), len(dataset.clips)) == ({"Ada": 0}, 2)
    assert prepare_reading(settings, "duo-Ada", "duo", OPTIONS, Silent()).name == "duo-Ada-duo"


def test_preparing_again_answers_the_same_dataset_and_keeps_one_row(settings: Settings) -> None:
    first = prepare_dataset(settings, "duo", OPTIONS, Silent())
    assert prepare_dataset(settings, "duo", OPTIONS, Silent()).fingerprint == first.fingerprint
    with open_store(settings) as store:
        assert len(store.datasets()) == 1


def test_a_dataset_that_was_finished_just_before_a_kill_is_registered_the_next_time(settings: Settings) -> None:
    first = prepare_dataset(settings, "duo", OPTIONS, Silent())
    with open_store(settings) as store:
        store.delete_dataset(first.folder.name)
    prepare_dataset(settings, "duo", OPTIONS, Silent())
    with open_store(settings) as store:
        assert store.dataset("duo").name == first.folder.name


def test_superseded_and_unknown_recordings_are_not_prepared(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "again", {"a|Ada": "robot_0005", "e|Bob": "robot_0006"})
    import_speech(settings, source, "duo", "en-US", Silent())
    dataset = prepare_dataset(settings, "duo", OPTIONS, Silent())
    assert sorted(clip.id.split("-")[0] for clip in dataset.clips) == ["a", "b", "c", "d", "e"]
    with pytest.raises(NotFound, match="no profile and no prompt list named 'nobody'"):
        prepare_dataset(settings, "nobody", OPTIONS, Silent())


def test_two_commands_on_one_selection_at_once_are_refused(settings: Settings) -> None:
    with locked(settings, speech_key("duo"), "test"), pytest.raises(InUse, match="recordings of duo"):
        prepare_dataset(settings, "duo", OPTIONS, Silent())


def test_a_name_that_means_two_languages_is_refused(settings: Settings) -> None:
    with open_store(settings) as store:
        store.add_takes("duo-Ada", "de-DE", [])
    with pytest.raises(InvalidOption, match="several languages"):
        prepare_dataset(settings, "duo-Ada", OPTIONS, Silent())
