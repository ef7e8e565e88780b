"""Server-sent events: nothing is missed and nothing comes twice, whatever becomes of client, server and run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock

from api.client import Client
from api.listening import Listener
from coaxial.api import events as reader
from coaxial.api.streams import Stream, Wish
from coaxial.engine.metrics import MetricsLog
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from engine.conftest import write_dataset

COMMAND = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())", "api"]
DATASET = "hum-x_low-000000000000"


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as store:
        store.add_dataset(write_dataset(settings.datasets / DATASET), [])
        yield store


def begun(settings: Settings, store: Store, name: str = "hum-1") -> Path:
    """A run that trains; answers its folder."""
    folder = settings.runs / name
    folder.mkdir(parents=True)
    store.add_run(name, DATASET, {}, folder)
    return folder


def trained(folder: Path, first: int, last: int, salt: float = 0.0) -> None:
    """Steps of a run, as the engine writes them; what was there of later ones is dropped."""
    with MetricsLog(folder, first - 1) as log:
        for step in range(first, last + 1):
            log.collect(step, 0, 2e-4, {"mel": torch.tensor(30.0 / step + salt), "kl": torch.tensor(1.5)})
        log.flush()


def lines(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def spoken(store: Store, *texts: str) -> int:
    """A job that a worker holds says something."""
    job = store.add_job("download", {"base": "en-US.amy"})
    claimed = store.claim_job(job.id, "test:1", 60)
    assert claimed is not None
    store.report_job(job.id, claimed.claim, {}, texts)
    return job.id


def test_jobs_log_lines_and_metrics_come_as_they_happen(ask: Client, settings: Settings, store: Store) -> None:
    heard = Listener(ask.url).connect()
    heard.until(lambda it: it.of("hello"))
    folder = begun(settings, store)
    trained(folder, 1, 5)
    job = spoken(store, "Looking.", "Found.")
    heard.until(lambda it: len(it.of("log")) == 4 and len(it.metrics.get("hum-1", [])) == 5)
    assert [line["text"] for line in heard.of("log")][-2:] == ["Looking.", "Found."]
    assert heard.metrics["hum-1"] == lines(folder)
    # A log line may be told before the change of the job that came with it.
    heard.until(lambda it: it.of("job")[-1] == ask("GET", f"/api/jobs/{job}").json)
    heard.close()


def test_a_stream_begins_now_or_after_an_id_or_with_everything(ask: Client, settings: Settings, store: Store) -> None:
    folder = begun(settings, store)
    trained(folder, 1, 5)
    spoken(store, "Early.")
    everything = Listener(ask.url, "since=0").connect()
    everything.until(lambda it: it.metrics.get("hum-1") == lines(folder) and len(it.of("log")) == len(store.job_log()))
    before = everything.last_id
    now = Listener(ask.url).connect()
    now.until(lambda it: it.of("hello"))
    trained(folder, 6, 7)
    now.until(lambda it: it.metrics)
    assert now.events[0].data["resumed"] is False
    assert now.of("log") == [] and now.of("metrics")[0]["first"] == 5
    after = Listener(ask.url, f"since={before}").connect()
    after.until(lambda it: it.of("metrics"))
    assert after.events[0].data["resumed"] is True
    for one in (everything, now, after):
        one.close()


def test_two_clients_that_come_and_go_each_hear_everything_once(ask: Client, settings: Settings, store: Store) -> None:
    folder = begun(settings, store)
    clients = [Listener(ask.url, "since=0").connect() for _ in range(2)]
    for step in range(1, 41):
        trained(folder, step, step)
        spoken(store, f"Step {step}.")
        if step % 8 == 0:
            client = clients[step // 8 % 2]
            client.close()
            client.connect()
    for client in clients:
        client.until(lambda it: it.metrics.get("hum-1") == lines(folder))
        client.until(lambda it: it.of("log")[-1]["text"] == "Step 40.")
        told = [line["id"] for line in client.of("log")]
        assert told == sorted(set(told)) == [line.id for line in store.job_log()]
        assert client.withdrawn == 0
        client.close()


def test_what_a_killed_run_does_again_is_not_told_again(ask: Client, settings: Settings, store: Store) -> None:
    folder = begun(settings, store)
    store.note_result(*_training(store), {"run": "hum-1"})
    early = Listener(ask.url, "since=0").connect()
    trained(folder, 1, 30)
    early.until(lambda it: len(it.metrics.get("hum-1", [])) == 30)
    trained(folder, 21, 25)
    late = Listener(ask.url, "since=0").connect()
    late.until(lambda it: len(it.metrics.get("hum-1", [])) == 25)
    time.sleep(0.5)
    trained(folder, 26, 40)
    for client in (early, late):
        client.until(lambda it: len(it.metrics["hum-1"]) == 40)
        assert client.metrics["hum-1"] == lines(folder)
        assert client.withdrawn == 0
        client.close()


def test_a_run_that_took_another_way_takes_back_what_it_told(ask: Client, settings: Settings, store: Store) -> None:
    folder = begun(settings, store)
    store.note_result(*_training(store), {"run": "hum-1"})
    client = Listener(ask.url, "since=0").connect()
    trained(folder, 1, 30)
    client.until(lambda it: len(it.metrics.get("hum-1", [])) == 30)
    away = Listener(ask.url, f"since={client.last_id}")
    away.metrics["hum-1"] = list(client.metrics["hum-1"])
    trained(folder, 21, 28, salt=0.01)
    client.until(lambda it: it.metrics["hum-1"] == lines(folder))
    assert client.withdrawn == 10
    away.connect()
    away.until(lambda it: it.metrics["hum-1"] == lines(folder))
    for one in (client, away):
        one.close()


def test_a_run_that_was_given_up_takes_back_what_it_lost(ask: Client, settings: Settings, store: Store) -> None:
    folder = begun(settings, store)
    client = Listener(ask.url, "since=0").connect()
    trained(folder, 1, 30)
    client.until(lambda it: len(it.metrics.get("hum-1", [])) == 30)
    trained(folder, 21, 20)
    client.until(lambda it: len(it.metrics["hum-1"]) == 20)
    client.close()


def _training(store: Store) -> tuple[int, str]:
    job = store.add_job("train", {"dataset": DATASET, "options": {"budget": {"steps": 50}}})
    claimed = store.claim_job(job.id, "test:1", 600)
    assert claimed is not None
    return claimed.id, claimed.claim


def test_a_client_that_reads_slowly_gets_everything_and_holds_up_nobody(
    ask: Client, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_MOST_KEPT", 5)
    folder = begun(settings, store)
    slow = Listener(ask.url, "since=0").connect(slowly=0.004)
    quick = Listener(ask.url, "since=0").connect()
    for part in range(30):
        trained(folder, part * 200 + 1, part * 200 + 200)
        spoken(store, *(f"Line {part}.{number} {'x' * 500}" for number in range(20)))
    quick.until(lambda it: len(it.metrics.get("hum-1", [])) == 6000)
    assert len(slow.metrics.get("hum-1", [])) < 6000
    slow.until(lambda it: it.metrics.get("hum-1") == lines(folder))
    slow.until(lambda it: len(it.of("log")) == len(store.job_log()))
    assert [line["id"] for line in slow.of("log")] == [line.id for line in store.job_log()]
    slow.close()
    quick.close()


def test_only_what_was_asked_for_comes(ask: Client, settings: Settings, store: Store) -> None:
    mine, other = begun(settings, store, "hum-1"), begun(settings, store, "hum-2")
    id, claim = _training(store)
    store.note_result(id, claim, {"run": "hum-1"})
    by_run = Listener(ask.url, "since=0&run=hum-1").connect()
    by_job = Listener(ask.url, f"since=0&job={id}&kinds=metrics,log").connect()
    trained(mine, 1, 5)
    trained(other, 1, 5)
    spoken(store, "Of another job.")
    store.report_job(id, claim, {}, ["Of mine."])
    for client in (by_run, by_job):
        client.until(lambda it: "Of mine." in [line["text"] for line in it.of("log")])
        client.until(lambda it: it.metrics.get("hum-1") == lines(mine))
        assert {line["job"] for line in client.of("log")} == {id}
        assert list(client.metrics) == ["hum-1"]
        client.close()
    assert {job["id"] for job in by_run.of("job")} == {id} and by_job.of("job") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("kinds=everything", 422), ("since=yesterday", 422), ("run=nobody", 404), ("job=99", 404), ("job=x", 422)],
)
def test_what_cannot_be_followed_is_a_sentence(ask: Client, query: str, status: int) -> None:
    answer = ask("GET", f"/api/events?{query}")
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json["detail"]


def test_an_id_of_another_data_directory_begins_now_and_says_so(ask: Client, store: Store) -> None:
    client = Listener(ask.url, last_id="99999.5.1-1.").connect()
    client.until(lambda it: it.of("hello"))
    assert client.of("hello")[0]["resumed"] is False
    client.close()


def test_a_stream_where_nothing_happens_shows_that_it_lives(
    ask: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coaxial.api.streams.SECONDS_BETWEEN_SIGNS", 0.2)
    client = Listener(ask.url, "kinds=job").connect()
    client.until(lambda it: it.signs_of_life >= 2)
    client.close()


def serve(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    environment = {**os.environ, "COAXIAL_DATA_DIR": str(data_dir)}
    process = subprocess.Popen([*COMMAND, "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()[3]


def test_a_client_that_goes_while_the_reader_begins_leaves_nobody_who_listens(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_SECONDS_ALONE", 0.2)
    trained(begun(settings, store), 1, 3)
    events = reader.Events(settings)
    index = settings.runs / "hum-1" / "metrics.index" / "lock"

    async def come_and_go() -> None:
        parts = Stream(events, events.reading(), events.reading().now(), Wish(), resumed=False).parts()
        assert b"event: hello" in await anext(parts)
        with FileLock(index):  # as a process has it that makes the index of a long run
            waiting = asyncio.ensure_future(anext(parts))
            await asyncio.sleep(0.3)
            waiting.cancel()
            await asyncio.wait((waiting,))

    asyncio.run(come_and_go())
    end = time.monotonic() + 10
    while events.is_looking:
        assert time.monotonic() < end, "it goes on looking, and for nobody"
        time.sleep(0.05)
    events.close()


def test_servers_that_are_killed_between_cost_no_event(settings: Settings, store: Store) -> None:
    folder, step = begun(settings, store), 0
    client = Listener("", "since=0")
    stop = threading.Event()

    def train() -> None:
        nonlocal step
        while not stop.is_set():
            step += 1
            trained(folder, step, step)
            spoken(store, f"Step {step}.")
            if step == 25:  # begins and ends, perhaps while no server is there
                trained(begun(settings, store, "hum-2"), 1, 50)
                store.set_run_state("hum-2", "finished", 50)
            time.sleep(0.05)

    training = threading.Thread(target=train)
    training.start()
    try:
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            process, client.url = serve(settings.data_dir)
            client.connect()
            had = len(client.events)
            client.until(lambda it, had=had: len(it.events) > had + 10)  # type: ignore[misc]
            process.send_signal(number)
            process.wait(10)
            client.close()
            time.sleep(0.3)
    finally:
        stop.set()
        training.join()
    process, client.url = serve(settings.data_dir)
    client.connect()
    client.until(lambda it: it.metrics["hum-1"] == lines(folder) and len(it.of("log")) >= len(store.job_log()))
    assert client.metrics["hum-2"] == lines(settings.runs / "hum-2")
    assert [line["id"] for line in client.of("log")] == [line.id for line in store.job_log()]
    assert client.withdrawn == 0
    client.close()
    process.terminate()
    process.wait(10)


def test_a_server_that_ends_lets_its_streams_end_in_time(settings: Settings, store: Store) -> None:
    process, url = serve(settings.data_dir)
    clients = [Listener(url).connect() for _ in range(5)]
    for client in clients:
        client.until(lambda it: it.of("hello"))
    began = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert time.monotonic() - began < 2
    for client in clients:
        client.until(lambda it: it.has_ended, 5)


def test_what_is_no_position_is_refused(ask: Client) -> None:
    refused = ask("GET", "/api/events?since=9999999999.0.0-0.")
    assert (refused.status, "is no position" in refused.json["detail"]) == (422, True)
