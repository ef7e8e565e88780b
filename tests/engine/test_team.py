"""Several processes that train one run together: on the CPU over sockets, and on GPUs where there are two."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import torch

from coaxial.domain.errors import InvalidOption, LostWorker, NotFound
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.engine.sharing import Share
from coaxial.engine.train import train

_CHILD = """
import sys
from pathlib import Path
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.engine.train import train

if __name__ == "__main__":
    options = TrainOptions(Budget(steps=5000), batch_size=2, checkpoint_every=10_000, device=sys.argv[3])
    try:
        train(Path(sys.argv[1]), PreparedDataset.load(Path(sys.argv[2])), options, Silent())
    except Exception as error:
        print(type(error).__name__, error, flush=True)
"""


PAIRS = [
    pytest.param(("cpu,cpu", "cpu"), id="cpu"),
    pytest.param(
        ("cuda:0,cuda:1", "cuda:0"),
        id="cuda",
        marks=[
            pytest.mark.cuda,
            pytest.mark.skipif(torch.cuda.device_count() < 2, reason="no second CUDA device"),
        ],
    ),
]
"""The devices of two processes, and of one."""


def options(steps: int, device: str) -> TrainOptions:
    return TrainOptions(Budget(steps=steps), batch_size=2, checkpoint_every=10_000, device=device)


def metrics(folder: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if "validation" not in line]


def children(of: int | None = None) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == (of or os.getpid()):
            found.add(int(stat.parent.name))
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def in_another_process(folder: Path, dataset: Path, device: str) -> subprocess.Popen[str]:
    """A run that has done its first steps."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder), str(dataset), device],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (folder / "metrics.jsonl").exists() or not metrics(folder):
        assert child.poll() is None
        time.sleep(0.1)
    return child


@pytest.mark.parametrize("devices", PAIRS)
def test_two_processes_train_a_run_that_one_goes_on_with(devices, hum, tmp_path):
    before = children()
    train(tmp_path, hum, options(2, devices[0]), Silent())
    assert not [pid for pid in children() - before if "coaxial" in Path(f"/proc/{pid}/cmdline").read_text()]
    together = metrics(tmp_path)
    assert [line["step"] for line in together] == [1, 2]
    train(tmp_path, hum, options(3, devices[1]), Silent())
    assert [line["step"] for line in metrics(tmp_path)] == [1, 2, 3]
    assert metrics(tmp_path)[:2] == together


@pytest.mark.parametrize("devices", PAIRS)
def test_each_computes_its_part_and_all_apply_the_sum(devices, hum, tmp_path):
    # Each process draws noise of its own, so these agree nearly; half the sum, or twice, would be far off.
    train(tmp_path / "two", hum, options(1, devices[0]), Silent())
    train(tmp_path / "one", hum, options(1, devices[1]), Silent())
    (two,), (one,) = metrics(tmp_path / "two"), metrics(tmp_path / "one")
    for term in ("mel", "kl", "discriminator", "discriminator_gradient"):
        assert two[term] == pytest.approx(one[term], rel=0.1), term


@pytest.mark.parametrize("devices", PAIRS)
def test_a_killed_process_ends_the_run_with_a_sentence(devices, hum, tmp_path):
    before = children()

    def kill_the_other() -> None:
        while not (tmp_path / "metrics.jsonl").exists() or not metrics(tmp_path):
            time.sleep(0.1)
        for pid in children() - before:
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_other)
    killer.start()
    with pytest.raises(LostWorker, match="trained along"):
        train(tmp_path, hum, options(5000, devices[0]), Silent())
    killer.join()


@pytest.mark.parametrize("devices", PAIRS)
def test_a_process_that_cannot_begin_ends_the_run_at_once_with_its_own_sentence(devices, hum, tmp_path):
    shutil.copytree(hum.folder / "wavs", tmp_path / "dataset" / "wavs")
    begun = time.monotonic()
    # The leader knows the dataset already; the other one finds that it is not there any more.
    with pytest.raises(NotFound, match="no finished dataset"):
        train(tmp_path / "run", replace(hum, folder=tmp_path / "dataset"), options(2, devices[0]), Silent())
    assert time.monotonic() - begun < 120


def test_a_process_that_the_others_never_join_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("coaxial.engine.sharing._PATIENCE", timedelta(seconds=1))
    with pytest.raises(LostWorker, match="is gone"):
        Share(0, 2, tmp_path / "meeting", torch.device("cpu"))


@pytest.mark.parametrize("devices", PAIRS)
def test_a_termination_signal_to_all_of_them_saves_the_step(devices, hum, tmp_path):
    child = in_another_process(tmp_path, hum.folder, devices[0])
    os.killpg(child.pid, signal.SIGTERM)
    said, _ = child.communicate()
    assert said.startswith("Interrupted Stopped after step")
    assert (tmp_path / "checkpoints" / "last.ckpt").exists()


@pytest.mark.parametrize("devices", PAIRS)
def test_a_killed_leader_leaves_nobody_behind(devices, hum, tmp_path):
    leader = in_another_process(tmp_path, hum.folder, devices[0])
    others = children(leader.pid)
    assert others
    leader.kill()
    leader.communicate()
    end = time.monotonic() + 20
    while left := [pid for pid in others if runs(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)


def test_a_batch_has_a_clip_for_every_device():
    with pytest.raises(InvalidOption, match="cannot be shared among 3 devices"):
        TrainOptions(Budget(steps=1), batch_size=2, device="cuda:0,cuda:1,cuda:2")
    assert TrainOptions(Budget(steps=1), device="cuda:0, cuda:1").devices == ["cuda:0", "cuda:1"]
    assert torch.device("cuda:1").index == 1
