"""Kill -9 by the dozen, for an hour: make soak."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from jobs.conftest import Redis, training_in, works_in
from jobs.killing import Killer, ServerKiller
from jobs.serving import serving
from jobs.traces import STEPS, Trace
from jobs.workers import Works

SOAK_KILLS = int(os.environ.get("COAXIAL_SOAK_KILLS", "50"))


@pytest.mark.soak
@pytest.mark.parametrize("whom", ["worker", "child"])
@pytest.mark.parametrize("broker", ["embedded", "redis"])
def test_soak_of_kills(
    broker: str,
    whom: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    randoms: random.Random,
    undisturbed: Trace,
) -> None:
    more = {} if broker == "embedded" else {"COAXIAL_BROKER_URL": request.getfixturevalue("redis").url}
    for works in works_in(tmp_path, **more):
        arguments = training_in(works)
        killer = Killer(works, randoms)
        rounds = 0
        while killer.kills[whom] < SOAK_KILLS:
            id = works.queue.submit("train", arguments(STEPS)).id
            killer.disturb(id, min(8, SOAK_KILLS - killer.kills[whom]), (whom,))
            assert Trace(works, id) == undisturbed
            forget_run(works, id)
            rounds += 1
        assert works.store.taken_slots() == set()
        sys.stdout.write(f"{broker}: {killer.kills[whom]} kills of a {whom} over {rounds} trainings\n")


def forget_run(works: Works, id: int) -> None:
    """So that the same options begin another one."""
    run = works.store.run(str(works.store.job(id).result["run"]))
    works.store.delete_run(run.name)
    shutil.rmtree(run.folder)


@pytest.mark.soak
@pytest.mark.parametrize("broker", ["embedded", "redis"])
def test_soak_of_a_server_that_is_killed(
    broker: str, request: pytest.FixtureRequest, tmp_path: Path, randoms: random.Random, undisturbed: Trace
) -> None:
    more = {} if broker == "embedded" else {"COAXIAL_BROKER_URL": request.getfixturevalue("redis").url}
    for works in works_in(tmp_path, **more):
        arguments = training_in(works)
        works.start()
        kills = rounds = 0
        with serving(tmp_path, works.environment) as served:
            while kills < SOAK_KILLS:
                killer = ServerKiller(works, served, randoms)
                id = killer.train(arguments(STEPS), min(8, SOAK_KILLS - kills))
                killer.assert_told_everything(id)
                assert Trace(works, id) == undisturbed
                forget_run(works, id)
                kills, rounds = kills + killer.kills, rounds + 1
        sys.stdout.write(f"{broker}: {kills} kills of a server over {rounds} trainings\n")


@pytest.mark.soak
def test_soak_of_a_redis_that_is_killed(
    redis: Redis, tmp_path: Path, robot_corpus: Path, randoms: random.Random
) -> None:
    for works in works_in(tmp_path, COAXIAL_BROKER_URL=redis.url):
        works.start()
        works.start()
        arguments = {"source": str(robot_corpus), "language": "en-US"}
        for number in range(SOAK_KILLS):
            id = works.queue.submit("import", {**arguments, "name": f"robot{number}"}).id
            time.sleep(randoms.uniform(0.0, 2.0))
            redis.kill()
            time.sleep(randoms.uniform(0.0, 2.0))
            redis.start()
            assert works.done(id).attempts == 1
