"""A request to queue work that is sent once more is the same job."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coaxial.domain.errors import InvalidOption
from coaxial.jobs.demo import queue_demo
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings

IMPORT = {"source": "/somewhere", "name": "anna", "language": "en-US"}


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    return Settings(data_dir=tmp_path, processes=1, database_url=url)


def test_the_same_request_is_the_same_job_at_once_and_when_it_is_done(settings: Settings) -> None:
    with open_queue(settings) as queue, ThreadPoolExecutor(8) as clients:
        ids = {job.id for job in clients.map(lambda _: queue.submit("import", IMPORT, key="k"), range(16))}
        assert ids == {job.id for job in queue.jobs()} and len(ids) == 1
        queue.cancel(min(ids))
        again = queue.submit("import", IMPORT, key="k")
        assert (again.id, again.state) == (min(ids), "cancelled")
        assert queue.submit("import", IMPORT).id != again.id


def test_the_demo_takes_the_longest_key_that_a_client_may_give(settings: Settings) -> None:
    with open_queue(settings) as queue:
        first = queue_demo(settings, queue, key="k" * 255)
        assert [job.id for job in queue_demo(settings, queue, key="k" * 255)] == [job.id for job in first]


def test_another_request_with_the_key_of_one_before_is_refused(settings: Settings) -> None:
    with open_queue(settings) as queue:
        first = queue.submit("import", IMPORT, key="k")
        for kind, arguments, after in (
            ("import", {**IMPORT, "name": "bert"}, None),
            ("prepare", {"name": "anna"}, None),
            ("import", IMPORT, first.id),
        ):
            with pytest.raises(InvalidOption, match="'k' was another request's"):
                queue.submit(kind, arguments, after, key="k")
        assert [job.id for job in queue.jobs()] == [first.id]
