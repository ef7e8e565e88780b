"""Jobs in the table: one claimant, one holder of a slot, and every way in which a job goes on or ends."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from coaxial.domain.errors import NotFound, WrongState
from coaxial.domain.jobs import FORGIVING_SECONDS, MOST_LOSSES
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.job_records import JobRecord
from store.test_training_rows import prepared

LEASE = 30.0


@pytest.fixture
def running(store: Store, tmp_path: Path) -> str:
    """A run that somebody trains."""
    store.add_dataset(prepared(tmp_path), [])
    return store.add_run("anna-1", "anna", {}, tmp_path / "runs" / "anna-1").name


def claimed(store: Store, id: int, *slots: str, worker: str = "here:1") -> JobRecord:
    job = store.claim_job(id, worker, LEASE, slots)
    assert job is not None
    return job


def test_of_many_workers_that_claim_at_once_one_gets_the_job(store: Store, settings: Settings) -> None:
    ids = [store.add_job("train", {}).id for _ in range(5)]
    got: list[tuple[int, str]] = []
    begin = threading.Barrier(6)

    def work(name: str) -> None:
        with open_store(settings) as own:
            begin.wait()
            got.extend((id, name) for id in ids if own.claim_job(id, name, LEASE) is not None)

    threads = [threading.Thread(target=work, args=(f"worker:{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(id for id, _ in got) == ids
    assert {job.id: job.worker for job in store.held_jobs()} == dict(got)


def test_whatever_a_job_says_of_names_that_are_no_text_is_written_down(store: Store) -> None:
    job = claimed(store, store.add_job("import", {}).id)
    name = os.fsdecode(b"b\xfccher\0")
    assert store.report_job(job.id, job.claim, {"stage": name, "note": name}, [name])
    assert store.fail_job(job.id, job.claim, f"{name} is missing.", f"Bring {name}.", "UnreadableSource")
    failed = store.job(job.id)
    assert (failed.stage, failed.note) == ("b?cher", "b?cher")
    assert (failed.failure, failed.remedy) == ("b?cher is missing.", "Bring b?cher.")
    said = [line.text for line in store.job_log(job.id)]
    assert said[-2:] == ["b?cher", "Failed: b?cher is missing. Bring b?cher."]


def test_the_run_of_each_job_is_told_as_soon_as_there_is_one(store: Store) -> None:
    first, second, _ = (store.add_job("train", {}).id for _ in range(3))
    assert store.runs_of_jobs() == {}
    job = claimed(store, first)
    assert store.note_result(first, job.claim, {"run": "anna-1"})
    assert store.finish_job(second, claimed(store, second).claim, {"run": "anna-2", "step": 7})
    assert store.runs_of_jobs() == {first: "anna-1", second: "anna-2"}
    assert {run: job.id for run, job in store.jobs_of_runs().items()} == {"anna-1": first, "anna-2": second}


def test_a_slot_is_one_job_s_until_it_lets_go(store: Store) -> None:
    first, second = store.add_job("train", {}).id, store.add_job("train", {}).id
    job = claimed(store, first, "here/gpu:0", "here/gpu:1")
    assert store.claim_job(second, "here:2", LEASE, ["here/gpu:1"]) is None
    assert store.job(second).state == "queued"
    assert store.finish_job(first, job.claim, {})
    assert store.taken_slots() == set()
    claimed(store, second, "here/gpu:1")


def test_a_word_without_the_claim_changes_nothing(store: Store) -> None:
    id = store.add_job("import", {}).id
    old = claimed(store, id)
    assert store.requeue_job(id, old.claim, old.beats)
    new = claimed(store, id)
    before = store.job(id), store.job_log(id)
    assert not store.beat(id, old.claim, LEASE)
    assert not store.report_job(id, old.claim, {"done": 7.0}, ["late"])
    assert not store.note_result(id, old.claim, {"run": "late"})
    assert not store.finish_job(id, old.claim, {})
    assert not store.fail_job(id, old.claim, "late", "", "LostWorker")
    assert store.stop_job(id, old.claim) is None
    assert store.lose_process(id, old.claim, 1.0, "late", "") is None
    assert (store.job(id), store.job_log(id)) == before
    assert store.finish_job(id, new.claim, {"dataset": "d"})
    assert (store.job(id).state, store.job(id).result, store.job(id).attempts) == ("done", {"dataset": "d"}, 2)


def test_a_heartbeat_in_the_last_moment_keeps_the_job(store: Store) -> None:
    id = store.add_job("train", {}).id
    job = claimed(store, id)
    assert store.beat(id, job.claim, LEASE)
    assert store.requeue_job(id, job.claim, job.beats) is None
    assert store.job(id).state == "running"


def test_a_job_waits_for_the_one_before_and_goes_with_it_when_that_is_cancelled(store: Store) -> None:
    first = store.add_job("import", {}).id
    second = store.add_job("prepare", {}, first).id
    third = store.add_job("train", {}, second).id
    assert [job.id for job in store.ready_jobs()] == [first]
    assert store.claim_job(second, "here:1", LEASE) is None
    job = claimed(store, first)
    assert store.fail_job(first, job.claim, "No.", "", "NotFound")
    assert store.ready_jobs() == []  # what waits for a failed job waits for it to be tried again
    store.retry_job(first)
    job = claimed(store, first)
    assert store.finish_job(first, job.claim, {})
    assert [job.id for job in store.ready_jobs()] == [second]
    store.ask_job(second, "cancel")
    assert (store.job(second).state, store.job(third).state) == ("cancelled", "cancelled")
    with pytest.raises(WrongState, match=f"Job {second} was cancelled"):
        store.add_job("export", {}, second)
    with pytest.raises(WrongState, match=f"Job {second} was cancelled"):
        store.retry_job(third)


def test_what_nobody_works_on_pauses_resumes_and_ends_at_once(store: Store) -> None:
    id = store.add_job("train", {}).id
    assert store.ask_job(id, "pause").state == "paused"
    assert store.ready_jobs() == []
    assert store.claim_job(id, "here:1", LEASE) is None
    assert store.ask_job(id, "run").state == "queued"
    assert store.ask_job(id, "cancel").state == "cancelled"
    with pytest.raises(WrongState, match="cancelled already and cannot be paused"):
        store.ask_job(id, "pause")
    assert store.retry_job(id).state == "queued"


@pytest.mark.parametrize(
    ("wanted", "meanwhile", "then"), [("pause", "running", "paused"), ("cancel", "cancelling", "cancelled")]
)
def test_a_running_job_becomes_what_is_wanted_once_its_process_stopped(
    store: Store, wanted: str, meanwhile: str, then: str
) -> None:
    id = store.add_job("train", {}).id
    job = claimed(store, id, "here/gpu:0")
    assert store.ask_job(id, wanted).state == meanwhile
    assert store.taken_slots() == {"here/gpu:0"}
    stopped = store.stop_job(id, job.claim)
    assert stopped is not None
    assert (stopped.state, store.taken_slots()) == (then, set())


def test_a_job_that_is_being_cancelled_cannot_be_had_back(store: Store) -> None:
    id = store.add_job("train", {}).id
    claimed(store, id)
    store.ask_job(id, "cancel")
    with pytest.raises(WrongState, match="being cancelled"):
        store.ask_job(id, "run")


def test_a_job_that_fails_because_it_was_told_to_stop_is_cancelled_and_not_failed(store: Store) -> None:
    id = store.add_job("import", {}).id
    job = claimed(store, id)
    store.ask_job(id, "cancel")
    assert store.fail_job(id, job.claim, "A worker process was ended from outside.", "", "StorageFailure")
    assert (store.job(id).state, store.job(id).failure) == ("cancelled", "")


def test_only_what_failed_or_was_cancelled_can_be_tried_again_and_keeps_its_log(store: Store) -> None:
    id = store.add_job("import", {}).id
    with pytest.raises(WrongState, match="is queued; only a failed or a cancelled"):
        store.retry_job(id)
    job = claimed(store, id)
    store.report_job(id, job.claim, {"stage": "Reading", "done": 3.0}, ["Said before."])
    store.fail_job(id, job.claim, "The disk is full.", "Free some space.", "StorageFailure")
    failed = store.job(id)
    assert (failed.failure, failed.remedy, failed.error) == ("The disk is full.", "Free some space.", "StorageFailure")
    again = store.retry_job(id)
    assert (again.state, again.failure, again.error, again.finished) == ("queued", "", "", None)
    said = [line.text for line in store.job_log(id)]
    assert said == [
        "Queued.",
        "Begun by here.",
        "Said before.",
        "Failed: The disk is full. Free some space.",
        "Queued again.",
    ]


def test_a_process_that_keeps_dying_is_given_up_and_one_that_worked_for_long_is_not(store: Store) -> None:
    id = store.add_job("train", {}).id
    for _ in range(3 * MOST_LOSSES):
        lost = store.lose_process(id, claimed(store, id).claim, FORGIVING_SECONDS + 1, "It died.", "")
        assert lost is not None and lost.state == "queued"
    for _ in range(MOST_LOSSES - 2):
        lost = store.lose_process(id, claimed(store, id).claim, 1.0, "It died.", "Try again.")
        assert lost is not None and lost.state == "queued"
    lost = store.lose_process(id, claimed(store, id).claim, 1.0, "It died.", "Try again.")
    assert lost is not None
    assert (lost.state, lost.failure) == ("failed", f"It died. It happened {MOST_LOSSES} times in a row.")
    assert (lost.remedy, lost.error) == ("Try again.", "LostWorker")


def test_a_reader_of_the_log_and_of_changes_goes_on_where_it_was(store: Store) -> None:
    first, second = store.add_job("import", {}).id, store.add_job("download", {}).id
    seen_line, seen_change = store.job_log()[-1].id, max(job.revision for job in store.jobs())
    job = claimed(store, first)
    store.report_job(first, job.claim, {"done": 1.0}, ["one", "two"])
    assert [line.text for line in store.job_log(after=seen_line)] == ["Begun by here.", "one", "two"]
    assert [line.text for line in store.job_log(first, after=seen_line, limit=2)] == ["Begun by here.", "one"]
    assert [changed.id for changed in store.jobs(since_revision=seen_change)] == [first]
    assert len({each.revision for each in store.jobs()}) == 2
    assert second not in [changed.id for changed in store.jobs(["running"])]


def test_a_job_that_does_not_exist_is_a_sentence(store: Store) -> None:
    for ask in (store.job, store.retry_job, store.job_log, lambda id: store.ask_job(id, "cancel")):
        with pytest.raises(NotFound, match="There is no job 7"):
            ask(7)


def test_one_key_is_one_job_however_many_ask_at_once(store: Store, settings: Settings) -> None:
    ids: list[int] = []
    begin = threading.Barrier(8)

    def ask(number: int) -> None:
        begin.wait()
        ids.append(store.add_job("import", {"by": number}, key="the same").id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(ids), len(set(ids)), len(store.jobs())) == (8, 1, 1)
    assert [line.text for line in store.job_log()] == ["Queued."]
    assert store.add_job("import", {}, key="another").id != ids[0]
    assert len({store.add_job("import", {}).id for _ in range(3)}) == 3  # without one, each is a job of its own


@pytest.mark.parametrize(("asked", "then"), [(True, "stopped"), (False, "stopped"), (None, "failed")])
def test_the_run_of_a_killed_process_does_not_look_as_if_it_trained(
    store: Store, running: str, asked: bool | None, then: str
) -> None:
    id = store.add_job("train", {}).id
    job = claimed(store, id)
    assert store.note_result(id, job.claim, {"run": running})
    if asked is None:
        assert store.fail_job(id, job.claim, "A mistake.", "", "ZeroDivisionError")
    elif asked:
        assert store.stop_job(id, job.claim, "It did not stop within 30 seconds and was killed.")
    else:
        assert store.requeue_job(id, job.claim, job.beats)
    assert store.run(running).state == then


def test_what_another_command_trains_is_not_called_stopped(store: Store, running: str) -> None:
    id = store.add_job("train", {}).id
    job = claimed(store, id)
    assert store.note_result(id, job.claim, {"run": running})
    assert store.stop_job(id, job.claim)  # its process found the run in use
    assert store.run(running).state == "running"
