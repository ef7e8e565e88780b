from __future__ import annotations

from itertools import pairwise

import pytest

from coaxial.domain.errors import InvalidOption
from coaxial.domain.options import Budget, TrainOptions
from coaxial.engine.schedule import Schedule


def test_a_budget_of_epochs_is_that_many_passes():
    schedule = Schedule.of(TrainOptions(Budget(epochs=10)), steps_per_epoch=7)
    assert schedule.total_steps == 70
    assert schedule.done(69, 1e9) < 1.0
    assert schedule.done(70, 0.0) == 1.0


def test_a_budget_of_minutes_ends_by_the_clock():
    schedule = Schedule.of(TrainOptions(Budget(minutes=2)), steps_per_epoch=7)
    assert schedule.done(10**6, 119.0) < 1.0
    assert schedule.done(1, 120.0) == 1.0


def test_the_learning_rate_stays_for_three_quarters_of_the_budget_and_falls_to_a_twentieth():
    schedule = Schedule.of(TrainOptions(Budget(steps=100)), steps_per_epoch=7)
    rates = [schedule.learning_rate(schedule.done(step, 0.0)) for step in range(101)]
    assert set(rates[:76]) == {4e-4}
    assert rates[-1] == pytest.approx(2e-5)
    assert all(later < earlier for earlier, later in pairwise(rates[75:]))


def test_a_final_learning_rate_of_one_keeps_it():
    schedule = Schedule.of(TrainOptions(Budget(steps=100), final_learning_rate=1.0), steps_per_epoch=7)
    assert {schedule.learning_rate(done) for done in (0.0, 0.5, 1.0)} == {4e-4}


def test_a_budget_is_finite_and_one_thing():
    for wrong in ({}, {"epochs": 1, "steps": 1}, {"steps": 0}, {"minutes": float("inf")}, {"minutes": float("nan")}):
        with pytest.raises(InvalidOption):
            Budget(**wrong)


def test_checkpoints_come_ten_times_in_a_budget_but_not_more_often_than_they_are_worth():
    schedule = Schedule.of(TrainOptions(Budget(steps=2000)), steps_per_epoch=7)
    assert schedule.checkpoint_due(200, 30.0)
    assert not schedule.checkpoint_due(200, 29.0)
    assert not schedule.checkpoint_due(201, 60.0)


def test_an_asked_number_of_steps_between_checkpoints_is_kept_however_quick_they_are():
    for budget in (Budget(steps=2000), Budget(minutes=10)):
        schedule = Schedule.of(TrainOptions(budget, checkpoint_every=7), steps_per_epoch=7)
        assert schedule.checkpoint_due(14, 0.0) and not schedule.checkpoint_due(15, 1e9)
