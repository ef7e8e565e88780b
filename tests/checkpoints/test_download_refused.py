"""Downloads that cannot be: told why, with nothing half-written in place."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.part import Part
from coaxial.domain.errors import CoaxialError, DownloadFailed
from coaxial.domain.progress import Silent
from downloads import FILE, MANNERS, ONE_ATTEMPT, left_beside, source
from hub_server import Hub, Misdeed


def test_a_server_that_asks_for_an_hour_is_not_waited_for(hub: Hub, url: str, target: Path) -> None:
    hub.gets.append(Misdeed(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(DownloadFailed, match="asks to wait 3600 seconds"):
        fetch(source(url), target, Silent(), MANNERS)


@pytest.mark.parametrize(
    ("misdeed", "sentence"),
    [
        (Misdeed(status=401), r"wants to know who asks.*\(401\)"),
        (Misdeed(status=403), r"does not give out en-US\.amy \(403\)"),
        (Misdeed(status=404), r"is not, or no longer, at http.*\(404\)"),
        (Misdeed(status=418), r"answers the request.*418"),
        (Misdeed(body=b"<!doctype html>", headers={"Content-Type": "text/html; charset=utf-8"}), "sent a web page"),
        (Misdeed(status=302, headers={"Location": "file:///etc/passwd"}), "no web address"),
    ],
    ids=["401", "403", "404", "418", "page", "file"],
)
def test_every_refusal_has_its_own_sentence_and_leaves_nothing_in_place(
    hub: Hub, url: str, target: Path, misdeed: Misdeed, sentence: str
) -> None:
    hub.gets.append(misdeed)
    with pytest.raises(CoaxialError, match=sentence) as failure:
        fetch(source(url), target, Silent(), ONE_ATTEMPT)
    assert failure.value.message.endswith(".")
    assert left_beside(target) == []


def test_a_page_or_a_text_without_a_known_size_is_told_by_its_first_bytes(hub: Hub, target: Path) -> None:
    for body, sentence in ((b"<html>Sign in</html>" * 9, "sent a web page"), (b"hello, world" * 9, "no such file")):
        hub.heads.append(Misdeed(status=405))
        with pytest.raises(DownloadFailed, match=sentence):
            fetch(source(hub.put("/page", body)), target, Silent(), ONE_ATTEMPT)
        assert not target.exists()


def test_a_server_that_never_sends_the_rest_is_given_up_with_the_reason(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend(Misdeed(cut_after=0) for _ in range(9))
    with pytest.raises(DownloadFailed, match="broke"):
        fetch(source(url), target, Silent(), MANNERS)
    assert not target.exists()
    assert sum(one.method == "GET" for one in hub.asked) == MANNERS.attempts


def test_a_server_that_hangs_is_given_up_after_its_silence(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend(Misdeed(stall_after=100_000) for _ in range(9))
    begun = time.monotonic()
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1 is silent"):
        fetch(source(url), target, Silent(), replace(MANNERS, attempts=1))
    assert time.monotonic() - begun < 5
    assert Part(target).length > 0


def test_a_head_that_hangs_is_given_up_too(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/amy.ckpt"
        with pytest.raises(DownloadFailed, match="is silent"):
            fetch(source(url), target, Silent(), replace(MANNERS, attempts=1))


def test_no_network_is_said_to_be_no_network(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/x", "http://no-such-host.invalid/x"):
        with pytest.raises(DownloadFailed, match="cannot be reached"):
            fetch(source(url), target, Silent(), replace(MANNERS, attempts=1))


@pytest.mark.parametrize("claimed", [len(FILE) - 1000, len(FILE) + 1000])
def test_a_server_that_lies_about_the_length_is_found_out(hub: Hub, url: str, target: Path, claimed: int) -> None:
    hub.gets.extend(Misdeed(length=claimed) for _ in range(9))
    with pytest.raises(DownloadFailed):
        fetch(source(url), target, Silent(), ONE_ATTEMPT)
    assert not target.exists()


def test_a_file_of_another_size_or_hash_than_the_catalog_knows_is_refused(hub: Hub, url: str, target: Path) -> None:
    with pytest.raises(DownloadFailed, match="known to have 5"):
        fetch(source(url, size=5), target, Silent(), MANNERS)
    with pytest.raises(DownloadFailed, match=r"thrown away: its sha256 is [0-9a-f]{16}…, not 0000"):
        fetch(source(url, sha256="0" * 64), target, Silent(), MANNERS)
    assert left_beside(target) == []


def test_a_file_beyond_the_limit_is_not_fetched(hub: Hub, url: str, target: Path) -> None:
    with pytest.raises(DownloadFailed, match="larger than"):
        fetch(source(url), target, Silent(), replace(MANNERS, most_bytes=1_000_000))
    hub.heads.append(Misdeed(status=405))
    hub.gets.append(Misdeed(headers={"Content-Length": "", "Connection": "close"}))
    with pytest.raises(DownloadFailed):
        fetch(source(url), target, Silent(), replace(MANNERS, most_bytes=1_000_000))
    assert not target.exists()
