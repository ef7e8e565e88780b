"""What requests were answered: a key is one request's, and not for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from coaxial.store import Store, answers


def test_a_key_is_free_once_and_then_tells_what_was_answered(store: Store) -> None:
    assert store.begin_answer("k", "request", "server 1") is None
    begun = store.begin_answer("k", "request", "server 2")
    assert begun is not None
    assert (begun.server, begun.status) == ("server 1", None)
    store.finish_answer("k", "server 1", "digest", 201, {"Location": "/there"}, b"{}")
    ended = store.begin_answer("k", "request", "server 2")
    assert ended is not None
    assert (ended.digest, ended.status, ended.headers, ended.body) == ("digest", 201, {"Location": "/there"}, b"{}")


def test_of_many_servers_that_are_asked_with_a_key_at_once_one_takes_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: store.begin_answer("k", "request", f"server {number}"), range(8)))
    assert found.count(None) == 1


def test_a_request_that_came_to_nothing_leaves_its_key_free(store: Store) -> None:
    store.begin_answer("k", "request", "server")
    store.drop_answer("k", "server")
    assert store.begin_answer("k", "another", "server") is None


def test_only_one_takes_a_key_over_from_a_dead_server_and_none_an_answer_that_was_given(store: Store) -> None:
    store.begin_answer("k", "request", "dead")
    assert store.take_over_answer("k", "dead", "next")
    assert not store.take_over_answer("k", "dead", "late")
    store.finish_answer("k", "next", "digest", 201, {}, b"")
    assert not store.take_over_answer("k", "next", "late")


def test_an_answer_is_forgotten_after_its_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.begin_answer("k", "request", "server")
    store.finish_answer("k", "server", "digest", 201, {}, b"")
    monkeypatch.setattr(answers, "KEPT", timedelta(seconds=-1))
    assert store.begin_answer("k", "another", "server") is None
