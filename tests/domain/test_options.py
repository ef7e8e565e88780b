"""What a run's options come to where something is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.cli.arguments import TrainFlags
from coaxial.domain.options import Budget, TrainOptions

BUDGET = Budget(steps=100)


def test_a_run_from_random_weights_begins_at_the_rate_that_learns_more() -> None:
    assert TrainOptions(BUDGET).first_learning_rate == 4e-4


@pytest.mark.parametrize("base", [{"base": Path("amy.ckpt")}, {"base": Path("amy.onnx")}, {"base_voice": "en-US.amy"}])
def test_a_run_from_a_base_begins_at_pipers_rate(base: dict[str, Path | str]) -> None:
    assert TrainOptions(BUDGET, **base).first_learning_rate == 2e-4  # type: ignore[arg-type]


@pytest.mark.parametrize("base", [None, "en-US.amy"])
def test_a_rate_that_is_asked_for_is_taken_wherever_the_run_starts_from(base: str | None) -> None:
    assert TrainOptions(BUDGET, base_voice=base, learning_rate=1e-4).first_learning_rate == 1e-4


def test_the_command_line_leaves_the_rate_open_unless_one_is_typed() -> None:
    assert TrainFlags(from_scratch=True, steps=5).options().learning_rate is None
    assert TrainFlags(from_scratch=True, steps=5, learning_rate=2e-4).options().learning_rate == 2e-4
