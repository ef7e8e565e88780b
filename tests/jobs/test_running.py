"""Jobs from submission to their end, by real workers and in real processes."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.jobs import MOST_LOSSES
from coaxial.jobs.app import broker_file, publish
from coaxial.jobs.grace import SHORT_GRACE, beat_seconds
from coaxial.workflows.add_base import add_base
from coaxial.workflows.locks import lock_file, speech_key
from hub_server import Hub, on_hub
from jobs.conftest import LEASE, Training, works_in
from jobs.stopping import PATIENT, PROMPT, watch
from jobs.workers import PATIENCE, Works

TURNS = ("Begun", "Cancelled.", "Done.")


def importing(corpus: Path, name: str = "robot") -> dict[str, str]:
    return {"source": str(corpus), "name": name, "language": "en-US"}


@pytest.mark.slow
def test_recordings_become_a_voice_by_four_jobs_that_wait_for_each_other(works: Works, robot_corpus: Path) -> None:
    works.start()
    first = works.queue.submit("import", importing(robot_corpus)).id
    second = works.queue.submit("prepare", {"name": "robot", "options": {"quality": "x_low"}}, after=first).id
    options = {"budget": {"steps": 2}, "batch_size": 2, "device": "cpu"}
    third = works.queue.submit("train", {"options": options}, after=second).id
    fourth = works.queue.submit("export", {}, after=third).id
    voice = works.done(fourth).result
    imported = works.store.job(first).result
    assert (imported["name"], imported["taken"], imported["rejected"]) == ("robot", 12, 0)
    run = works.store.run(works.store.job(third).result["run"])
    assert (run.state, run.step, run.dataset) == ("finished", 2, works.store.job(second).result["dataset"])
    assert voice == {"voice": "en_US-robot-x_low", "run": run.name}
    assert works.store.voice("en_US-robot-x_low").onnx.is_file()
    assert [works.store.job(id).attempts for id in (first, second, third, fourth)] == [1, 1, 1, 1]


def test_a_job_whose_message_was_lost_is_found(works: Works, robot_corpus: Path) -> None:
    id = works.store.add_job("import", importing(robot_corpus)).id
    works.start()
    works.done(id)


def test_however_often_and_to_whomever_a_message_comes_the_job_is_done_once(either: Works, robot_corpus: Path) -> None:
    id = either.store.add_job("import", importing(robot_corpus)).id
    assert publish(either.settings, [id] * 20)
    either.start()
    either.start()
    either.done(id)
    assert publish(either.settings, [id] * 20)
    other = either.queue.submit("import", importing(robot_corpus, "other")).id
    either.done(other)
    assert either.store.job(id).attempts == 1
    assert [line for line in either.said_of(id) if line.startswith("Begun")] == [f"Begun by {os.uname().nodename}."]


def test_a_failed_job_says_why_and_can_be_tried_again(works: Works, robot_corpus: Path, tmp_path: Path) -> None:
    works.start()
    later = tmp_path / "later"
    id = works.queue.submit("import", importing(later)).id
    failed = works.ended(id)
    assert (failed.state, failed.error) == ("failed", "UnreadableSource")
    assert str(later) in failed.failure
    assert works.said_of(id)[-1].startswith(f"Failed: {failed.failure}")
    later.symlink_to(robot_corpus)
    works.queue.retry(id)
    assert works.done(id).attempts == 2
    assert works.said_of(id)[2].startswith("Failed: ")


def test_a_mistake_of_ours_is_said_and_what_it_printed_is_kept(works: Works) -> None:
    works.start()
    id = works.store.add_job("prepare", {"name": 7}).id
    assert works.ended(id).failure.startswith("The name of a job of kind prepare is 7, and must be text")
    (works.settings.data_dir / "datasets").write_text("in the way")
    broken = works.queue.submit("train", {"dataset": "x", "options": {"budget": {"steps": 1}, "device": "cpu"}}).id
    assert works.ended(broken).error == "NotFound"


def test_what_another_command_works_on_is_waited_for(works: Works, robot_corpus: Path) -> None:
    works.start()
    with FileLock(lock_file(works.settings, speech_key("robot"))):
        id = works.queue.submit("import", importing(robot_corpus)).id
        works.until(lambda: "Another command is working on" in works.store.job(id).note)
        works.wait(id, "queued")
    works.done(id)


def test_two_workers_and_one_gpu_train_one_at_a_time(works: Works, humming: Training) -> None:
    # Where the GPU is none, the training that has it for itself does with the processor.
    for _ in range(2):
        works.start(CUDA_VISIBLE_DEVICES="0")
    both = [works.queue.submit("train", humming(100_000, seed=seed, device="auto")).id for seed in (1, 2)]
    works.until(lambda: any(works.store.job(id).state == "running" for id in both))
    # Two workers look at the same moment: either training may have come first.
    first, second = sorted(both, key=lambda id: works.store.job(id).state != "running")
    time.sleep(3 * beat_seconds(works.settings))  # in which both workers look for work
    assert works.store.taken_slots() == {f"{os.uname().nodename}/gpu:0"}
    assert works.store.job(second).state == "queued"
    works.queue.cancel(first)
    works.wait(second, "running")
    turns = [f"{line.job} {line.text.split()[0]}" for line in works.store.job_log() if line.text.startswith(TURNS)]
    assert turns == [f"{first} Begun", f"{first} Cancelled.", f"{second} Begun"]


def test_other_jobs_run_beside_a_training(works: Works, humming: Training, robot_corpus: Path) -> None:
    works.start()
    training = works.queue.submit("train", humming(100_000)).id
    works.wait(training, "running")
    works.done(works.queue.submit("import", importing(robot_corpus)).id)
    assert works.store.job(training).state == "running"


def test_training_pauses_resumes_and_is_cancelled_as_soon_as_its_checkpoint_is_written(
    works: Works, humming: Training
) -> None:
    works.start(COAXIAL_JOB_GRACE=PATIENT)
    id = works.queue.submit("train", humming(100_000, checkpoint_every=100_000)).id
    works.until_step(id)
    child = works.child_of(works.store.job(id))
    run = works.store.run(str(works.store.job(id).result["run"]))
    assert works.queue.pause(id).wanted == "pause"
    watch(run, lambda: works.store.job(id).state == "paused").assert_prompt()
    assert child is not None and not Path(f"/proc/{child}").exists()  # and with it what it held of a GPU
    run = works.store.run(run.name)
    assert (run.state, works.store.taken_slots()) == ("stopped", set())
    begun = time.monotonic()
    works.queue.resume(id)
    works.wait(id, "running")
    assert time.monotonic() - begun < PROMPT
    works.until(lambda: works.store.job(id).done > run.step)
    assert works.queue.cancel(id).state == "cancelling"
    watch(run, lambda: works.store.job(id).state == "cancelled").assert_prompt()
    assert f"Going on after step {run.step}." in works.said_of(id)


def test_a_download_is_cancelled_within_two_seconds(tmp_path: Path, hub: Hub) -> None:
    url = "https://huggingface.co/datasets/rhasspy/piper-checkpoints/resolve/main/x.ckpt"
    hub.put(on_hub(url), b"PK\x03\x04" + bytes(50_000_000))
    hub.pause_per_chunk = 0.1
    for works in works_in(tmp_path, HF_ENDPOINT=hub.url):
        add_base(works.settings, "en-US.slow", url, BaseFacts())
        works.start()
        id = works.queue.submit("download", {"base": "en-US.slow"}).id
        cancelled_in_time(works, id)


def cancelled_in_time(works: Works, id: int) -> None:
    works.until(lambda: works.store.job(id).done > 0)
    begun = time.monotonic()
    works.queue.cancel(id)
    works.wait(id, "cancelled")
    assert time.monotonic() - begun < PROMPT


def test_a_job_that_does_not_obey_is_killed(works: Works, humming: Training) -> None:
    works.start(COAXIAL_JOB_GRACE="1")
    id = works.queue.submit("train", humming(100_000)).id
    works.until(lambda: works.child_of(works.store.job(id)))
    child = works.child_of(works.store.job(id))
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    works.queue.cancel(id)
    works.wait(id, "cancelled", seconds=10)
    assert "It did not stop within 1 seconds and was killed; what it saved before is kept." in works.said_of(id)


@pytest.mark.parametrize("verb, state", [("pause", "paused"), ("cancel", "cancelled")])
def test_a_job_that_does_not_listen_has_stopped_within_two_seconds_all_the_same(
    works: Works, robot_corpus: Path, verb: str, state: str
) -> None:
    works.start()
    id = works.queue.submit("import", importing(robot_corpus)).id
    works.until(lambda: works.child_of(works.store.job(id)))
    child = works.child_of(works.store.job(id))
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    begun = time.monotonic()
    getattr(works.queue, verb)(id)
    works.wait(id, state)
    assert time.monotonic() - begun < PROMPT


def test_a_job_that_is_resumed_while_it_stops_begins_again_as_soon_as_it_stopped(
    tmp_path: Path, robot_corpus: Path
) -> None:
    # With so long a lease a worker looks by itself for what it was not told of three times a minute.
    with contextmanager(works_in)(tmp_path, COAXIAL_JOB_LEASE="120") as works:
        works.start()
        id = works.queue.submit("import", importing(robot_corpus)).id
        works.until(lambda: works.child_of(works.store.job(id)))
        child = works.child_of(works.store.job(id))
        assert child is not None
        os.kill(child, signal.SIGSTOP)  # it is deaf until it is killed
        begun = time.monotonic()
        works.queue.pause(id)
        time.sleep(0.8)  # in which it is told to stop
        assert works.queue.resume(id).state == "running"
        works.until(lambda: works.store.job(id).attempts == 2)
        assert time.monotonic() - begun < SHORT_GRACE + PROMPT
        assert works.said_of(id).count("Queued.") == 2
        works.done(id)


def test_a_worker_that_is_told_to_end_puts_its_jobs_back(works: Works, humming: Training) -> None:
    worker = works.start(COAXIAL_JOB_GRACE=PATIENT)
    id = works.queue.submit("train", humming(100_000, checkpoint_every=100_000)).id
    works.until_step(id)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(PATIENCE) == 0
    assert works.store.job(id).state == "queued"
    step = works.store.runs()[0].step
    works.start()
    works.until(lambda: f"Going on after step {step}." in works.said_of(id))


def test_a_silent_worker_of_another_machine_loses_its_job_when_the_lease_runs_out(
    works: Works, robot_corpus: Path
) -> None:
    id = works.store.add_job("import", importing(robot_corpus)).id
    held = works.store.claim_job(id, "elsewhere:1:0", float(LEASE))
    assert held is not None
    works.start()
    begun = time.monotonic()
    while time.monotonic() - begun < 1.5 * float(LEASE):
        time.sleep(0.3)
        assert works.store.beat(id, held.claim, float(LEASE))  # it lives, so that nobody takes the job
    works.done(id)
    assert "The worker elsewhere:1:0 is gone." in works.said_of(id)


def test_a_job_whose_process_dies_again_and_again_is_given_up_with_a_word(works: Works, humming: Training) -> None:
    works.start()
    id = works.queue.submit("train", humming(100_000)).id
    while works.wait(id, "running", "failed").state == "running":
        works.kill_child(id)
    failed = works.store.job(id)
    assert failed.error == "LostWorker"
    assert failed.failure.startswith("The job's process was killed from outside, most likely because")
    assert (failed.attempts, f"jobs retry {id}" in failed.remedy) == (MOST_LOSSES, True)
    works.queue.retry(id)
    works.wait(id, "running")


def test_a_damaged_file_of_the_embedded_broker_costs_nothing(works: Works, robot_corpus: Path) -> None:
    broker_file(works.settings).write_bytes(b"this is a letter, not a database" * 200)
    id = works.store.add_job("import", importing(robot_corpus)).id
    assert not publish(works.settings, [id])
    works.start()
    works.done(id)
    works.done(works.queue.submit("import", importing(robot_corpus, "other")).id)
