"""Kill -9 of the server: its client sends a request again and listens on, and sees it as if nothing happened."""

from __future__ import annotations

import random

from jobs.conftest import training_in
from jobs.killing import ServerKiller
from jobs.serving import serving
from jobs.traces import STEPS, Trace
from jobs.workers import Works

KILLS = 2


def test_a_server_that_is_killed_doubles_no_job_and_its_clients_are_told_everything_once(
    either: Works, randoms: random.Random, undisturbed: Trace
) -> None:
    works, humming = either, training_in(either)
    works.start()
    with serving(works.settings.data_dir, works.environment) as served:
        killer = ServerKiller(works, served, randoms)
        id = killer.train(humming(STEPS), KILLS)
        killer.assert_told_everything(id)
    assert Trace(works, id) == undisturbed
    assert works.store.job(id).attempts == 1
