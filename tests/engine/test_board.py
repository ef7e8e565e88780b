"""TensorBoard shows a run as it went, over all its sittings."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from coaxial.engine.board import Board


def shown(folder: Path) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars("train/mel")]


def sitting(folder: Path, after: int, steps: range, mel: float) -> None:
    board = Board(folder, after)
    for step in steps:
        board.add("train", {"mel": mel, "kl": 1.0}, step)
    board.close()


def test_steps_that_were_lost_to_a_kill_are_shown_as_they_were_done_again(tmp_path: Path, monkeypatch) -> None:
    # File names begin with the second, in which order they are read.
    for second, (after, steps) in enumerate([(0, range(1, 7)), (4, range(5, 9))]):
        monkeypatch.setattr("time.time", lambda second=second: 1_700_000_000.0 + second)
        sitting(tmp_path, after, steps, float(second))
    assert shown(tmp_path) == [*((step, 0.0) for step in range(1, 5)), *((step, 1.0) for step in range(5, 9))]


def test_a_sitting_in_the_same_second_leaves_the_file_of_the_one_before(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.0)
    sitting(tmp_path, 0, range(1, 5), 0.5)
    sitting(tmp_path, 4, range(5, 9), 0.5)
    assert len(list(tmp_path.iterdir())) == 2
