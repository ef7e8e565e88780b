"""Taking recordings in: every promise about importing again."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.store import Store
from coaxial.store.records import Measures, Take

MEASURES = Measures(
    seconds=2.0,
    rate=48000,
    channels=2,
    speech_start=0.2,
    speech_end=1.8,
    peak=-6.0,
    loudness=-23.0,
    noise=-60.0,
    clipped=0.0,
)


def take(source: str, text: str, audio: str | None = None, profile: str = "anna") -> Take:
    """A take whose bytes are known by `audio`, by default one of its own."""
    sha256 = (audio or source).rjust(64, "0")
    return Take(profile, text, "", Path(f"recordings/{sha256}.wav"), sha256, source, MEASURES)


def kept(store: Store) -> dict[str, str]:
    return {found.source: found.text for found in store.recordings(prompt_list="anna")}


def add(store: Store, *takes: Take) -> list[str]:
    return list(store.add_takes("anna", "en-US", takes))


def test_a_take_makes_its_profile_list_and_prompt(store: Store) -> None:
    assert add(store, take("a", "Hello."), take("b", "World.")) == ["new", "new"]
    assert [(found.name, found.recordings, found.seconds) for found in store.profiles()] == [("anna", 2, 4.0)]
    assert [(found.name, found.prompts, found.recordings) for found in store.prompt_lists()] == [("anna", 2, 2)]
    assert [(found.position, found.text) for found in store.prompts("anna")] == [(1, "Hello."), (2, "World.")]
    assert store.recordings(profile="anna")[0].measures == MEASURES


def test_adding_the_same_takes_again_changes_nothing(store: Store) -> None:
    add(store, take("a", "Hello."), take("b", "World."))
    before = store.recordings(kept_only=False)
    assert add(store, take("a", "Hello."), take("b", "World.")) == ["known", "known"]
    assert store.recordings(kept_only=False) == before


def test_a_second_take_of_a_sentence_belongs_to_the_same_prompt(store: Store) -> None:
    add(store, take("a", "Hello."), take("b", "Hello."))
    assert len(store.prompts("anna")) == 1
    assert len(store.recordings(prompt_list="anna")) == 2


def test_new_audio_under_an_old_name_supersedes_the_older_take_and_keeps_it(store: Store) -> None:
    add(store, take("a", "Hello."))
    assert add(store, take("a", "Hello.", audio="better")) == ["replaced"]
    states = {found.sha256.lstrip("0"): found.state for found in store.recordings(kept_only=False)}
    assert states == {"a": "superseded", "better": "kept"}


def test_the_first_audio_coming_back_takes_its_place_again(store: Store) -> None:
    add(store, take("a", "Hello."))
    add(store, take("a", "Hello.", audio="worse"))
    assert add(store, take("a", "Hello.")) == ["replaced"]
    states = {found.sha256.lstrip("0"): found.state for found in store.recordings(kept_only=False)}
    assert states == {"a": "kept", "worse": "superseded"}


def test_a_corrected_transcript_corrects_the_prompt_in_its_place(store: Store) -> None:
    add(store, take("a", "Helo."), take("b", "World."))
    assert add(store, take("a", "Hello.")) == ["corrected"]
    assert [found.text for found in store.prompts("anna")] == ["Hello.", "World."]
    assert kept(store) == {"a": "Hello.", "b": "World."}


def test_a_corrected_transcript_leaves_the_prompt_that_others_read(store: Store) -> None:
    add(store, take("a", "Hello."), take("b", "Hello."))
    add(store, take("b", "World."))
    assert kept(store) == {"a": "Hello.", "b": "World."}


def test_a_corrected_transcript_joins_the_prompt_that_exists(store: Store) -> None:
    add(store, take("a", "Hello."), take("b", "Helo."))
    add(store, take("b", "Hello."))
    assert [found.text for found in store.prompts("anna")] == ["Hello."]
    assert kept(store) == {"a": "Hello.", "b": "Hello."}


def test_two_files_that_swapped_names_end_with_the_right_transcripts(store: Store) -> None:
    add(store, take("a", "Hello.", audio="1"), take("b", "World.", audio="2"))
    add(store, take("a", "World.", audio="2"), take("b", "Hello.", audio="1"))
    assert {found.sha256[-1]: (found.source, found.text) for found in store.recordings(prompt_list="anna")} == {
        "1": ("b", "Hello."),
        "2": ("a", "World."),
    }


def test_another_language_under_the_same_name_is_refused_and_adds_nothing(store: Store) -> None:
    add(store, take("a", "Hello."))
    with pytest.raises(InvalidOption, match="'anna' is en-US and cannot take de-DE"):
        store.require_language("anna", ["anna"], "de-DE")
    with pytest.raises(InvalidOption):
        store.add_takes("other", "de-DE", [take("b", "Hallo.")])
    assert [found.name for found in store.prompt_lists()] == ["anna"]


def test_a_name_selects_recordings_by_profile_or_by_list(store: Store) -> None:
    add(store, take("a", "Hello.", profile="anna-1"), take("b", "World.", profile="anna-2"))
    assert len(store.selected_recordings("anna")) == 2
    assert [found.source for found in store.selected_recordings("anna-2")] == ["b"]
    assert store.selected_recordings("nobody") == []


def test_deleting_a_profile_answers_only_originals_that_nothing_else_needs(store: Store, tmp_path: Path) -> None:
    add(store, take("a", "Hello.", audio="own"), take("b", "World.", audio="shared"))
    store.add_takes("other", "en-US", [take("c", "World.", audio="shared", profile="bert")])
    assert [file.stem.lstrip("0") for file in store.delete_profile("anna")] == ["own"]
    assert [found.name for found in store.profiles()] == ["bert"]
    with pytest.raises(NotFound, match="no profile named 'anna'"):
        store.delete_profile("anna")


def test_deleting_a_prompt_list_takes_its_recordings_along(store: Store) -> None:
    add(store, take("a", "Hello."))
    assert len(store.delete_prompt_list("anna")) == 1
    assert store.recordings(kept_only=False) == []
    assert store.profiles()[0].recordings == 0
