"""The demo over HTTP: one request, and everything from recordings to a voice is on its way."""

from __future__ import annotations

from typing import Any

from api.client import Client
from jobs.workers import Works


def begun(ask: Client, key: str = "") -> list[dict[str, Any]]:
    answer = ask("POST", "/api/demo", **({"Idempotency-Key": key} if key else {}))
    assert answer.status == 202
    jobs: list[dict[str, Any]] = answer.json["jobs"]
    return jobs


def test_the_demo_is_the_whole_way_in_jobs_that_wait_for_one_another(ask: Client) -> None:
    jobs = begun(ask)
    assert [job["kind"] for job in jobs] == ["import", "prepare", "train", "export"]
    assert [job["waits_for"] for job in jobs] == [None, *(job["id"] for job in jobs[:3])]


def test_the_demo_that_is_asked_for_twice_with_one_key_is_queued_once(ask: Client) -> None:
    assert [job["id"] for job in begun(ask, "once")] == [job["id"] for job in begun(ask, "once")]
    assert ask("GET", "/api/jobs").json["total"] == 4


def test_the_demo_has_recordings_that_can_be_trained_on(ask: Client, worker: Works) -> None:
    jobs = begun(ask)
    worker.done(jobs[0]["id"])
    assert worker.done(jobs[1]["id"]).result["dataset"].startswith("robot-x_low-")
    assert ask("GET", "/api/profiles/robot").json["good_minutes"] > 1
    worker.queue.cancel(jobs[2]["id"])
