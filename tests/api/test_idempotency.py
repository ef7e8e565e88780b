"""Requests that create something may be sent again: they are done once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3
from fastapi import APIRouter, FastAPI, Request, Response

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.domain.errors import InUse
from coaxial.settings import Settings
from coaxial.workflows.answer_once import Answering


class Counters:
    """A resource that can be created and counts how often it was."""

    def __init__(self) -> None:
        self.created = 0
        self.refusing = False
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.router = APIRouter(route_class=CreatingOnce)
        self.router.add_api_route("/counters", self.create, methods=["POST"], status_code=201)
        self.router.add_api_route("/uploads/one", self.take, methods=["POST"], status_code=201)

    def create(self, response: Response, key: KeyOf, body: dict[str, int] | None = None) -> dict[str, Any]:
        self.begun.set()
        assert self.go_on.wait(30)
        if self.refusing:
            raise InUse("Not now.")
        self.created += 1
        response.headers["Location"] = f"/api/counters/{self.created}"
        return {"number": self.created, "key": key, "body": body}

    async def take(self, request: Request) -> dict[str, int]:
        self.created += 1
        return {"bytes": sum([len(part) async for part in request.stream()])}


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def app(settings: Settings, counters: Counters) -> FastAPI:
    app = create_app(settings)
    app.include_router(counters.router, prefix="/api")
    return app


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client


def post(ask: Client, key: str, body: object = None, path: str = "/api/counters") -> urllib3.BaseHTTPResponse:
    sent = body if isinstance(body, bytes) else json.dumps(body or {"a": 1}).encode()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    return urllib3.request("POST", ask.url + path, body=sent, headers=headers, retries=False, timeout=30)


def test_the_same_request_is_answered_again_and_done_once(ask: Client, counters: Counters) -> None:
    first, again = post(ask, "k1"), post(ask, "k1")
    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json() == {"number": 1, "key": "k1", "body": {"a": 1}}
    assert again.headers["Location"] == "/api/counters/1"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert post(ask, "k2").json()["number"] == 2
    assert counters.created == 2


def test_another_request_with_the_same_key_is_refused(ask: Client, counters: Counters) -> None:
    post(ask, "k1")
    for refused in (post(ask, "k1", {"a": 2}), post(ask, "k1", path="/api/counters?x=1")):
        assert (refused.status, refused.json()["title"]) == (422, "Invalid option")
    assert counters.created == 1


def test_while_the_first_one_is_worked_on_the_second_is_told_so(ask: Client, counters: Counters) -> None:
    counters.go_on.clear()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(post, ask, "k1")
        assert counters.begun.wait(10)
        assert post(ask, "k1").status == 409
        counters.go_on.set()
        assert first.result().status == 201
    assert post(ask, "k1").status == 201
    assert counters.created == 1


def test_a_request_that_was_refused_may_be_tried_again(ask: Client, counters: Counters) -> None:
    counters.refusing = True
    assert post(ask, "k1").status == 409
    counters.refusing = False
    assert post(ask, "k1").json()["number"] == 1


def test_a_server_that_died_in_between_does_not_keep_the_key(settings: Settings, counters: Counters) -> None:
    dead, alive = Answering(settings), Answering(settings)
    dead.open()
    alive.open()
    assert dead.begin("k1", "the same") is None
    with pytest.raises(InUse):
        alive.begin("k1", "the same")
    # As the system does for a process that was killed.
    dead._alive.release()
    assert alive.begin("k1", "the same") is None
    with pytest.raises(InUse):
        alive.begin("k1", "the same")
    alive.close()


def test_an_answer_outlives_its_server(app: FastAPI, settings: Settings) -> None:
    with serving(app) as ask:
        first = post(ask, "k1").json()
    later = create_app(settings)
    later.include_router(Counters().router, prefix="/api")
    with serving(later) as ask:
        assert post(ask, "k1").json() == first


def test_a_large_body_is_compared_though_it_is_not_kept(ask: Client, counters: Counters) -> None:
    take = bytes(3_000_000)
    assert post(ask, "k1", take, "/api/uploads/one").json() == {"bytes": 3_000_000}
    assert post(ask, "k1", take, "/api/uploads/one").json() == {"bytes": 3_000_000}
    assert post(ask, "k1", take[:-1] + b"x", "/api/uploads/one").status == 422
    assert counters.created == 1


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ä"])
def test_what_is_no_key_is_a_sentence(ask: Client, counters: Counters, key: str) -> None:
    assert post(ask, key).status == 422
    assert counters.created == 0


def test_the_header_is_described(ask: Client) -> None:
    operation = ask("GET", "/api/openapi.json").json["paths"]["/api/counters"]["post"]
    assert [one["name"].lower() for one in operation["parameters"]] == ["idempotency-key"]
    assert {"409", "422"} <= set(operation["responses"])
