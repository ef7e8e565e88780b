"""A voice that is recovered: what it says, and what its weights come to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import export_onnx
from coaxial.engine.recovery.generator import recover_generator

X_LOW = NetworkShape.of(Quality.X_LOW)


def say(path: Path, speaker: int | None = None) -> np.ndarray:
    """Thirty phonemes, without chance."""
    ids = np.random.default_rng(5).integers(1, 160, 30)
    inputs: dict[str, Any] = {
        "input": ids[None],
        "input_lengths": np.array([30]),
        "scales": np.array([0, 1.1, 0], np.float32),
    }
    if speaker is not None:
        inputs["sid"] = np.array([speaker])
    return onnxruntime.InferenceSession(path).run(None, inputs)[0].reshape(-1)


def assert_speaks_alike(voice: Path, tmp_path: Path, shape: NetworkShape) -> None:
    """Recovered and exported again, a voice says what it said."""
    recovered = recover_generator(voice)
    assert recovered.shape == shape
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    for speaker in range(shape.num_speakers):
        sid = speaker if shape.num_speakers > 1 else None
        before, after = say(voice, sid), say(tmp_path / "again.onnx", sid)
        assert before.shape == after.shape
        assert np.abs(before - after).max() <= 1e-6


def joined(state: Any, shape: NetworkShape) -> dict[str, torch.Tensor]:
    """Weights as a network computes with them: normalised ones in one."""
    named = dict(state)
    for key in [key for key in state if key.endswith(".weight_g")]:
        length, direction = named.pop(key), named.pop(f"{key[:-1]}v")
        named[key[:-2]] = torch._weight_norm(direction, length, 0)
    return named
