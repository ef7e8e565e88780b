"""Kill -9 of workers, of jobs' processes and of the broker, at random moments: in effect nothing happened."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from coaxial.domain.errors import DatabaseUnreachable
from jobs.conftest import Redis, Training, training_in, works_in
from jobs.killing import Killer
from jobs.stopping import PATIENT, watch
from jobs.traces import STEPS, Trace
from jobs.workers import Works
from postgresql import PostgreSQL

AWAY = 30.0
"""Seconds without the database's server."""


def test_a_training_killed_with_and_without_its_worker_ends_as_an_undisturbed_one(
    works: Works, humming: Training, randoms: random.Random, undisturbed: Trace
) -> None:
    killer = Killer(works, randoms)
    id = works.queue.submit("train", humming(STEPS)).id
    works.until_step(id)
    killer.disturb(id, 1, ("child",))
    killer.disturb(id, 1, ("worker",))
    assert Trace(works, id) == undisturbed
    assert works.store.taken_slots() == set()
    assert len(works.store.runs()) == 1


def test_a_process_ends_with_its_worker(works: Works, humming: Training) -> None:
    worker = works.start(COAXIAL_JOB_GRACE=PATIENT)
    id = works.queue.submit("train", humming(100_000, checkpoint_every=100_000)).id
    works.until_step(id)
    job = works.store.job(id)
    worker.kill()
    stopping = watch(works.store.run(str(job.result["run"])), lambda: works.child_of(job) is None)
    stopping.assert_prompt()
    run = works.store.runs()[0]
    assert run.state == "stopped"
    assert run.step == len((run.folder / "metrics.jsonl").read_text().splitlines())  # and its checkpoint is of then


def test_redis_that_comes_back_empty_costs_no_job(redis: Redis, tmp_path: Path, robot_corpus: Path) -> None:
    for works in works_in(tmp_path, COAXIAL_BROKER_URL=redis.url):
        works.start()
        arguments = {"source": str(robot_corpus), "name": "robot", "language": "en-US"}
        works.done(works.queue.submit("import", arguments).id)
        redis.kill()
        # The job is taken on although nobody can be told of it.
        unheard = works.queue.submit("import", {**arguments, "name": "other"}).id
        time.sleep(2)
        redis.start()
        works.done(unheard)
        works.done(works.queue.submit("import", {**arguments, "name": "third"}).id)


def test_a_database_server_that_is_away_for_a_while_costs_no_job(
    postgresql: PostgreSQL, tmp_path: Path, undisturbed: Trace
) -> None:
    for works in works_in(tmp_path, COAXIAL_DATABASE_URL=postgresql.new_database()):
        arguments = training_in(works)
        works.start()
        id = works.queue.submit("train", arguments(STEPS)).id
        works.until_step(id)
        postgresql.stop()
        with pytest.raises(DatabaseUnreachable, match="cannot be reached"):
            works.store.job(id)
        time.sleep(AWAY)
        postgresql.start()
        assert Trace(works, id) == undisturbed


# How soon Redis delivers it again is Redis's and the machine's: a short training can end before. That a message which
# comes twice changes nothing is held in test_running.py, by sending it twice.
@pytest.mark.soak
def test_a_message_that_redis_delivers_again_while_its_job_runs_changes_nothing(redis: Redis, tmp_path: Path) -> None:
    for works in works_in(tmp_path, COAXIAL_BROKER_URL=redis.url, COAXIAL_REDIS_VISIBILITY="1"):
        arguments = training_in(works)
        works.start()
        works.start()
        id = works.queue.submit("train", arguments(STEPS)).id
        job = works.done(id)
        assert f"job {id}: a message came, and the job is running already" in works.said()
        assert job.attempts == 1


def test_a_full_disk_is_said_in_words(works: Works, robot_corpus: Path) -> None:
    folder = works.settings.recordings
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        works.start()
        arguments = {"source": str(robot_corpus), "name": "robot", "language": "en-US"}
        id = works.queue.submit("import", arguments).id
        failed = works.ended(id)
        assert (failed.state, failed.error) == ("failed", "StorageFailure")
        assert failed.failure.startswith("The disk is full: ")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    works.queue.retry(id)
    works.done(id)
