"""The index beside metrics.jsonl: always what the file says, whatever happened to either."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from coaxial.engine.metrics import MetricsLog
from coaxial.metrics.index import MetricsIndex, Place


def written(folder: Path, first: int, last: int, salt: float = 0.0, validate_every: int = 4) -> None:
    """Train on, as the engine writes it: lines after first - 1 are dropped, those up to last are added."""
    folder.mkdir(exist_ok=True)
    with MetricsLog(folder, first - 1) as log:
        for step in range(first, last + 1):
            log.collect(step, step // 10, 2e-4, {"mel": torch.tensor(30.0 / step + salt), "kl": torch.tensor(1.5)})
            if step % validate_every == 0:
                log.flush()
                log.validated(step, step // 10, {"mel": 20.0 / step})
        log.flush()


def known(folder: Path, index: MetricsIndex | None = None) -> list[str]:
    """The file's lines as the index has them, checked against its columns."""
    index = index or MetricsIndex(folder)
    texts: list[bytes] = []
    with index.up_to_date():
        while part := index.text(len(texts), 300):
            texts += part
        lines = [json.loads(text) for text in texts]
        training = [line for line in lines if "mel" in line]
        assert index.training.heads()["step"].tolist() == [line["step"] for line in training]
        assert np.array_equal(index.training.column("mel"), np.array([line["mel"] for line in training], np.float32))
        validated = [line for line in lines if "validation" in line]
        assert index.validation.heads()["line"].tolist() == [lines.index(line) for line in validated]
    return [text.decode() for text in texts]


def place(index: MetricsIndex) -> Place:
    with index.up_to_date():
        return index.place


def went_on_from(index: MetricsIndex, read: Place) -> int | None:
    with index.up_to_date():
        return index.went_on_from(read)


def test_it_has_every_line_as_it_comes_and_leaves_half_a_line_for_later(tmp_path: Path) -> None:
    index = MetricsIndex(tmp_path)
    file = tmp_path / "metrics.jsonl"
    for last in (3, 4, 25):
        written(tmp_path, last - 2, last)
        assert known(tmp_path, index) == file.read_text().splitlines() == known(tmp_path)
    whole = file.read_text()
    with file.open("a") as log:
        log.write('{"step": 26, "ep')
    assert known(tmp_path, index) == whole.splitlines()
    with file.open("a") as log:
        log.write('och": 2, "mel": 1.5}\n')
    assert len(known(tmp_path, index)) == len(whole.splitlines()) + 1


def test_a_run_that_repeats_what_was_cut_off_goes_on_where_its_reader_was(tmp_path: Path) -> None:
    index = MetricsIndex(tmp_path)
    written(tmp_path, 1, 30)
    read = place(index)
    written(tmp_path, 21, 25)
    assert went_on_from(index, read) is None
    # Also for a reader whose server began anew.
    assert went_on_from(MetricsIndex(tmp_path), read) is None
    written(tmp_path, 26, 40)
    assert went_on_from(index, read) == read.lines
    assert went_on_from(MetricsIndex(tmp_path), read) == read.lines


def test_a_run_that_takes_another_way_tells_from_which_line_on(tmp_path: Path) -> None:
    index = MetricsIndex(tmp_path)
    written(tmp_path, 1, 30)
    read = place(index)
    written(tmp_path, 21, 22, salt=0.001)
    lines = len(known(tmp_path, index))
    assert went_on_from(index, read) == lines - 2
    written(tmp_path, 23, 50, salt=0.001)
    assert went_on_from(index, read) == went_on_from(MetricsIndex(tmp_path), read) == lines - 2
    assert known(tmp_path, index) == (tmp_path / "metrics.jsonl").read_text().splitlines()


def test_a_run_that_ends_where_it_was_cut_back_to_takes_the_rest_back(tmp_path: Path) -> None:
    index = MetricsIndex(tmp_path)
    written(tmp_path, 1, 30)
    read = place(index)
    written(tmp_path, 21, 20)
    assert went_on_from(index, read) is None
    with index.up_to_date():
        index.settle()
        assert index.went_on_from(read) == index.lines == 25


