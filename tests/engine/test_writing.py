"""Checkpoints beside training: a job in a thread, and what follows from it in the thread that asked."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from coaxial.domain.errors import StorageFailure
from coaxial.engine.checkpoint import write_checkpoint
from coaxial.engine.writing import BesideWriter, kept_aside, on_cpu


class Job:
    """Waits until it is let go, then notes that it ran, and raises if it is to."""

    def __init__(self, notes: list[str], name: str = "job", error: BaseException | None = None) -> None:
        self._notes, self._name, self._error = notes, name, error
        self.let_go = threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(self) -> None:
        assert self.let_go.wait(timeout=10)
        self.thread = threading.current_thread()
        self._notes.append(self._name)
        if self._error is not None:
            raise self._error


def released(*args) -> Job:
    job = Job(*args)
    job.let_go.set()
    return job


def nothing() -> None:
    pass


def poll_until_done(writer: BesideWriter, notes: list[str], count: int) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        writer.poll()
        if len(notes) >= count:
            return
        waiting.wait(0.01)
    raise AssertionError("it is never done")


def test_what_follows_runs_after_the_job_in_the_thread_of_whoever_asks():
    notes: list[str] = []
    threads = []

    def then() -> None:
        notes.append("then")
        threads.append(threading.current_thread())

    with BesideWriter(beside=True) as writer:
        job = Job(notes)
        writer.submit(job, then)
        writer.poll()
        assert notes == []
        job.let_go.set()
        poll_until_done(writer, notes, 2)
        writer.poll()
    assert notes == ["job", "then"]
    assert threads == [threading.current_thread()] != [job.thread]


def test_a_job_waits_for_the_one_before_and_what_follows_from_it():
    notes: list[str] = []
    with BesideWriter(beside=True) as writer:
        first = Job(notes, "first")
        writer.submit(first, lambda: notes.append("after the first"))
        threading.Timer(0.1, first.let_go.set).start()
        writer.submit(released(notes, "second"), lambda: notes.append("after the second"))
        assert notes[:2] == ["first", "after the first"]
    assert notes == ["first", "after the first", "second", "after the second"]


@pytest.mark.parametrize("ask", ["wait", "submit", "leave", "poll"])
def test_the_jobs_error_is_raised_where_the_caller_next_asks_and_nothing_follows(ask):
    notes: list[str] = []
    with pytest.raises(OSError, match="disk is full"), BesideWriter(beside=True) as writer:
        writer.submit(released(notes, "job", OSError("disk is full")), lambda: notes.append("then"))
        if ask == "wait":
            writer.wait()
        elif ask == "submit":
            writer.submit(released(notes, "second"), nothing)
        elif ask == "poll":
            poll_until_done(writer, notes, 2)
    assert notes == ["job"]


def test_an_error_is_raised_once():
    with BesideWriter(beside=True) as writer:
        writer.submit(released([], "job", OSError("disk is full")), nothing)
        with pytest.raises(OSError, match="disk is full"):
            writer.wait()
        writer.wait()


@pytest.mark.parametrize("error", [None, OSError("disk is full")], ids=["job succeeds", "job fails"])
def test_an_error_of_the_block_is_not_hidden_and_the_job_is_finished_first(error):
    notes: list[str] = []
    with pytest.raises(KeyError, match="the block's own"), BesideWriter(beside=True) as writer:
        job = Job(notes, "job", error)
        writer.submit(job, nothing)
        threading.Timer(0.1, job.let_go.set).start()
        raise KeyError("the block's own")
    assert notes == ["job"]


def test_where_nothing_runs_beside_all_is_done_at_once():
    notes: list[str] = []
    with BesideWriter(beside=False) as writer:
        job = released(notes)
        writer.submit(job, lambda: notes.append("then"))
        assert notes == ["job", "then"] and job.thread is threading.current_thread()
        with pytest.raises(OSError, match="disk is full"):
            writer.submit(released(notes, "second", OSError("disk is full")), nothing)


def test_contents_for_the_disk_keep_their_form_and_their_values():
    contents = {"a": [torch.ones(2, requires_grad=True), (1, "b")], "c": {"d": torch.zeros(1), "e": None}}
    copied = on_cpu(contents)
    assert torch.equal(copied["a"][0], torch.ones(2)) and not copied["a"][0].requires_grad
    assert copied["a"][1] == (1, "b") and copied["c"]["e"] is None
    assert copied["c"]["d"].data_ptr() == contents["c"]["d"].data_ptr()


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_what_is_kept_aside_is_fetched_as_it_was(device: str) -> None:
    weight = torch.ones(1000, device=device)
    contents = {"state": [weight, {"step": torch.tensor(3.0)}], "name": "run"}
    fetch = kept_aside(contents, torch.device(device))
    if device == "cuda":  # elsewhere nothing changes before it is written
        weight.zero_()
    fetched: list[dict] = []
    thread = threading.Thread(target=lambda: fetched.append(fetch()))
    thread.start()
    thread.join()
    assert fetched[0]["name"] == "run" and fetched[0]["state"][1]["step"] == 3.0
    assert fetched[0]["state"][0].device.type == "cpu" and fetched[0]["state"][0].tolist() == [1.0] * 1000


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 100 kB: the system refuses a part of a write, as it does where the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_checkpoint_that_the_disk_has_no_room_for_is_told_in_words_and_the_old_one_stays(
    tmp_path: Path, small_files: None
):
    path = tmp_path / "last.ckpt"
    path.write_bytes(b"the old one")
    with pytest.raises(StorageFailure, match=r"last\.ckpt could not be written"):
        write_checkpoint(path, {"state_dict": {str(number): torch.zeros(100_000) for number in range(3)}})
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]
