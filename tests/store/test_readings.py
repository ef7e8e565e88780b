"""Reading a prompt list aloud, in every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from coaxial.domain.errors import InvalidOption, NameTaken, NotFound
from coaxial.store import Store
from coaxial.store.readings import NewTake
from coaxial.store.recordings import Change
from store.test_takes import MEASURES, take

NOW = datetime(2026, 5, 4, 9, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def letters(store: Store) -> None:
    store.add_profile("anna", "en-US", "", "")
    store.add_prompts("letters", "en-US", ["A.", "B.", "C."], {"A.": 2})


def read(store: Store, audio: str, position: int = 1, minutes: int = 0) -> tuple[int, bool]:
    sha256 = audio.rjust(64, "0")
    new = NewTake(
        profile="anna",
        prompt_list="letters",
        position=position,
        file=Path(f"recordings/{sha256}.wav"),
        sha256=sha256,
        measures=MEASURES,
        recorded=NOW + timedelta(minutes=minutes),
    )
    found, is_new = store.add_reading(new)
    return found.id, is_new


def states(store: Store) -> dict[int, str]:
    return {one.id: one.state for one in store.recordings(profile="anna", kept_only=False)}


def test_a_take_sent_again_changes_nothing_even_where_a_newer_one_came_between(store: Store) -> None:
    assert read(store, "1") == (1, True)
    assert read(store, "2", minutes=1) == (2, True)
    assert read(store, "1") == (1, False)
    assert states(store) == {1: "superseded", 2: "kept"}


def test_the_same_take_sent_many_times_at_once_is_one_take(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda _: read(store, "one"), range(8)))
    assert sorted(new for _, new in sent) == [False] * 7 + [True]
    assert states(store) == {sent[0][0]: "kept"}


def test_of_many_who_make_a_profile_at_once_one_does_and_the_others_are_told(store: Store) -> None:
    def make(_: int) -> bool:
        try:
            return bool(store.add_profile("cleo", "en-US", "", ""))
        except NameTaken:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(make, range(8))) == [False] * 7 + [True]


def test_an_older_take_that_comes_late_is_superseded(store: Store) -> None:
    read(store, "2", minutes=1)
    read(store, "1")
    assert states(store) == {1: "kept", 2: "superseded"}


def test_a_take_that_is_chosen_back_takes_the_others_place_and_none_elsewhere(store: Store) -> None:
    read(store, "1")
    read(store, "2", minutes=1)
    read(store, "3", position=2)
    store.change_recordings([Change(1, state="kept")])
    assert states(store) == {1: "kept", 2: "superseded", 3: "kept"}


def test_a_retake_of_an_imported_recording_supersedes_it_and_an_import_does_not_bring_it_back(store: Store) -> None:
    store.add_takes("letters", "en-US", [take("corpus/1", "A.")])
    (imported,) = store.recordings(profile="anna")
    read(store, "better", minutes=10_000_000)
    assert [one.sha256.lstrip("0") for one in store.recordings(profile="anna")] == ["better"]
    store.change_recordings([Change(imported.id, state="kept")])
    assert [one.sha256.lstrip("0") for one in store.recordings(profile="anna")] == ["corpus/1"]


def test_each_prompt_tells_what_was_read_of_it(store: Store) -> None:
    read(store, "1")
    read(store, "2", minutes=1)
    read(store, "3", position=3)
    store.change_recordings([Change(3, state="excluded")])
    prompts, total = store.read_prompts("letters", "anna", False, 0, None)
    assert [(one.text, one.phonemes, one.recording, one.takes) for one in prompts] == [
        ("A.", 2, 2, 2),
        ("B.", None, None, 0),
        ("C.", None, None, 1),
    ]
    unread, left = store.read_prompts("letters", "anna", True, 1, 1)
    assert ([one.position for one in unread], left, total) == ([3], 2, 3)
    assert [one.recording for one in store.read_prompts("letters", None, False, 0, 2)[0]] == [None, None]


def test_what_is_not_there_or_in_two_languages_is_refused(store: Store) -> None:
    store.add_profile("britta", "sv-SE", "", "")
    with pytest.raises(InvalidOption, match="'britta' is sv-SE"):
        store.prompt_to_read("britta", "letters", 1)
    for profile, prompt_list, position in (("nobody", "letters", 1), ("anna", "nothing", 1), ("anna", "letters", 4)):
        with pytest.raises(NotFound):
            store.prompt_to_read(profile, prompt_list, position)
    with pytest.raises(NameTaken):
        store.add_profile("anna", "sv-SE", "", "")


def test_prompts_are_counted_once(store: Store) -> None:
    waiting = store.uncounted_prompts(10)
    assert [(text, language) for _, text, language in waiting] == [("B.", "en-US"), ("C.", "en-US")]
    store.count_phonemes({id: 7 for id, _, _ in waiting})
    assert store.uncounted_prompts(10) == []
    assert [one.phonemes for one in store.read_prompts("letters", None, False, 0, None)[0]] == [2, 7, 7]


def test_a_take_keeps_its_measures(store: Store) -> None:
    new = replace(MEASURES, begins=-60.5, ends=-12.5)
    store.add_reading(NewTake("anna", "letters", 1, Path("recordings/a.wav"), "a" * 64, new))
    assert store.recording(1).measures == new
