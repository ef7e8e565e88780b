"""Every operation of the server, asked with what its own description allows, and with what it does not.

COAXIAL_FUZZ_EXAMPLES=200 asks more; COAXIAL_TEST_SEED takes a run again, as a failing one shows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import serving
from api.fuzzed import operations, try_out
from api.speaking import ANNA, RUN, anna_pair, with_a_run, with_voice  # noqa: F401
from coaxial.api.app import create_app
from coaxial.settings import Settings
from coaxial.store import open_store
from jobs.workers import seeded

KNOWN = {"voice": ANNA, "run": RUN, "name": "anna"}


@pytest.fixture
def chance() -> Iterator[random.Random]:
    yield from seeded()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, anna_pair: Path) -> Iterator[str]:  # noqa: F811
    """A server with a voice, a run, a dataset and a profile, on each database."""
    database = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    settings = Settings.read(tmp_path / "data", {"HF_HUB_OFFLINE": "1", "COAXIAL_DATABASE_URL": database})
    with_a_run(settings)
    with_voice(settings, ANNA, anna_pair)
    with open_store(settings) as store:
        store.add_profile("anna", "en-US", "", "")
    with serving(create_app(settings)) as client:
        yield client.url


@pytest.mark.slow
def test_every_answer_is_as_the_description_says_and_none_is_an_error_of_the_servers(
    url: str, chance: random.Random
) -> None:
    number = chance.randrange(2**32)
    wrong = [problem for operation in operations(url) for problem in try_out(operation, KNOWN, number)]
    assert not wrong, "\n".join(wrong)