def test_a_reader_of_an_index_that_is_lost_goes_on_or_begins_anew(tmp_path: Path) -> None:
    written(tmp_path, 1, 30)
    read = place(MetricsIndex(tmp_path))
    (tmp_path / "metrics.index" / "state.json").unlink()
    assert went_on_from(MetricsIndex(tmp_path), read) == read.lines
    written(tmp_path, 21, 50, salt=1.0)
    (tmp_path / "metrics.index" / "state.json").unlink()
    assert went_on_from(MetricsIndex(tmp_path), read) == 0


@pytest.mark.parametrize("name", ["state.json", "lines", "training.head", "training.1.f32", "validation.0.f32"])
@pytest.mark.parametrize("harm", ["gone", "shorter", "changed"])
def test_a_damaged_index_is_made_again(tmp_path: Path, name: str, harm: str) -> None:
    written(tmp_path, 1, 30)
    whole = known(tmp_path)
    file = tmp_path / "metrics.index" / name
    contents = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        middle = len(contents) // 2
        changed = contents[:middle] + bytes([contents[middle] ^ 255]) + contents[middle + 1 :]
        file.write_bytes(contents[:middle] if harm == "shorter" else changed)
    assert known(tmp_path) == whole


def test_a_run_whose_folder_somebody_took_away_has_no_lines_any_more(tmp_path: Path) -> None:
    run = tmp_path / "run"
    written(run, 1, 12)
    index = MetricsIndex(run)
    read = place(index)
    run.rename(tmp_path / "elsewhere")
    assert place(index).lines == 0 and place(index) == place(index)
    assert went_on_from(index, read) == 0
    with index.up_to_date():
        assert len(index.training.heads()) == 0
    (tmp_path / "elsewhere").rename(run)
    assert len(known(run, index)) == read.lines


def test_what_a_power_cut_left_is_no_line_of_a_step(tmp_path: Path) -> None:
    written(tmp_path, 1, 3)
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(bytes(100) + b'\n[1]\n{"step": "x"}\n{"step": 4, "epoch": 0, "mel": null, "new": 2}\nnonsense\n')
    index = MetricsIndex(tmp_path)
    with index.up_to_date():
        assert index.training.heads()["step"].tolist() == [1, 2, 3, 4]
        assert np.isnan(index.training.column("mel")[3])
        assert np.isnan(index.training.column("new")[:3]).all() and index.training.column("new")[3] == 2


_FOLLOW = """
import sys
from pathlib import Path
from coaxial.metrics.index import MetricsIndex
index = MetricsIndex(Path(sys.argv[1]))
print("begun", flush=True)
while True:
    with index.up_to_date():
        if index.step_at(index.lines) >= int(sys.argv[2]):
            break
"""


@contextmanager
def follower(folder: Path, last: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that follows a run up to a step, or to the end of the block."""
    with subprocess.Popen([sys.executable, "-c", _FOLLOW, str(folder), str(last)], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None and child.stdout.readline() == b"begun\n"
            yield child
        finally:
            child.kill()


def test_two_processes_that_follow_one_run_make_one_index(tmp_path: Path) -> None:
    with follower(tmp_path, 400) as one, follower(tmp_path, 400) as other:
        for first in range(1, 401, 20):
            written(tmp_path, first, first + 19)
        assert [one.wait(60), other.wait(60)] == [0, 0]
    assert known(tmp_path) == (tmp_path / "metrics.jsonl").read_text().splitlines()


def test_a_process_that_is_killed_while_it_writes_leaves_an_index_that_goes_on(tmp_path: Path) -> None:
    seed = int(os.environ.get("COAXIAL_TEST_SEED") or int.from_bytes(os.urandom(3), "big"))
    sys.stdout.write(f"COAXIAL_TEST_SEED={seed}\n")
    randoms, step = random.Random(seed), 0
    for _ in range(6):
        with follower(tmp_path, 10**6):
            back = randoms.randrange(step + 1)
            written(tmp_path, back + 1, step + 40, salt=randoms.choice([0.0, -0.01]))
            step += 40
            time.sleep(randoms.random() * 0.05)
        assert known(tmp_path) == (tmp_path / "metrics.jsonl").read_text().splitlines()
