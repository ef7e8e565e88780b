"""Long lists come in pages, and whoever follows `next` sees every item once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.api.paging import Page, WindowOf, page, part_of
from coaxial.settings import Settings


class Numbers(Page[int]):
    pass


def by_number(request: Request, window: WindowOf, factor: int = 1) -> Numbers:
    return Numbers.model_validate(part_of(request, window, [factor * one for one in range(250)]))


def by_position(request: Request, window: WindowOf) -> Numbers:
    last = window.position[0] if window.position else -1
    assert isinstance(last, int)
    found = list(range(last + 1, 250))[: window.limit]
    return Numbers.model_validate(page(request, window, found, 250, [found[-1]] if found else None))


@pytest.fixture
def ask(settings: Settings) -> Iterator[Client]:
    app: FastAPI = create_app(settings)
    app.add_api_route("/api/by number", by_number)
    app.add_api_route("/api/by-position", by_position)
    with serving(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/api/by%20number", "/api/by-position"])
@pytest.mark.parametrize("limit", ["", "?limit=1000", "?limit=7", "?limit=125", "?limit=250"])
def test_following_next_shows_every_item_once(ask: Client, path: str, limit: str) -> None:
    seen: list[int] = []
    where: str | None = path + limit
    while where is not None:
        part: dict[str, Any] = ask("GET", where).json
        assert part["total"] == 250
        seen += part["items"]
        where = part["next"]
    assert seen == list(range(250))


def test_next_keeps_what_else_was_asked_for_and_is_relative(ask: Client) -> None:
    found = ask("GET", "/api/by%20number?limit=10&factor=3").json["next"]
    assert found.startswith("/api/by%20number?limit=10&factor=3&cursor=")
    assert ask("GET", found).json["items"][0] == 30


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "cursor=!", "cursor=abc", "cursor=" + "W1tbW1tb" * 100, "cursor=Wy0xXQ"]
    + [f"cursor={nonsense}" for nonsense in ("W05hTl0", "WyJ4Il0", "WzEsMl0", "W3RydWVd", "WzFlOTk5XQ")],
)
def test_a_limit_or_cursor_that_makes_no_sense_is_a_sentence(ask: Client, query: str) -> None:
    answer = ask("GET", f"/api/by%20number?{query}")
    assert (answer.status, answer.json["title"]) == (422, "Invalid option")
