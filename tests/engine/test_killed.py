"""Kill -9 while it trains: the run goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.killed_runs import kill_after, steps_in, train_in_child, weights


@pytest.mark.parametrize(
    ("device", "held_at"),
    [
        # At any moment of its fourteenth step.
        pytest.param("cpu", -1, id="cpu"),
        # Held after its thirteenth: a GPU would be done with all of them before a test has seen it.
        pytest.param("cuda", 13, id="cuda held", marks=pytest.mark.cuda),
    ],
)
def test_a_killed_run_ends_with_the_weights_and_metrics_of_an_undisturbed_one(
    hum, tmp_path: Path, request: pytest.FixtureRequest, device: str, held_at: int
):
    if device == "cpu":
        straight = request.getfixturevalue("straight")
    else:
        straight = tmp_path / "straight"
        assert train_in_child(straight, hum, 20, device).wait() == 0
    killed = tmp_path / "killed"
    kill_after(train_in_child(killed, hum, 20, device, held_at), killed, steps=13, checkpoint=10)
    assert 10 <= max(steps_in(killed)) < 20
    assert train_in_child(killed, hum, 20, device).wait() == 0
    first, second = weights(straight), weights(killed)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert (straight / "metrics.jsonl").read_bytes() == (killed / "metrics.jsonl").read_bytes()
