"""Choosing what `train_model.py` trains on; the training itself is told in tests/end_to_end."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import EmptyDataset, InvalidOption, NotFound
from coaxial.domain.options import Budget, PrepareOptions, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.import_speech import import_speech
from coaxial.workflows.train_reading import train_reading
from corpora import part_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", 1)


def train(settings: Settings, profile: str | None, prompt_list: str | None, language: str | None) -> None:
    options = TrainOptions(Budget(steps=1))
    train_reading(settings, profile, prompt_list, language, PrepareOptions(), options, Silent())


def bring(settings: Settings, robot_corpus: Path, folder: Path, *names: str) -> None:
    for number, name in enumerate(names, start=1):
        source = part_of(robot_corpus, folder / name, {"a": f"robot_{number:04}"})
        import_speech(settings, source, name, "en-US", Silent())


def test_an_empty_store_says_how_to_fill_it(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with pytest.raises(EmptyDataset, match="coaxial import"):
        train(settings, None, None, None)


def test_an_unknown_profile_list_or_other_language_is_named(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    bring(settings, robot_corpus, tmp_path, "ada")
    with pytest.raises(NotFound, match="no profile named 'eve'"):
        train(settings, "eve", None, None)
    with pytest.raises(NotFound, match="no prompt list named 'poems'"):
        train(settings, "ada", "poems", None)
    with pytest.raises(InvalidOption, match="The profile ada is en-US, not sv-SE"):
        train(settings, "ada", None, "sv-SE")


def test_one_of_several_profiles_has_to_be_named(settings: Settings, robot_corpus: Path, tmp_path: Path) -> None:
    bring(settings, robot_corpus, tmp_path, "ada", "bob")
    with pytest.raises(InvalidOption, match="several profiles: ada, bob") as refused:
        train(settings, None, None, None)
    assert refused.value.remedy == "Say which with --profile-id."


def test_a_profile_that_read_nothing_of_a_list_cannot_be_trained(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    bring(settings, robot_corpus, tmp_path, "ada", "bob")
    with pytest.raises(EmptyDataset):
        train(settings, "ada", "bob", "en-US")
    with open_store(settings) as store:
        assert store.runs() == []
