"""Downloads from a real server that misbehaves and comes round: all of it arrives, and nothing comes twice."""

from __future__ import annotations

import hashlib
import random
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.part import Part
from coaxial.domain.errors import DownloadFailed
from coaxial.domain.progress import Silent
from downloads import FILE, MANNERS, PATH, Watched, left_beside, source
from hub_server import Hub, Misdeed

CHUNK = 64 * 1024


def test_a_file_is_fetched_whole_and_nothing_else_is_left(hub: Hub, url: str, target: Path) -> None:
    watched = Watched()
    fetched = fetch(source(url), target, watched, MANNERS)
    assert target.read_bytes() == FILE
    assert (fetched.size, fetched.sha256) == (len(FILE), hashlib.sha256(FILE).hexdigest())
    assert left_beside(target) == ["amy.ckpt"]
    assert watched.total == pytest.approx(3.0, abs=0.01)
    assert watched.megabytes == pytest.approx(watched.total)
    assert [one.method for one in hub.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("cuts", [[1], [1_000_000], [CHUNK, CHUNK + 1, 500_000, 7]])
def test_a_broken_connection_is_taken_up_where_it_broke(hub: Hub, url: str, target: Path, cuts: list[int]) -> None:
    hub.gets.extend(Misdeed(cut_after=cut) for cut in cuts)
    watched = Watched()
    fetch(source(url), target, watched, MANNERS)
    assert target.read_bytes() == FILE
    assert hub.sent() - len(FILE) <= CHUNK
    assert len(watched.sentences) == len(cuts)
    assert "Trying again" in watched.sentences[0]
    assert watched.megabytes == pytest.approx(len(FILE) / 1e6)


def test_a_later_call_goes_on_after_what_an_earlier_one_got(hub: Hub, url: str, target: Path) -> None:
    hub.gets.append(Misdeed(cut_after=2_000_000))
    with pytest.raises(DownloadFailed, match="broke") as failure:
        fetch(source(url), target, Silent(), replace(MANNERS, attempts=1))
    assert "The 2 MB that came are kept" in failure.value.remedy
    assert not target.exists()
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.asked[-1].first == Part(target).length or hub.asked[-1].first >= 2_000_000 - CHUNK
    assert hub.sent() - len(FILE) <= CHUNK


def test_a_file_that_changed_between_two_ranges_is_fetched_anew(hub: Hub, url: str, target: Path) -> None:
    changed = b"PK\x03\x04" + b"new" * 900_000
    hub.gets.append(Misdeed(cut_after=1_500_000, then=lambda: hub.put(PATH, changed) and None))
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == changed


def test_a_file_of_the_same_length_that_changed_without_telling_is_noticed_by_its_hash(
    hub: Hub, url: str, target: Path
) -> None:
    hub.validators = False
    changed = b"PK\x03\x04" + random.Random(2).randbytes(3_000_000)
    digest = hashlib.sha256(changed).hexdigest()
    hub.gets.append(Misdeed(cut_after=1_500_000, then=lambda: hub.put(PATH, changed) and None))
    with pytest.raises(DownloadFailed):
        fetch(source(url, sha256=digest), target, Silent(), replace(MANNERS, attempts=1))
    watched = Watched()
    fetch(source(url, sha256=digest), target, watched, MANNERS)
    assert target.read_bytes() == changed
    assert any("do not fit together" in sentence for sentence in watched.sentences)


def test_without_validator_and_hash_a_part_cannot_be_trusted_and_is_fetched_anew(
    hub: Hub, url: str, target: Path
) -> None:
    hub.validators = False
    hub.gets.append(Misdeed(cut_after=1_500_000))
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.asked[-1].first == 0


def test_a_server_without_ranges_sends_all_of_it_again(hub: Hub, url: str, target: Path) -> None:
    hub.ranges = False
    hub.gets.append(Misdeed(cut_after=1_500_000))
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE


def test_a_server_that_refuses_head_is_asked_with_get(hub: Hub, url: str, target: Path) -> None:
    hub.heads.append(Misdeed(status=405))
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_server_is_asked_again_when_it_says(hub: Hub, url: str, target: Path, status: int) -> None:
    hub.gets.append(Misdeed(status=status, headers={"Retry-After": "1"}))
    watched = Watched()
    begun = time.monotonic()
    fetch(source(url), target, watched, MANNERS)
    assert target.read_bytes() == FILE
    assert time.monotonic() - begun >= 1
    assert str(status) in watched.sentences[0]


def test_pauses_grow_from_one_failure_to_the_next(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend(Misdeed(status=500) for _ in range(3))
    watched = Watched()
    fetch(source(url), target, watched, MANNERS)
    assert [re.search(r"in (\S+) s", one).group(1) for one in watched.sentences] == ["0.01", "0.02", "0.04"]


def test_a_range_that_is_gone_begins_anew(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend([Misdeed(cut_after=1_000_000), Misdeed(status=416)])
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE


def test_the_hub_tells_size_and_hash_before_the_first_byte(hub: Hub, target: Path) -> None:
    path = "/datasets/rhasspy/piper-checkpoints/resolve/main/en/amy.ckpt"
    url = hub.put(path, FILE)
    fetched = fetch(source(url), target, Silent(), MANNERS)
    assert fetched.sha256 == hub.sha256(path)
    true, hub.sha256 = hub.sha256, lambda path: "1" * 64  # type: ignore[method-assign]
    with pytest.raises(DownloadFailed, match="not 1111"):
        fetch(source(url), target, Silent(), MANNERS)
    assert true(path) == hashlib.sha256(target.read_bytes()).hexdigest()  # the good one is still in place


def test_a_token_goes_to_the_hub_and_not_to_where_it_redirects(hub: Hub, target: Path) -> None:
    hub.token = "Bearer hf_secret"
    path = "/datasets/private/amy.ckpt"
    hub.put(path, FILE)
    with Hub().running() as elsewhere:
        hub.linked = False
        hub.redirects[path] = elsewhere.put("/amy.ckpt", FILE)
        with pytest.raises(DownloadFailed, match="401"):
            fetch(source(hub.url + path), target, Silent(), MANNERS)
        fetch(source(hub.url + path, token="hf_secret"), target, Silent(), MANNERS)
        assert all("authorization" not in one.headers for one in elsewhere.asked)
    assert target.read_bytes() == FILE
