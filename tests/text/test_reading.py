"""What was heard beside what was to be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaxial.text.reading import compare

WORDS = st.lists(st.sampled_from(["a", "kettle", "sings", "before", "dawn"]), max_size=7)


def stretches(said: str, heard: str) -> list[tuple[str, str]]:
    return [(one.said, one.heard) for one in compare(said.split(), heard.split()).stretches]


def test_words_that_differ_stand_beside_each_other() -> None:
    assert stretches("the kettle sings at dawn", "the cattle stings at dawn") == [
        ("the", "the"),
        ("kettle sings", "cattle stings"),
        ("at dawn", "at dawn"),
    ]


def test_words_too_many_and_too_few_stand_alone() -> None:
    assert stretches("a kettle sings", "a sings um") == [("a", "a"), ("kettle", ""), ("sings", "sings"), ("", "um")]


@pytest.mark.parametrize(
    "heard, errors, is_another",
    [
        ("seven grey geese crossed the frozen lake", 0, False),
        ("seven great geese cross the frozen lake", 2, False),
        ("seven grey", 5, True),
        ("the kettle sings", 6, True),
        ("", 7, True),
    ],
)
def test_a_few_misheard_words_are_no_other_sentence(heard: str, errors: int, is_another: bool) -> None:
    found = compare(["seven", "grey", "geese", "crossed", "the", "frozen", "lake"], heard.split())
    assert (found.errors, found.is_another) == (errors, is_another)


@given(WORDS, WORDS)
def test_nothing_is_lost_and_the_errors_are_the_fewest(said: list[str], heard: list[str]) -> None:
    found = compare(said, heard)
    assert " ".join(one.said for one in found.stretches if one.said).split() == said
    assert " ".join(one.heard for one in found.stretches if one.heard).split() == heard
    assert found.errors == compare(heard, said).errors <= max(len(said), len(heard))
    assert abs(len(said) - len(heard)) <= found.errors
    assert (found.errors == 0) == (said == heard)
