"""`coaxial studio`: one command, one port, and every job where it was, however it ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amy_on_hub import AMY, CONFIG
from cli.studios import COMMAND, are_gone, listening, studio, until
from coaxial.domain.quality import Quality
from coaxial.jobs.queue import Queue
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from engine.conftest import write_dataset
from hub_server import Hub, on_hub
from old_checkpoints import write_old_checkpoint


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read(tmp_path / "data", {})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as store:
        yield store


@pytest.fixture(scope="session")
def old_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something to download; read it only."""
    return write_old_checkpoint(tmp_path_factory.mktemp("old") / "old.ckpt", quality=Quality.X_LOW)


@pytest.fixture
def job(settings: Settings, store: Store, hub: Hub, old_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A job that takes as long as the test likes: a download from a hub that is slow."""
    hub.put(on_hub(AMY.config_url), json.dumps(CONFIG).encode())
    hub.put(on_hub(AMY.url), old_checkpoint.read_bytes())
    hub.pause_per_chunk = 0.05
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return Queue(settings, store).submit("download", {"base": "en-US.amy"}).id


def is_at_work(store: Store, job: int) -> bool:
    found = store.job(job)
    return found.state == "running" and found.done > 0


def test_a_job_goes_on_where_it_was_after_the_studio_was_stopped(
    settings: Settings, store: Store, job: int, hub: Hub, old_checkpoint: Path
) -> None:
    with studio(settings.data_dir) as first:
        ask = first.ask()
        assert ask("GET", f"/api/jobs/{job}").json["id"] == job
        until(lambda: is_at_work(store, job))
        processes = first.everything()
        assert first.end() == 0
        assert first.out.rest().splitlines()[-1] == "Stopped."
        assert are_gone(processes)
    stopped = store.job(job)
    assert (stopped.state, stopped.failure) == ("queued", "")
    part = (settings.checkpoints / ".en-US_amy.ckpt.part").stat().st_size
    assert 0 < part < old_checkpoint.stat().st_size
    hub.pause_per_chunk = 0
    hub.asked.clear()
    with studio(settings.data_dir):
        until(lambda: store.job(job).state == "done")
    assert hub.sent(".ckpt") == old_checkpoint.stat().st_size - part
    assert store.job(job).attempts == 2


@pytest.mark.slow
def test_a_training_goes_on_with_its_run_after_the_studio_was_stopped(settings: Settings, store: Store) -> None:
    name = "hum-x_low-000000000000"
    store.add_dataset(write_dataset(settings.datasets / name), [])
    options = {"budget": {"steps": 6}, "batch_size": 2, "checkpoint_every": 2, "device": "cpu", "seed": 1}
    training = Queue(settings, store).submit("train", {"dataset": name, "options": options}).id
    with studio(settings.data_dir) as first:
        until(lambda: store.job(training).state == "running" and store.job(training).done >= 2)
        assert first.end() == 0
    run = store.job(training).result["run"]
    with studio(settings.data_dir):
        until(lambda: store.job(training).state == "done")
    assert store.job(training).result["run"] == run
    assert [one.name for one in store.runs()] == [run]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_opens_one_port_of_loopback_and_stops_cleanly(settings: Settings, number: signal.Signals) -> None:
    with studio(settings.data_dir) as it:
        port = int(it.url().rpartition(":")[2])
        it.err.until("Worker")
        processes = it.everything()
        # Hexadecimal, in the machine's byte order.
        assert listening(processes) == {f"0100007F:{port:04X}"}
        assert it.end(number) == 0
        assert are_gone(processes)
        assert "rror" not in it.err.rest()


def test_a_part_that_is_killed_begins_again_at_the_same_address(
    settings: Settings, store: Store, job: int, hub: Hub
) -> None:
    with studio(settings.data_dir) as it:
        ask = it.ask()
        until(lambda: is_at_work(store, job))
        before = it.parts()
        for part, word in (("api", "server"), ("worker", "worker")):
            os.kill(before[part], signal.SIGKILL)
            assert f"The {word} was killed (SIGKILL); it begins again in 1 s." in it.err.until("begins again")
        # Asked meanwhile, it answers late instead of not at all.
        assert ask("GET", "/api/jobs").status == 200
        hub.pause_per_chunk = 0
        until(lambda: store.job(job).state == "done")
        assert not set(before.values()) & set(it.parts().values())
        assert it.end() == 0


def test_its_parts_end_with_it_however_it_ended_and_the_next_one_has_its_port(
    settings: Settings, store: Store, job: int
) -> None:
    with studio(settings.data_dir) as it:
        port = it.url().rpartition(":")[2]
        until(lambda: is_at_work(store, job))
        processes = it.everything()
        assert len(processes) >= 4
        it.process.kill()
        with studio(settings.data_dir, "--port", port) as next_one:
            next_one.url()
            until(lambda: are_gone(processes))


def test_a_second_ctrl_c_ends_it_at_once(settings: Settings, store: Store, job: int) -> None:
    with studio(settings.data_dir) as it:
        it.url()
        until(lambda: is_at_work(store, job))
        worker = it.parts()["worker"]
        # So that it cannot end by itself.
        os.kill(worker, signal.SIGSTOP)
        it.process.send_signal(signal.SIGINT)
        it.err.until("Ctrl-C again")
        began = time.monotonic()
        assert it.end() == 130
        assert time.monotonic() - began < 2
        until(lambda: are_gone({worker}))


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = [*COMMAND, "studio", "--port", str(port), "--data-dir", str(tmp_path)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"error: Port {port} is taken: another program, perhaps another coaxial, listens there.",
        f"Stop that one, or choose another port: coaxial studio --port {port + 1}",
    ]


def test_what_can_never_start_ends_it_with_its_own_sentence(settings: Settings) -> None:
    settings.database.write_bytes(b"this is a letter, not a database" * 40)
    with studio(settings.data_dir) as it:
        assert it.process.wait(30) == 1
        assert "is damaged or is not a coaxial database" in it.err.rest()
