"""The log of losses: every step once and in order, whenever it is fetched from the device."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from coaxial.domain.errors import TrainingDiverged
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.engine.metrics import MetricsLog
from coaxial.engine.train import train

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]


def lines_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def losses(step: int, device: str) -> dict[str, torch.Tensor]:
    return {"mel": torch.tensor(step / 8, device=device), "kl": torch.tensor(step / 2, device=device)}


def write(folder: Path, steps: int, flush_every: int, wait: bool, device: str = "cpu") -> bytes:
    """The file of so many steps, closed with a last flush."""
    folder.mkdir()
    with MetricsLog(folder, 0) as log:
        for step in range(1, steps + 1):
            log.collect(step, step // 3, 1e-4, losses(step, device))
            if log.pending >= flush_every:
                log.flush(wait=wait)
        log.flush()
    return (folder / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("flush_every", [1, 3, 5, 100])
def test_without_waiting_every_step_is_written_once_and_in_order(tmp_path, flush_every, device):
    found = write(tmp_path / "later", 11, flush_every, wait=False, device=device)
    assert [line["step"] for line in lines_of(tmp_path / "later")] == list(range(1, 12))
    assert found == write(tmp_path / "at once", 11, 1, wait=True)


def test_without_waiting_a_flush_writes_what_the_one_before_asked_for(tmp_path):
    with MetricsLog(tmp_path, 0) as log:
        for step in range(1, 4):
            log.collect(step, 0, 1e-4, losses(step, "cpu"))
            log.flush(wait=False)
            assert log.pending == 0
            assert [line["step"] for line in lines_of(tmp_path)] == list(range(1, step))
        log.flush()
        log.flush()
        assert log.latest == {"mel": 3 / 8, "kl": 3 / 2}
    assert [line["step"] for line in lines_of(tmp_path)] == [1, 2, 3]


def test_without_waiting_divergence_is_told_by_the_flush_after(tmp_path):
    with MetricsLog(tmp_path, 0) as log:
        log.collect(1, 0, 1e-4, {"mel": torch.tensor(float("nan"))})
        log.flush(wait=False)
        log.collect(2, 0, 1e-4, losses(2, "cpu"))
        with pytest.raises(TrainingDiverged, match="at step 1"):
            log.flush(wait=False)


def test_a_run_on_a_cpu_writes_every_step_before_the_next_one_begins(hum, tmp_path):
    class Reading(Silent):
        def __init__(self) -> None:
            self.found: list[list[float]] = []

        def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
            self.training = name == "Training"

        def advance(self, amount: float = 1.0) -> None:
            if self.training and amount:
                self.found.append([line["step"] for line in lines_of(tmp_path) if "validation" not in line])

    progress = Reading()
    options = TrainOptions(Budget(steps=2), batch_size=2, checkpoint_every=10, device="cpu")
    train(tmp_path, hum, options, progress)
    assert progress.found == [[1], [1, 2]]


def test_gradients_that_no_factor_brings_into_fp16_end_a_run(tmp_path):
    with MetricsLog(tmp_path, 0) as log:
        log.collect(1, 0, 1e-4, {**losses(1, "cpu"), "loss_scale": torch.tensor(0.5)})
        log.collect(2, 0, 1e-4, {**losses(2, "cpu"), "loss_scale": torch.tensor(2.0**-9)})
        with pytest.raises(TrainingDiverged, match=r"at step 2.*--precision fp32"):
            log.flush()
