from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.tasks import die_at_three, environment_of, fail_at_three, process_id, slow_square
from coaxial.audio.workers import in_tasks, kept_workers, map_in_order, task_size
from coaxial.domain.errors import StorageFailure, UnreadableAudio


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_tasks(processes):
    assert list(map_in_order(slow_square, range(20), processes)) == [number * number for number in range(20)]


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_in_a_worker_is_the_error_here(processes):
    with pytest.raises(UnreadableAudio) as caught:
        list(map_in_order(fail_at_three, range(9), processes))
    assert (caught.value.message, caught.value.remedy) == ("Three is no sound.", "Take four.")


def test_a_worker_that_is_killed_gives_a_sentence():
    with pytest.raises(StorageFailure, match=r"ran out of memory.*fewer processes"):
        list(map_in_order(die_at_three, range(9), 2))


def test_tasks_are_taken_only_as_results_are():
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = map_in_order(slow_square, tasks(), 2)
    next(results)
    assert len(taken) < 12
    results.close()


def test_no_tasks_give_no_results():
    assert list(map_in_order(slow_square, [], 2)) == []


def test_kept_workers_serve_again_and_end_afterwards():
    with kept_workers():
        first = set(map_in_order(process_id, range(9), 2))
        assert set(map_in_order(process_id, range(9), 2)) & first
        with pytest.raises(StorageFailure):
            list(map_in_order(die_at_three, range(9), 2))
        assert not set(map_in_order(process_id, range(9), 2)) & first
    assert set(map_in_order(process_id, range(9), 2)).isdisjoint(first)
    assert not [one for one in first if Path(f"/proc/{one}").exists()]


def test_workers_share_the_cores_and_this_process_keeps_its_own_threads():
    before = dict(os.environ)
    assert list(map_in_order(environment_of, ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"], 2)) == ["1", "1"]
    assert dict(os.environ) == before


@pytest.mark.parametrize("items", [0, 1, 5, 100, 10_000])
def test_tasks_are_small_enough_to_share_and_to_hold_in_memory(items):
    assert 1 <= task_size(items, 2) <= 24


@pytest.mark.parametrize("items", [0, 1, 5, 13, 300])
@pytest.mark.parametrize("processes", [1, 2, 16])
def test_every_item_is_in_one_task_and_none_waits_long_for_the_last(items, processes):
    tasks = list(in_tasks(range(items), processes))
    assert [item for task in tasks for item in task] == list(range(items))
    assert len(tasks) >= min(items, processes)
    assert [len(task) for task in tasks] == sorted(map(len, tasks), reverse=True)
    assert not tasks or len(tasks[-1]) <= 6


def test_workers_do_not_run_the_program_again(tmp_path):
    code = "print('run')\nimport os\nfrom coaxial.audio.workers import map_in_order\n"
    (tmp_path / "program.py").write_text(code + "print(len(list(map_in_order(os.getenv, ['PATH'] * 4, 2))))\n")
    done = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("run\n4\n", "")


PROGRAM = """
import sys, time
from coaxial.audio.workers import map_in_order
if __name__ == "__main__":
    results = map_in_order(time.sleep, [0.2] * 2 + [1.0] * 4, 2)
    next(results)
    try:
        print("ready", flush=True)
        list(results)
    except KeyboardInterrupt:
        sys.exit(3)
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    child = subprocess.Popen(
        [sys.executable, tmp_path / "program.py"], stdout=-1, stderr=-1, start_new_session=True, text=True
    )
    assert child.stdout.readline() == "ready\n"
    yield child
    child.kill()
    child.communicate()


def test_control_c_ends_the_children_without_a_word(program):
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate(timeout=20)[1] == ""
    assert program.returncode == 3


def test_children_do_not_outlive_a_parent_that_is_killed(program):
    family = alive_in_session(program.pid)
    assert len(family) > 1
    program.kill()
    program.wait()
    deadline = time.monotonic() + 10
    while alive_in_session(program.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive_in_session(program.pid)


def alive_in_session(session: int) -> list[int]:
    """Processes of a session that are not zombies (Linux)."""
    found = []
    for name in filter(str.isdigit, (entry.name for entry in Path("/proc").iterdir())):
        try:
            state, _, _, owner = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(int(name))
    return found
