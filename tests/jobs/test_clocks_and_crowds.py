"""Clocks that jump, and a queue that is long: no job is lost to either, and none is done twice."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from coaxial.audio.robot_speech import make_corpus
from coaxial.domain.errors import WrongState
from coaxial.domain.jobs import ENDED
from jobs.clock import Clock
from jobs.conftest import training_in, works_in
from jobs.traces import STEPS, Trace
from jobs.workers import Works

CROWD = 500
LOOKS = 4
"""How often workers look at each other's jobs after a clock jumped, until it jumps again."""


# Python 3.10 waits for locks by the clock that jumps, so that its threads would sleep for a month.
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10's own waiting does not survive a clock that jumps")
def test_clocks_that_jump_by_a_month_cost_no_job(tmp_path: Path, undisturbed: Trace) -> None:
    lease = 12.0
    for works in works_in(tmp_path, COAXIAL_JOB_LEASE=str(lease)):
        clock, arguments = Clock(tmp_path), training_in(works)
        works.start(**clock.environment)
        id = works.queue.submit("train", arguments(STEPS)).id
        works.until_step(id)
        works.start()  # by the true time
        assert works.store.job(id).worker.startswith("elsewhere:")
        for days in (30, -30):
            clock.jump(days)
            time.sleep(LOOKS * lease / 6)
        assert Trace(works, id) == undisturbed
        assert works.store.job(id).attempts == 1


def test_of_five_hundred_queued_jobs_each_is_done_once_or_cancelled_and_looking_stays_quick(works: Works) -> None:
    works.start()
    works.start()
    looks = crowd(works)
    works.until(lambda: len(works.store.jobs(["done"])) >= 12)
    for job in works.store.jobs(["queued"]):
        # One may be taken at this moment, and be done before it is told to stop.
        with contextlib.suppress(WrongState):
            works.queue.cancel(job.id)
    works.until(lambda: all(job.state in ENDED for job in works.store.jobs()))
    counted = Counter(job.state for job in works.store.jobs())
    assert counted["failed"] == 0 and counted["done"] + counted["cancelled"] == CROWD
    assert_done_once(works)
    assert statistics.median(looks) < 0.1


@pytest.mark.soak
def test_five_hundred_queued_jobs_are_all_done_and_each_once(either: Works) -> None:
    begun = time.monotonic()
    either.start()
    either.start()
    crowd(either)
    while waiting := len(either.store.jobs(["queued", "running"])):
        assert time.monotonic() < begun + 10 * CROWD, f"{waiting} still wait"
        time.sleep(1)
    assert len(either.store.jobs(["done"])) == CROWD
    assert_done_once(either)
    sys.stdout.write(f"{CROWD} jobs done by two workers in {time.monotonic() - begun:.0f} s\n")


def crowd(works: Works) -> list[float]:
    """Queue five hundred imports of one recording; answers how long a look at the first page took after each."""
    corpus = make_corpus(works.settings.data_dir / "corpus", clips=1)
    looks: list[float] = []
    for number in range(CROWD):
        works.queue.submit("import", {"source": str(corpus), "name": f"robot{number}", "language": "en-US"})
        begun = time.perf_counter()
        works.queue.page((), (), None, 100)
        looks.append(time.perf_counter() - begun)
    return looks


def assert_done_once(works: Works) -> None:
    """What is done was begun and ended once, and what it made is there."""
    done = {job.id: job for job in works.store.jobs(["done"])}
    assert {job.attempts for job in done.values()} == {1}
    said = Counter((line.job, line.text.split()[0]) for line in works.store.job_log() if line.job in done)
    assert {said[id, word] for id in done for word in ("Begun", "Done.")} == {1}
    assert {str(job.arguments["name"]) for job in done.values()} <= {each.name for each in works.store.profiles()}
    assert works.store.taken_slots() == set()
