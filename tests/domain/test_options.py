"""What a run's options come to where something is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.cli.arguments import TrainFlags
from coaxial.domain.errors import InvalidOption
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


def test_the_command_line_has_a_budget_of_its_own_for_each_start_unless_one_is_typed() -> None:
    assert TrainFlags(from_scratch=True).options().budget == Budget(steps=16_000)
    assert TrainFlags(base="en-US.amy").options().budget == Budget(steps=5000)
    assert TrainFlags(from_scratch=True, minutes=30).options().budget == Budget(minutes=30)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_no_random_number_can_come_from_is_refused_before_a_run_begins(seed: int) -> None:
    with pytest.raises(InvalidOption, match="seed"):
        TrainOptions(BUDGET, seed=seed)


@pytest.mark.parametrize("device", ["cuda:0,cuda:0", "cuda,cuda:0", "cpu,cuda:0", "auto,auto", "auto,cuda:1"])
def test_devices_that_would_wait_for_each_other_for_ever_are_refused(device: str) -> None:
    with pytest.raises(InvalidOption, match="cannot train together"):
        TrainOptions(BUDGET, device=device)


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0, cuda:1", "cpu,cpu"])
def test_different_gpus_train_together_and_so_do_processors(device: str) -> None:
    assert TrainOptions(BUDGET, device=device).devices
