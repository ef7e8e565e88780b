"""Downloads from a real server that misbehaves: nothing is lost, nothing half-written is in place, all is said."""

from __future__ import annotations

import hashlib
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.part import Part
from coaxial.domain.errors import CoaxialError, DownloadFailed, StorageFailure
from coaxial.domain.progress import Silent
from downloads import FILE, MANNERS, PATH, source
from hub_server import Hub, Misdeed

CHUNK = 64 * 1024


class Watched(Silent):
    """Keeps what a download says and how far it is."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.megabytes = 0.0
        self.total: float | None = None

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.total, self.megabytes = total, 0.0

    def advance(self, amount: float = 1.0) -> None:
        self.megabytes += amount

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def left_beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


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


def test_a_server_that_asks_for_an_hour_is_not_waited_for(hub: Hub, url: str, target: Path) -> None:
    hub.gets.append(Misdeed(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(DownloadFailed, match="asks to wait 3600 seconds"):
        fetch(source(url), target, Silent(), MANNERS)


def test_pauses_grow_from_one_failure_to_the_next(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend(Misdeed(status=500) for _ in range(3))
    watched = Watched()
    fetch(source(url), target, watched, MANNERS)
    assert [re.search(r"in (\S+) s", one).group(1) for one in watched.sentences] == ["0.01", "0.02", "0.04"]


ONE_ATTEMPT = replace(MANNERS, attempts=2)


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


def test_a_range_that_is_gone_begins_anew(hub: Hub, url: str, target: Path) -> None:
    hub.gets.extend([Misdeed(cut_after=1_000_000), Misdeed(status=416)])
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE


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


def test_a_disk_without_room_is_found_out_before_the_first_byte(
    hub: Hub, url: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 2_000_000, 2_000_000))
    with pytest.raises(StorageFailure, match=r"no room for en-US\.amy: it takes 3 MB more"):
        fetch(source(url), target, Silent(), MANNERS)
    assert hub.sent() == 0
    assert left_beside(target) == []


def test_a_disk_that_fills_up_on_the_way_keeps_what_came(hub: Hub, url: str, target: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(StorageFailure, match="could not be written"):
            fetch(source(url), target, Silent(), MANNERS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not target.exists()
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.asked[-1].first == 1_000_000


def test_a_file_beyond_the_limit_is_not_fetched(hub: Hub, url: str, target: Path) -> None:
    with pytest.raises(DownloadFailed, match="larger than"):
        fetch(source(url), target, Silent(), replace(MANNERS, most_bytes=1_000_000))
    hub.heads.append(Misdeed(status=405))
    hub.gets.append(Misdeed(headers={"Content-Length": "", "Connection": "close"}))
    with pytest.raises(DownloadFailed):
        fetch(source(url), target, Silent(), replace(MANNERS, most_bytes=1_000_000))
    assert not target.exists()


KILLED = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from coaxial.checkpoints.download import fetch
    from coaxial.checkpoints.source import Manners, Source
    from coaxial.domain.progress import Silent
    fetch(Source(sys.argv[1], "en-US.amy"), Path(sys.argv[2]), Silent(), Manners(public_only=False))
    """
)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_download_goes_on_where_it_was(hub: Hub, url: str, target: Path, how: signal.Signals) -> None:
    hub.pause_per_chunk = 0.05
    child = subprocess.Popen([sys.executable, "-c", KILLED, url, str(target)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while Part(target).length < 500_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child.pid, how)
    child.wait()
    assert not target.exists()
    came = Part(target).length
    assert 500_000 <= came < len(FILE)
    hub.pause_per_chunk = 0.0
    hub.asked.clear()
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.sent() == len(FILE) - came
