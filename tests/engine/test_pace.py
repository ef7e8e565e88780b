"""The time that is left, and a processor that is only little ahead."""

from __future__ import annotations

import pytest
import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.engine.budgeting import what_is_left
from coaxial.engine.pace import Ahead, TimeLeft
from coaxial.engine.rehearsal import StepTimes
from coaxial.engine.schedule import Schedule

TIMES = StepTimes({100: 0.1, 300: 0.3}, mean=0.2)


def time_left(budget: Budget, checkpoint_every: int | None = None) -> TimeLeft:
    schedule = Schedule.of(TrainOptions(budget, checkpoint_every=checkpoint_every), steps_per_epoch=10)
    left = TimeLeft(TIMES, schedule, checkpoint_bytes=7 * 10**8)  # a second to write
    left.checkpoint_took(2.0)
    return left


def test_before_the_first_step_the_rehearsal_counts():
    assert time_left(Budget(steps=100), 1000).seconds(100) == pytest.approx(100 * 0.2 + 2 + 1)


def test_steps_that_take_longer_than_rehearsed_make_all_longer():
    left = time_left(Budget(steps=100), 1000)
    for frames in (100, 300):
        left.given(frames)
    left.passed(0.6, 2)
    assert left.seconds(98) == pytest.approx(98 * 0.3 + 2 + 1)


def test_short_batches_at_the_beginning_promise_no_short_run():
    left = time_left(Budget(steps=100), 1000)
    for _ in range(20):
        left.given(100)
        left.passed(0.1, 1)
    assert left.seconds(80) == pytest.approx(80 * 0.2 + 2 + 1)


def test_steps_that_are_only_under_way_count_for_nothing():
    left = time_left(Budget(steps=100), 1000)
    for _ in range(3):
        left.given(300)
        left.passed(0.001, 0)
    left.passed(0.297, 1)
    assert left.seconds(99) == pytest.approx(99 * 0.2 + 2 + 1)


def test_every_checkpoint_to_come_counts():
    assert time_left(Budget(steps=100), 20).seconds(90) == pytest.approx(90 * 0.2 + 5 * 2 + 1)


def test_a_budget_in_minutes_says_how_many_steps_it_is_good_for():
    left = time_left(Budget(minutes=2))
    schedule = Schedule.of(TrainOptions(Budget(minutes=2)), steps_per_epoch=10)
    assert what_is_left(schedule, 0, 20.0, left) == "2 min, about 500 steps"


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_every_step_is_counted_once(device: str):
    ahead = Ahead(torch.device(device))
    done = []
    for _ in range(10):
        torch.randn(64, 64, device=device) @ torch.randn(64, 64, device=device)
        done.append(ahead.given())
    assert sum(done) >= 7 and max(done) <= 1
    assert sum(done) + ahead.drain() == 10
