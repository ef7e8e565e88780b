"""Training from a published voice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.engine.train import train
from engine.conftest import Heard


def test_training_starts_from_a_voice_and_takes_a_step(
    ours: Path, of_ours: Mapping[str, torch.Tensor], hum: Any, tmp_path: Path
) -> None:
    heard = Heard()
    train(tmp_path / "run", hum, TrainOptions(Budget(steps=1), batch_size=2, base=ours), heard)
    assert any("from anna.onnx (x_low)" in sentence for sentence in heard.sentences)
    assert any("posterior encoder" in sentence for sentence in heard.sentences)
    trained = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt")["state_dict"]
    moved = [key for key, value in of_ours.items() if not torch.equal(trained[f"model_g.{key}"], value)]
    # One step of 2e-4 each, from where the voice was.
    assert len(moved) > 350
    assert all(float((trained[f"model_g.{key}"] - value).abs().max()) < 1e-3 for key, value in of_ours.items())
