"""Whoever watches the server learns how its parts are, and what it does, from figures and log lines."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.domain.tracing import current_request
from coaxial.jobs.broker import why_unreachable
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows import health


def figures(ask: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """By name and labels."""
    came = ask._pool.request("GET", ask.url + "/metrics")
    assert came.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(came.data.decode())
        for sample in family.samples
    }


def states(ask: Client) -> tuple[int, str, dict[str, str]]:
    answer = ask("GET", "/api/health")
    return answer.status, answer.json["state"], {part["name"]: part["state"] for part in answer.json["parts"]}


def test_it_says_how_each_part_is_and_that_nobody_takes_jobs(ask: Client, settings: Settings) -> None:
    status, state, parts = states(ask)
    assert (status, state) == (200, "warning")
    assert parts | {"disk": ""} == {"store": "ok", "broker": "ok", "workers": "warning", "disk": ""}
    with open_store(settings) as store:
        store.note_worker("here:1:x", "here", "training on the processor")
    assert states(ask)[2]["workers"] == "ok"


def test_what_failed_is_503_and_says_what_to_do(ask: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_FULL", 10**18)
    answer = ask("GET", "/api/health")
    (disk,) = [part for part in answer.json["parts"] if part["name"] == "disk"]
    assert (answer.status, answer.json["state"], disk["state"]) == (503, "failed", "failed")
    assert disk["remedy"]


def test_a_database_that_cannot_be_opened_is_told_and_does_not_end_the_server(settings: Settings) -> None:
    settings.database.write_bytes(b"this is a letter, not a database" * 40)
    with serving(create_app(settings)) as ask:
        status, _, parts = states(ask)
        assert (status, parts["store"]) == (503, "failed")
        assert figures(ask)["coaxial_store_up", frozenset()] == 0
        settings.database.unlink()
        assert states(ask)[2]["store"] == "ok"


def test_a_broker_that_is_away_is_a_warning_without_its_password(tmp_path: Path) -> None:
    url = "redis://:secret@127.0.0.1:1/0"
    settings = Settings.read(tmp_path, {"COAXIAL_BROKER_URL": url})
    assert "secret" not in why_unreachable(settings)
    with serving(create_app(settings)) as ask:
        status, _, parts = states(ask)
        assert (status, parts["broker"]) == (200, "warning")


def test_requests_are_counted_by_route_and_not_by_what_is_in_their_path(ask: Client) -> None:
    for path in ("/api/jobs/1", "/api/jobs/2", "/api/jobs", "/api/nothing/here", "/", "/elsewhere"):
        ask._pool.request("GET", ask.url + path)
    found = figures(ask)

    def counted(route: str, status: int) -> float:
        labels = frozenset({("method", "GET"), ("route", route), ("status", str(status))})
        return found["coaxial_http_request_seconds_count", labels]

    assert counted("/api/jobs/{id}", 404) == 2
    assert counted("/api/jobs", 200) == 1
    assert counted("(none)", 404) == 1
    assert counted("(page)", 200) == 1
    assert counted("(page)", 404) == 1


def test_jobs_are_counted_by_kind_and_state_and_the_machine_is_measured(ask: Client, settings: Settings) -> None:
    with open_queue(settings) as queue:
        for base in ("en-US.amy", "en-US.lessac"):
            queue.submit("download", {"base": base})
    found = figures(ask)
    assert found["coaxial_jobs", frozenset({("kind", "download"), ("state", "queued")})] == 2
    assert found["coaxial_jobs", frozenset({("kind", "train"), ("state", "failed")})] == 0
    assert found["coaxial_disk_free_bytes", frozenset()] > 0
    assert found["coaxial_workers", frozenset()] == 0
    assert found["process_open_fds", frozenset()] > 0


def test_streams_of_events_are_counted_while_they_are_open(ask: Client) -> None:
    def streams() -> float:
        return figures(ask)["coaxial_event_streams", frozenset()]

    came = ask._pool.request("GET", ask.url + "/api/events", preload_content=False)
    assert streams() == 1
    came.close()
    deadline = threading.Event()
    for _ in range(200):
        if streams() == 0:
            return
        deadline.wait(0.1)
    raise AssertionError("the stream is still counted")


def test_a_line_that_is_logged_while_a_request_is_answered_names_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    app = create_app(settings)
    app.add_api_route("/api/look", lambda: seen.append(current_request.get()))
    with caplog.at_level(logging.INFO, "coaxial.requests"), serving(app) as ask:
        answer = ask("GET", "/api/look")
    assert seen == [answer.headers["X-Request-Id"]]
    assert "GET /api/look: 200" in caplog.text
