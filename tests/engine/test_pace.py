"""The time that is left, and a processor that is only little ahead."""

from __future__ import annotations

import pytest
import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.pace import Pace
from coaxial.domain.progress import Silent
from coaxial.engine.budgeting import what_is_left
from coaxial.engine.pace import Ahead, TimeLeft, TrainingStage
from coaxial.engine.position import Position
from coaxial.engine.rehearsal import StepTimes
from coaxial.engine.schedule import Schedule

TIMES = StepTimes({100: 0.1, 300: 0.3}, mean=0.2)


def schedule_of(budget: Budget, checkpoint_every: int | None = None) -> Schedule:
    return Schedule.of(TrainOptions(budget, checkpoint_every=checkpoint_every), steps_per_epoch=10)


def time_left(budget: Budget, checkpoint_every: int | None = None, beside: bool = True) -> TimeLeft:
    left = TimeLeft(TIMES, schedule_of(budget, checkpoint_every), checkpoint_bytes=7 * 10**8, beside=beside)
    left.checkpoint_took(2.0)
    return left  # a second to write


def test_before_the_first_step_the_rehearsal_counts():
    assert time_left(Budget(steps=100), 1000).seconds(Position()) == pytest.approx(100 * 0.2 + 2 + 1)


def test_steps_that_take_longer_than_rehearsed_make_all_longer():
    left = time_left(Budget(steps=100), 1000)
    for frames in (100, 300):
        left.given(frames)
    left.passed(0.6, 2)
    assert left.seconds(Position(2)) == pytest.approx(98 * 0.3 + 2 + 1)


def test_short_batches_at_the_beginning_promise_no_short_run():
    left = time_left(Budget(steps=100), 1000)
    for _ in range(20):
        left.given(100)
        left.passed(0.1, 1)
    assert left.seconds(Position(20)) == pytest.approx(80 * 0.2 + 2 + 1)


def test_steps_that_are_only_under_way_count_for_nothing():
    left = time_left(Budget(steps=100), 1000)
    for _ in range(3):
        left.given(300)
        left.passed(0.001, 0)
    left.passed(0.297, 1)
    assert left.seconds(Position(3)) == pytest.approx(99 * 0.2 + 2 + 1)


def test_every_checkpoint_to_come_counts():
    assert time_left(Budget(steps=100), 20).seconds(Position(10)) == pytest.approx(90 * 0.2 + 5 * 2 + 1)


def test_after_its_last_step_a_run_still_has_its_last_checkpoint_to_validate_and_to_write():
    left = time_left(Budget(steps=100), 20)
    assert left.seconds(Position(100)) == pytest.approx(2 + 1)
    left.writing_took(5.0)
    assert left.seconds(Position(100)) == pytest.approx(2 + 5)


def test_where_nothing_is_written_beside_training_every_checkpoint_holds_its_writing_already():
    left = time_left(Budget(steps=100), 20, beside=False)
    left.writing_took(5.0)
    assert left.seconds(Position(10)) == pytest.approx(90 * 0.2 + 5 * 2)


def test_a_budget_in_minutes_ends_with_a_checkpoint_that_its_clock_does_not_count():
    assert time_left(Budget(minutes=2)).seconds(Position(step=7, seconds=20.0)) == pytest.approx(100 + 2 + 1)


@pytest.mark.parametrize("checkpoint_every", [1, 7, 20, None])
@pytest.mark.parametrize("steps", [100, 320, 999])
@pytest.mark.parametrize("begun", [0, 13])
def test_as_many_checkpoints_are_foreseen_as_a_run_then_makes(checkpoint_every: int | None, steps: int, begun: int):
    schedule = schedule_of(Budget(steps=steps), checkpoint_every)
    since, made, foreseen = 0.0, 0, []
    for step in range(begun, steps):
        foreseen.append(made + schedule.checkpoints_to_come(step, 1.0, since))
        if since > 0 and schedule.checkpoint_due(step, since):
            since, made = 0.0, made + 1
            foreseen.append(made + schedule.checkpoints_to_come(step, 1.0, since))
        since += 1.0
    assert set(foreseen) == {made}


class Watching(Silent):
    """Keeps what a bar would show as the time left, and when that was."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock
        self.shown: list[tuple[float, float]] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.pace = Pace(name, total, unit)

    def advance(self, amount: float = 1.0) -> None:
        self.pace.advance(amount)

    def foresee(self, seconds: float) -> None:
        self.pace.foresee(seconds)
        assert self.pace.seconds_left is not None
        self.shown.append((self.clock[0], self.pace.seconds_left))


def test_the_bar_of_a_steady_run_is_right_from_its_first_step_to_its_end(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr("coaxial.domain.pace.time.monotonic", lambda: clock[0])
    schedule, position, watching = schedule_of(Budget(steps=100), 20), Position(), Watching(clock)
    left = time_left(Budget(steps=100), 20)
    stage = TrainingStage(watching, schedule, position, left)
    for step in range(1, 101):
        left.given(200)
        position.step = step
        clock[0] += 0.2
        stage.passed(1, 0.2, trained=0.2)
        if step % 20 == 0:
            clock[0] += 2.0
            left.checkpoint_took(2.0)
    ended = clock[0] + 1.0
    assert ended == pytest.approx(100 * 0.2 + 5 * 2 + 1)
    assert len(watching.shown) == 100
    assert [then + shown for then, shown in watching.shown] == pytest.approx([ended] * 100)
    assert watching.pace.seconds_left == pytest.approx(1.0), "counted down while the last checkpoint was made"


def test_a_budget_in_minutes_says_how_many_steps_it_is_good_for():
    left = time_left(Budget(minutes=2))
    assert what_is_left(schedule_of(Budget(minutes=2)), Position(0, 20.0), left) == "2 min, about 500 steps"


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_every_step_is_counted_once(device: str):
    ahead = Ahead(torch.device(device))
    done = []
    for _ in range(10):
        torch.randn(64, 64, device=device) @ torch.randn(64, 64, device=device)
        done.append(ahead.given())
    assert sum(done) >= 7 and max(done) <= 1
    assert sum(done) + ahead.drain() == 10
