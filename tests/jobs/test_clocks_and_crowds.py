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


def test_of_five_hundred_queued_jobs_each_is_done_once_or_cancelled_and_looking_stays_quick(
    works: Works, tmp_path: Path
) -> None:
    corpus = make_corpus(tmp_path / "corpus", clips=1)
    works.start()
    works.start()
    looks: list[float] = []
    for number in range(CROWD):
        works.queue.submit("import", {"source": str(corpus), "name": f"robot{number}", "language": "en-US"})
        begun = time.perf_counter()
        works.queue.page((), (), None, 100)
        looks.append(time.perf_counter() - begun)
    works.until(lambda: len(works.store.jobs(["done"])) >= 12)
    for job in works.store.jobs(["queued"]):
        # One may be taken at this moment, and be done before it is told to stop.
        with contextlib.suppress(WrongState):
            works.queue.cancel(job.id)
    works.until(lambda: all(job.state in ENDED for job in works.store.jobs()))
    counted = Counter(job.state for job in works.store.jobs())
    assert counted["failed"] == 0 and counted["done"] + counted["cancelled"] == CROWD
    done = {job.id: job for job in works.store.jobs(["done"])}
    assert {job.attempts for job in done.values()} == {1}
    said = Counter((line.job, line.text.split()[0]) for line in works.store.job_log() if line.job in done)
    assert {said[id, word] for id in done for word in ("Begun", "Done.")} == {1}
    assert {str(job.arguments["name"]) for job in done.values()} <= {each.name for each in works.store.profiles()}
    assert works.store.taken_slots() == set()
    assert statistics.median(looks) < 0.1
