"""Recordings in lists and what a person changes of them, in every database."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from coaxial.domain.errors import NotFound
from coaxial.domain.flags import CODES
from coaxial.store import Store
from coaxial.store.recordings import SORTS, Change, Wanted
from coaxial.store.records import Measures, Take
from coaxial.workflows.measuring import figures_of, flags_of
from store.test_takes import MEASURES, take

SOUND: Mapping[str, Any] = {
    "good": {"begins": -60.0, "ends": -60.0},
    "clipped": {"clipped": 0.02},
    "a little clipped": {"clipped": 0.005},
    "loud": {"peak": -0.1},
    "silent": {"peak": -55.0, "loudness": -70.0},
    "noisy": {"noise": -30.0},
    "cut": {"begins": -25.0, "ends": -26.0},
    "short": {"seconds": 0.4, "speech_start": 0.1, "speech_end": 0.3},
    "long": {"seconds": 40.0, "speech_end": 39.0},
}


def fill(store: Store) -> None:
    """A recording for every sound and for every count of phonemes that matters, and one that was never counted."""
    for (name, changed), phonemes in itertools.product(SOUND.items(), (None, 1, 20, 200)):
        measures: Measures = replace(MEASURES, **changed)
        text = f"{name} {phonemes}."
        one: Take = replace(take(text, text), measures=measures, phonemes=phonemes)
        store.add_takes("anna", "en-US", [one])


def test_flags_in_a_query_are_those_of_each_recording(store: Store) -> None:
    fill(store)
    everything, total = store.find_recordings(Wanted(), "prompt", False, 0, 1000)
    assert len(everything) == total == 4 * len(SOUND)
    for code in CODES:
        found, count = store.find_recordings(Wanted(flag=code), "prompt", False, 0, 1000)
        wanted = [one.id for one in everything if code in [flag.code for flag in flags_of(one)]]
        assert ([one.id for one in found], count) == (wanted, len(wanted))
    some, _ = store.find_recordings(Wanted(flag="any"), "prompt", False, 0, 1000)
    none, _ = store.find_recordings(Wanted(flag="none"), "prompt", False, 0, 1000)
    assert {one.id for one in some} == {one.id for one in everything if flags_of(one)}
    assert len(some) + len(none) == total


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_every_sort_gives_each_recording_once_over_all_pages(store: Store, sort: str) -> None:
    fill(store)
    pages = [store.find_recordings(Wanted(), sort, True, offset, 7)[0] for offset in range(0, 42, 7)]
    ids = [one.id for page in pages for one in page]
    assert sorted(ids) == list(range(1, 4 * len(SOUND) + 1))


def test_figures_in_a_query_are_those_of_each_recording(store: Store) -> None:
    fill(store)
    for figure in ("above_noise", "trimmed", "pace", "clipped"):
        found, _ = store.find_recordings(Wanted(), figure, True, 0, 1000)
        values = [value for one in found if (value := figures_of(one)[figure]) is not None]
        assert values == sorted(values, reverse=True)


def test_good_readings_are_kept_and_fit_for_training(store: Store) -> None:
    fill(store)
    everything, _ = store.find_recordings(Wanted(), "prompt", False, 0, 1000)
    fit = [one for one in everything if not any(flag.useless for flag in flags_of(one))]
    store.change_recordings([Change(fit[0].id, state="excluded")])
    good = store.good_readings("anna")
    assert [one.text for one in good] == [one.text for one in fit[1:]]
    assert sum(one.seconds for one in good) == pytest.approx(store.tallies()["anna"].good_seconds)


def test_a_search_finds_letters_in_any_case_and_takes_nothing_for_a_pattern(store: Store) -> None:
    store.add_takes("anna", "en-US", [take("a", "Ärlig 100% sant."), take("b_c", "Hello.")])

    def found(words: str) -> list[str]:
        return [one.source for one in store.find_recordings(Wanted(search=words), "prompt", False, 0, 10)[0]]

    assert found("ärlig") == found("ÄRLIG") == found("SANT") == ["a"]
    assert (found("%"), found("_"), found("\\"), found("0% s")) == (["a"], ["b_c"], [], ["a"])


def test_a_corrected_text_goes_where_an_import_would_put_it(store: Store) -> None:
    store.add_takes("anna", "en-US", [take("a", "Helo."), take("b", "World."), take("c", "World.")])
    first, second = store.change_recordings([Change(1, text="Hello.", phonemes=4), Change(2, text="Hello.")])
    assert (first.position, first.text, first.phonemes) == (1, "Hello.", 4)
    assert (second.position, second.text) == (1, "Hello.")
    assert [one.text for one in store.prompts("anna")] == ["Hello.", "World."]


def test_changes_are_all_made_or_none(store: Store) -> None:
    store.add_takes("anna", "en-US", [take("a", "Hello.")])
    with pytest.raises(NotFound, match="no recording 7"):
        store.change_recordings([Change(1, state="excluded"), Change(7, state="excluded")])
    assert store.recording(1).state == "kept"


def test_a_deleted_recording_answers_its_original_unless_another_needs_it(store: Store) -> None:
    store.add_takes("anna", "en-US", [take("a", "Hello.", audio="shared")])
    store.add_takes("other", "en-US", [take("b", "World.", audio="shared", profile="bert")])
    assert store.delete_recording(1) == []
    assert [file.stem.lstrip("0") for file in store.delete_recording(2)] == ["shared"]
