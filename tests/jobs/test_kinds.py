"""What a job is told is checked before it is queued."""

from __future__ import annotations

from typing import Any

import pytest

from coaxial.domain.errors import InvalidOption
from coaxial.domain.options import Budget, TrainOptions
from coaxial.jobs.kinds import TrainArguments, parse, plain

TRAINING = {"dataset": "anna", "quality": "medium", "options": {"budget": {"steps": 7}, "base_voice": "en-US.amy"}}


def test_arguments_survive_the_table() -> None:
    told = parse("train", TRAINING)
    assert isinstance(told, TrainArguments)
    assert told.options == TrainOptions(Budget(steps=7), base_voice="en-US.amy")
    assert parse("train", plain(told)) == told


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("dance", {}, "There is no kind of job named 'dance'"),
        ("prepare", {}, "needs a value for 'name'"),
        ("prepare", {"name": "a", "colour": 1}, "has no 'colour'"),
        ("prepare", {"name": 7}, "is 7, and must be text"),
        ("prepare", {"name": "a", "options": {"quality": "best"}}, "must be one of x_low, low, medium, high"),
        ("prepare", {"name": "a", "options": {"margin": 9}}, "A margin of 9.0 seconds is not between 0 and 2"),
        ("train", {"options": {"budget": {"steps": True}}}, "is True, and must be a whole number"),
        ("train", {"options": {"budget": {}}}, "A budget is one of"),
        ("train", {"options": []}, "must be named values"),
        ("train", {"options": {"budget": {"steps": 1}, "device": "gpu"}}, "'gpu' is no device for a job"),
        ("train", {"options": {"budget": {"steps": 1}, "device": "cuda:01"}}, "'cuda:01' is no device for a job"),
        ("train", {"options": {"budget": {"steps": 1}, "device": "cuda:0, cuda:0"}}, "cannot train together"),
        ("import", {"source": "here", "name": "a", "language": "en-US"}, "no absolute path"),
        ("import", {"source": "/x", "name": "../a", "language": "en-US"}, "cannot name files"),
        ("download", {"base": "x", "quality": None, "accept_change": "yes"}, "must be true or false"),
    ],
)
def test_a_mistake_is_a_sentence(kind: str, arguments: Any, said: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        parse(kind, arguments)
    assert said in refused.value.message
