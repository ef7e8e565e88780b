"""Killers: of workers and jobs' processes, and of a server whose client does not notice."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from coaxial.domain.jobs import MOST_LOSSES
from jobs.listener import Listener
from jobs.serving import Served
from jobs.traces import STEPS
from jobs.workers import Works


class Killer:
    """Kills at random moments, and starts again what has to be there."""

    def __init__(self, works: Works, randoms: random.Random) -> None:
        self._works, self._randoms = works, randoms
        self._worker = works.start()
        self.kills: Counter[str] = Counter()

    def disturb(self, id: int, kills: int, whom: tuple[str, ...] = ("worker", "child")) -> None:
        """Up to so many kills, until the job has ended; of its process fewer in a row than it is given up after."""
        children = 0
        for _ in range(kills):
            self._until_some_moment(id)
            if self._works.store.job(id).state == "done":
                return
            who = self._randoms.choice(whom)
            if who == "worker":
                self._worker.kill()
                self._worker.wait()
                self._worker = self._works.start()
                self.kills[who] += 1
            elif children < MOST_LOSSES - 1 and self._works.kill_child(id):
                children += 1
                self.kills[who] += 1

    def _until_some_moment(self, id: int) -> None:
        if self._randoms.random() < 0.5:
            # Anywhere: while it starts, loads, or ends.
            time.sleep(self._randoms.uniform(0.0, 4.0))
        else:
            # In the middle of the training.
            steps = self._randoms.randint(1, STEPS)
            self._works.until(
                lambda: self._works.store.job(id).done >= steps or self._works.store.job(id).state == "done"
            )
            time.sleep(self._randoms.uniform(0.0, 1.0))


class ServerKiller:
    """A client that queues work over HTTP and listens, of a server that is killed meanwhile."""

    def __init__(self, works: Works, served: Served, randoms: random.Random) -> None:
        self._works, self._served, self._randoms = works, served, randoms
        self.listener = Listener(served.port)
        self.kills = 0

    def train(self, body: Mapping[str, Any], most: int) -> int:
        """Queue a training by one request, sent until it is answered; its job, when it is done after some kills."""
        key = uuid4().hex

        def ask() -> tuple[int, Any]:
            return self._served.insist(lambda: self._served.ask("POST", "/api/runs", dict(body), Idempotency_Key=key))

        before = {job.id for job in self._works.store.jobs()}
        with ThreadPoolExecutor(1) as client:
            answer = client.submit(ask)
            for number in range(most):
                # The first one while the request is worked on, or just before or after.
                self._kill_after(self._randoms.uniform(0.0, 0.1 if number == 0 else 3.0))
                if answer.done() and self._works.store.job(answer.result()[1]["id"]).state == "done":
                    break
            status, job = answer.result()
        assert status == 202, job
        assert ask()[1]["id"] == job["id"]
        assert {each.id for each in self._works.store.jobs()} - before == {job["id"]}
        self._works.done(job["id"])
        return int(job["id"])

    def assert_told_everything(self, id: int) -> None:
        """What the client knows of a training is all there is, in its order, and once."""
        run = self._works.store.run(str(self._works.store.job(id).result["run"]))
        written = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
        last = self._works.store.job_log(id)[-1].id
        self._works.until(
            lambda: self.listener.problem or (self.listener.log and self.listener.log[-1]["id"] >= last), 30
        )
        self.listener.close()
        assert self.listener.problem == ""
        assert self.listener.metrics[run.name] == written
        assert [line["id"] for line in self.listener.log] == [line.id for line in self._works.store.job_log()]
        assert self.listener.jobs[id]["state"] == "done"

    def _kill_after(self, seconds: float) -> None:
        time.sleep(seconds)
        self._served.kill()
        self.kills += 1
        if self._randoms.random() < 0.3:
            # While it starts.
            self._served.begin()
            time.sleep(self._randoms.uniform(0.0, 2.0))
            self._served.kill()
            self.kills += 1
        self._served.start()
