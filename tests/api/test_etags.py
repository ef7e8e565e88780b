"""Entity tags: what a client has already is not sent again, and what it has not seen it does not overwrite."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.settings import Settings

THING = "/api/thing"


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application, and a resource whose changes take a moment."""
    app = create_app(settings)
    state = {"changes": 0}

    @app.get(THING)
    def show() -> dict[str, int]:
        return state

    @app.patch(THING)
    async def change() -> dict[str, int]:
        seen = state["changes"]
        await asyncio.sleep(0.05)
        state["changes"] = seen + 1
        return state

    @app.delete("/api/only-deleted")
    def delete() -> dict[str, int]:
        return {}

    @app.get("/api/lines")
    def lines() -> StreamingResponse:
        return StreamingResponse(iter([b"data: 1\n\n"]), media_type="text/event-stream")

    @app.get("/api/tagged")
    def tagged() -> Response:
        return Response(b"{}", media_type="application/json", headers={"ETag": '"own"'})

    return app


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client


def tag_of(ask: Client) -> str:
    return str(ask("GET", THING).headers["ETag"])


def test_json_has_a_strong_tag_which_changes_with_what_it_says(ask: Client) -> None:
    first = tag_of(ask)
    assert first.startswith('"')
    assert tag_of(ask) == first
    ask("PATCH", THING)
    assert tag_of(ask) != first


@pytest.mark.parametrize("listed", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_the_answer_already_is_told_so_without_a_body(ask: Client, listed: str) -> None:
    tag = tag_of(ask)
    answer = ask("GET", THING, **{"If-None-Match": listed.format(tag=tag)})
    assert (answer.status, answer.json, answer.headers["ETag"]) == (304, None, tag)
    assert ask("GET", THING, **{"If-None-Match": '"other"'}).json == {"changes": 0}


def test_a_change_of_what_was_seen_is_made_and_of_what_was_not_refused(ask: Client) -> None:
    tag = tag_of(ask)
    assert ask("PATCH", THING, **{"If-Match": tag}).status == 200
    refused = ask("PATCH", THING, **{"If-Match": tag})
    assert (refused.status, refused.json["title"]) == (412, "Changed meanwhile")
    assert refused.headers["ETag"] == tag_of(ask)
    assert ask("GET", THING).json == {"changes": 1}
    assert ask("PATCH", THING, **{"If-Match": "*"}).status == 200
    assert ask("PATCH", THING, **{"If-Match": f"W/{tag_of(ask)}"}).status == 412


def test_of_two_changes_of_the_same_state_one_is_refused(ask: Client) -> None:
    tag = tag_of(ask)
    barrier = threading.Barrier(4)

    def change(_: int) -> int:
        barrier.wait(10)
        return ask("PATCH", THING, **{"If-Match": tag}).status

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(change, range(4))) == [200, 412, 412, 412]
    assert ask("GET", THING).json == {"changes": 1}


def test_what_does_not_exist_is_not_found_and_what_has_no_tag_is_not_changed(ask: Client) -> None:
    assert ask("DELETE", "/api/nothing", **{"If-Match": '"x"'}).status == 404
    assert ask("DELETE", "/api/only-deleted", **{"If-Match": '"x"'}).status == 412
    assert ask("DELETE", "/api/only-deleted").status == 200


@pytest.mark.parametrize("path", ["/api/events", "/api/lines"])
def test_a_change_of_what_is_streamed_is_refused_and_holds_nobody_up(ask: Client, path: str) -> None:
    assert ask("DELETE", path, **{"If-Match": '"x"'}).status == 412
    assert ask("GET", THING).status == 200


def test_a_tag_of_the_route_s_own_and_what_is_no_json_stay_as_they_are(app: FastAPI, ask: Client) -> None:
    assert ask("GET", "/api/tagged").headers["ETag"] == '"own"'
    assert "ETag" not in ask("GET", "/api/nothing").headers
    found: dict[str, Any] = {}
    with serving(app) as client:
        came = client._pool.request("GET", client.url + "/api/lines")
        found = {"body": came.data, "tagged": "ETag" in came.headers}
    assert found == {"body": b"data: 1\n\n", "tagged": False}
