"""Base checkpoints over HTTP: a real server, a real client, and a hub on loopback."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from api.client import Client
from coaxial.settings import Settings
from hub_server import Hub, Misdeed
from jobs.workers import Works

AMY = "/api/checkpoints/en-US/amy"
MOST_OF_A_SLOW_DOWNLOAD = 2_000_000


def downloaded(ask: Client, path: str = AMY) -> dict[str, Any]:
    """Download a checkpoint to the end of it; answers all that is known of it then."""
    assert ask("POST", f"{path}/download").status == 202
    found: dict[str, Any] = ask.until(path, lambda found: found["download"]["ended"])
    return found


def begun_slowly(ask: Client, hub: Hub) -> None:
    """Begin a download that takes some seconds, and wait until a part of it has come."""
    hub.pause_per_chunk = 0.02
    assert ask("POST", f"{AMY}/download").status == 202
    ask.until(AMY, lambda found: found["download"]["bytes"] >= MOST_OF_A_SLOW_DOWNLOAD)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.usefixtures("worker")
def test_every_curl_line_of_the_documentation_answers_as_printed(ask: Client, amy: str) -> None:
    def run(line: str) -> dict[str, Any]:
        port = ask.url.rpartition(":")[2]
        words = shlex.split(line.replace("localhost:8000", f"localhost:{port}"))
        done = subprocess.run([*words, "--silent", "--fail"], check=True, capture_output=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    assert len(run("curl http://localhost:8000/api/checkpoints")["checkpoints"]) > 80
    american = run("curl http://localhost:8000/api/checkpoints/en-US")["checkpoints"]
    assert "en-US.amy" in [one["id"] for one in american]
    begun = run("curl -X POST http://localhost:8000/api/checkpoints/en-US/amy/download")
    assert (begun["id"], begun["href"]) == ("en-US.amy", AMY)
    ask.until(AMY, lambda found: found["downloaded"] and found["download"]["ended"])
    assert run("curl http://localhost:8000/api/checkpoints/en-US/amy")["inspection"]["epoch"] == 2164
    assert run("curl -X POST http://localhost:8000/api/checkpoints/validate/en-US/amy")["valid"]
    (here,) = run("curl http://localhost:8000/api/checkpoints/cache/info")["checkpoints"]
    assert (here["id"], here["state"]) == ("en-US.amy", "downloaded")
    assert run("curl -X DELETE http://localhost:8000/api/checkpoints/cache/clear")["removed"] == ["en-US.amy"]


@pytest.mark.parametrize("spelling", ["en-us/Amy", "en_US/amy", "EN-US/AMY"])
def test_language_and_voice_are_understood_in_any_spelling(ask: Client, spelling: str) -> None:
    assert ask("GET", f"/api/checkpoints/{spelling}").json["id"] == "en-US.amy"


def test_every_language_has_something_to_start_from(ask: Client) -> None:
    assert [one["voice_id"] for one in ask("GET", "/api/checkpoints/it-IT").json["checkpoints"]][-1] == "fallback"
    assert ask("GET", "/api/checkpoints/mt").json["checkpoints"][0]["id"] == "mt-MT.fallback"


@pytest.mark.usefixtures("worker")
def test_a_download_answers_at_once_and_tells_how_far_it_is_until_its_end(
    ask: Client, amy: str, hub: Hub, old_checkpoint: Path
) -> None:
    hub.pause_per_chunk = 0.01
    size = old_checkpoint.stat().st_size
    began = time.monotonic()
    answer = ask("POST", f"{AMY}/download")
    assert time.monotonic() - began < 2
    assert (answer.status, answer.headers["Location"]) == (202, AMY)
    assert answer.json["state"] in ("queued", "running")
    seen = ask.until(AMY, lambda found: found["download"]["bytes"] > MOST_OF_A_SLOW_DOWNLOAD)["download"]
    assert (seen["state"], seen["message"], seen["total_bytes"]) == ("running", "Downloading en-US.amy", size)
    assert 0 < seen["seconds_left"] < 60
    assert seen["bytes_per_second"] == pytest.approx((size - seen["bytes"]) / seen["seconds_left"], rel=0.01)
    listed = {one["id"]: one["download"] for one in ask("GET", "/api/checkpoints/en-US").json["checkpoints"]}
    assert listed["en-US.amy"]["state"] == "running"
    found = ask.until(AMY, lambda found: found["download"]["ended"])
    assert (found["downloaded"], found["bytes_on_disk"], found["source"]) == (True, size, found["url"])
    assert (found["download"]["state"], found["download"]["bytes"]) == ("done", size)


@pytest.mark.usefixtures("worker")
def test_a_second_download_joins_the_first(ask: Client, amy: str, hub: Hub, old_checkpoint: Path) -> None:
    begun_slowly(ask, hub)
    first = ask("GET", AMY).json["download"]["started"]
    assert ask("POST", "/api/checkpoints/en_us/AMY/download").json["started"] == first
    hub.pause_per_chunk = 0
    ask.until(AMY, lambda found: found["downloaded"])
    assert hub.sent(".ckpt") == old_checkpoint.stat().st_size


@pytest.mark.usefixtures("worker")
def test_a_cancelled_download_leaves_a_part_that_the_next_one_goes_on_after(
    ask: Client, amy: str, hub: Hub, settings: Settings, old_checkpoint: Path
) -> None:
    begun_slowly(ask, hub)
    answer = ask("DELETE", f"{AMY}/download")
    assert (answer.status, answer.json["state"]) == (202, "cancelling")
    found = ask.until(AMY, lambda found: found["download"]["ended"], seconds=2)
    assert (found["download"]["state"], found["downloaded"]) == ("cancelled", False)
    came = (settings.checkpoints / ".en-US_amy.ckpt.part").stat().st_size
    assert came == found["bytes_on_disk"] >= MOST_OF_A_SLOW_DOWNLOAD
    assert ask("DELETE", f"{AMY}/download").status == 404
    hub.pause_per_chunk = 0
    hub.asked.clear()
    assert downloaded(ask)["download"]["state"] == "done"
    assert hub.sent(".ckpt") == old_checkpoint.stat().st_size - came


@pytest.mark.usefixtures("worker")
def test_a_cancel_is_heard_while_a_download_waits_to_try_again(ask: Client, amy: str, hub: Hub) -> None:
    hub.gets.append(Misdeed(status=503, headers={"Retry-After": "50"}))
    ask("POST", f"{AMY}/download")
    ask.until(AMY, lambda found: "Trying again in 50 s" in found["download"]["message"])
    ask("DELETE", f"{AMY}/download")
    assert ask.until(AMY, lambda found: found["download"]["ended"], seconds=2)["download"]["state"] == "cancelled"


@pytest.mark.usefixtures("worker")
def test_a_download_that_failed_says_why_and_can_be_tried_again(ask: Client, amy: str, hub: Hub) -> None:
    contents = hub.files.pop(amy)
    failed = downloaded(ask)["download"]
    assert failed["state"] == "failed"
    assert (failed["problem"]["title"], failed["problem"]["status"]) == ("Download failed", 502)
    assert "(404)" in failed["message"]
    assert failed["message"].endswith(failed["problem"]["remedy"])
    hub.put(amy, contents)
    assert downloaded(ask)["downloaded"]


def test_no_network_is_a_sentence(hub: Hub, amy: str, works: Works, ask: Client) -> None:
    works.start(HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE forbids" in downloaded(ask)["download"]["message"]
    assert hub.asked == []


def test_without_a_worker_a_download_says_that_it_waits_for_one(ask: Client, amy: str, works: Works) -> None:
    answer = ask("POST", f"{AMY}/download")
    assert (answer.status, answer.json["state"]) == (202, "queued")
    assert "none is running: start one with coaxial worker" in answer.json["message"]
    assert ask("GET", AMY).json["download"]["message"] == answer.json["message"]
    works.start()
    assert ask.until(AMY, lambda found: found["downloaded"] and found["download"]["ended"])


def test_a_download_is_a_job_that_its_own_address_steers(ask: Client, amy: str, hub: Hub, worker: Works) -> None:
    begun_slowly(ask, hub)
    href = ask("GET", AMY).json["download"]["job_href"]
    assert ask("GET", href).json["about"] == "en-US.amy"
    ask("POST", f"{href}/pause")
    paused = ask.until(AMY, lambda found: found["download"]["state"] == "paused")["download"]
    assert paused["bytes"] >= MOST_OF_A_SLOW_DOWNLOAD
    hub.pause_per_chunk = 0
    assert ask("POST", f"{AMY}/download").json["job_href"] == href
    ask.until(AMY, lambda found: found["download"]["state"] == "done")
    job = ask("GET", href).json
    assert (job["state"], job["made"][0]["href"]) == ("done", AMY)


@pytest.mark.usefixtures("worker")
def test_no_more_downloads_run_at_once_than_the_worker_has_places_and_one_that_waits_can_be_cancelled(
    ask: Client, settings: Settings
) -> None:
    ids = [one["id"] for one in ask("GET", "/api/checkpoints").json["checkpoints"][:4]]
    paths = [f"/api/checkpoints/{one.replace('.', '/', 1)}" for one in ids]
    folder = settings.checkpoints / ".locks"
    folder.mkdir(parents=True)
    locks = [FileLock(folder / f"{one.replace('.', '_', 1)}.lock") for one in ids]
    for lock, path in zip(locks, paths, strict=True):
        lock.acquire()  # as a download of another process would
        ask("POST", f"{path}/download")

    def downloads() -> list[Any]:
        return [ask("GET", path).json["download"] for path in paths]

    # Which of four that were asked for in one breath are begun is the worker's matter.
    deadline = time.monotonic() + 60
    while sum("another download" in one["message"] for one in downloads()) < 3:
        assert time.monotonic() < deadline, downloads()
    states = {path: one["state"] for path, one in zip(paths, downloads(), strict=True)}
    assert sorted(states.values()) == ["queued", "running", "running", "running"]
    for path in sorted(paths, key=states.__getitem__):
        ask("DELETE", f"{path}/download")
        assert ask.until(path, lambda found: found["download"]["ended"])["download"]["state"] == "cancelled"


@pytest.mark.usefixtures("worker")
def test_validating_tells_what_is_wrong(ask: Client, amy: str, settings: Settings) -> None:
    answer = ask("POST", "/api/checkpoints/validate/en-US/amy")
    assert (answer.status, answer.json["title"]) == (404, "Not found")
    assert "is not on this machine" in answer.json["detail"]
    downloaded(ask)
    path = settings.checkpoints / "en-US_amy.ckpt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    verdict = ask("POST", "/api/checkpoints/validate/en-US/amy")
    assert (verdict.status, verdict.json["valid"], verdict.json["inspection"]) == (200, False, None)
    assert "another length" in verdict.json["problems"][0]


def test_a_name_never_becomes_a_path(ask: Client, old_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old_checkpoint.parent)
    for name in ("old/ckpt", "..%2Fold/ckpt", "en-US/..%2F..%2Fold.ckpt", "en-US/%2e%2e"):
        assert ask("POST", f"/api/checkpoints/validate/{name}").status == 404
        assert ask("POST", f"/api/checkpoints/{name}/download").status == 404


@pytest.mark.usefixtures("worker")
def test_long_unused_ones_or_one_alone_are_cleared(ask: Client, amy: str) -> None:
    downloaded(ask)
    assert ask("DELETE", "/api/checkpoints/cache/clear?older_than_days=1").json == {
        "removed": [],
        "kept": [],
        "freed": 0,
    }
    assert ask("DELETE", "/api/checkpoints/cache/clear?id=en-US.lessac").status == 404
    cleared = ask("DELETE", "/api/checkpoints/cache/clear?id=en-us.amy").json
    assert cleared["removed"] == ["en-US.amy"] and cleared["freed"] > 1_000_000
    found = ask("GET", AMY).json
    assert (found["downloaded"], found["download"]) == (False, None)


@pytest.mark.usefixtures("worker")
def test_what_is_being_fetched_is_not_cleared(ask: Client, amy: str, hub: Hub) -> None:
    begun_slowly(ask, hub)
    answer = ask("DELETE", "/api/checkpoints/cache/clear?id=en-US.amy")
    assert (answer.status, answer.json["title"]) == (409, "In use")
    assert ask("DELETE", "/api/checkpoints/cache/clear").json["kept"] == ["en-US.amy"]
    ask("DELETE", f"{AMY}/download")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_looking_into_large_files_holds_up_nobody(ask: Client, amy: str) -> None:
    downloaded(ask)
    asked = [
        threading.Thread(target=ask, args=("POST", "/api/checkpoints/validate/en-US/amy"), daemon=True)
        for _ in range(8)
    ]
    for thread in asked:
        thread.start()
    longest = 0.0
    while any(thread.is_alive() for thread in asked):
        began = time.monotonic()
        assert ask("GET", "/api/nothing").status == 404
        longest = max(longest, time.monotonic() - began)
    assert longest < 1


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_reading_never_fails_while_checkpoints_come_and_go(ask: Client, amy: str) -> None:
    paths = (AMY, "/api/checkpoints", "/api/checkpoints/en-US", "/api/checkpoints/cache/info")
    stop, seen = threading.Event(), []

    def read(path: str) -> None:
        while not stop.is_set():
            seen.append((path, ask("GET", path).status))

    readers = [threading.Thread(target=read, args=(path,)) for path in paths]
    for reader in readers:
        reader.start()
    try:
        for _ in range(10):
            downloaded(ask)
            ask("DELETE", "/api/checkpoints/cache/clear")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert {status for _, status in seen} == {200}, {one for one in seen if one[1] != 200}
