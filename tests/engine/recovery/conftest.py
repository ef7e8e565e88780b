"""One voice of random weights, exported by us and by Piper's exporter, and what is recovered of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from coaxial.engine.recovery.generator import recover_generator
from engine.recovery.again import X_LOW
from piper_exporter import export_as_piper_does
from published_voices import publish
from random_voices import random_weights


@pytest.fixture(scope="session")
def weights() -> dict[str, torch.Tensor]:
    return random_weights(X_LOW)


@pytest.fixture(scope="session")
def ours(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(weights, X_LOW, tmp_path_factory.mktemp("ours") / "anna.onnx")


@pytest.fixture(scope="session")
def theirs(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(weights, X_LOW, tmp_path_factory.mktemp("theirs") / "anna.onnx", export_as_piper_does)


@pytest.fixture(scope="session")
def of_ours(ours: Path) -> Mapping[str, torch.Tensor]:
    return recover_generator(ours).generator


@pytest.fixture(scope="session")
def of_theirs(theirs: Path) -> Mapping[str, torch.Tensor]:
    return recover_generator(theirs).generator
