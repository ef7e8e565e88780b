"""The page has words of its own for what the server names by a code."""

from __future__ import annotations

import json

import pytest

from browser.pages import FRONTEND
from coaxial.api.problems import problem_of
from coaxial.domain.errors import CoaxialError


def kinds(error: type[CoaxialError]) -> list[str]:
    """As an answer names them, of an error and all that are errors of its kind."""
    own = problem_of(error("It went wrong.")).type.removeprefix("urn:coaxial:problem:")
    return [own, *(kind for below in error.__subclasses__() for kind in kinds(below))]


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_kind_of_problem_has_a_name_in_the_page(language: str) -> None:
    words = json.loads((FRONTEND / f"src/text/{language}/shell.json").read_text(encoding="utf-8"))
    raised = {kind for below in CoaxialError.__subclasses__() for kind in kinds(below)}
    assert raised | {"unexpected"} == set(words["problem"]["kind"])
