"""Progress as people see it."""

from __future__ import annotations

import io

import pytest

from coaxial.cli import progress as progress_module
from coaxial.cli.progress import Pace, shown_progress


def test_a_pipe_gets_plain_lines_and_nothing_that_moves_a_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.0)
    stream = io.StringIO()
    with shown_progress(stream) as progress:
        progress.stage("Measuring", total=3, unit="files")
        for _ in range(3):
            progress.advance()
        progress.say("Done with that.")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Measuring: 3 files"
    assert lines[-2:] == ["Measuring: 3 files in 0:00", "Done with that."]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_and_keeps_what_was_said() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with shown_progress(stream) as progress:
        progress.stage("Training", total=10, unit="steps")
        progress.advance(4)
        progress.say("Step 4: [mel] 1.5")
        progress.stage("Writing")
    written = stream.getvalue()
    assert "Step 4: [mel] 1.5\n" in written
    assert "Training: 4 steps in 0:00\n" in written


def test_rate_and_time_left_come_from_what_was_done_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: clock[0])
    pace = Pace("Training", 1100, "steps")
    pace.advance(1000)  # of an earlier sitting
    for _ in range(50):
        clock[0] += 2.0
        pace.advance(1)
    assert pace.figures() == "1050/1100 steps, 0.50 steps/s, 1:40 left"
    for _ in range(40):
        clock[0] += 4.0
        pace.advance(1)
    assert pace.figures() == "1090/1100 steps, 0.25 steps/s, 0:40 left"


def test_what_the_work_foresees_counts_and_is_counted_down(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: clock[0])
    pace = Pace("Training", 10, "steps")
    clock[0] = 8.0
    pace.advance(8)
    assert pace.figures() == "8/10 steps, 1 steps/s, 0:02 left"
    pace.foresee(30.0)
    assert pace.figures() == "8/10 steps, 1 steps/s, 0:30 left"
    clock[0] = 16.0
    assert pace.seconds_left == 22.0
    clock[0] = 99.0
    assert pace.seconds_left == 0.0


def test_a_stage_without_a_total_or_without_any_progress_shows_no_nonsense() -> None:
    assert Pace("Writing", None, "").figures() == "0"
    assert Pace("Writing", 0, "files").figures() == "0/0 files"


def test_a_stage_measured_in_time_shows_a_clock_and_how_it_stands():
    pace = Pace("Training", 300.0, "s")
    pace.advance(0.0)
    pace.done = 72.0
    pace.note = "step 40, mel 0.812"
    assert pace.figures().startswith("1:12/5:00")
    assert pace.figures().endswith("step 40, mel 0.812")
    assert "s/s" not in pace.figures()
