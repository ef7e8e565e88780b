"""Voices of random weights, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from random_voices import facts_of, make_pair, make_voice


@pytest.fixture(scope="session")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An x_low voice of one speaker: its `.onnx`."""
    facts = facts_of()
    return make_voice(tmp_path_factory.mktemp("voices"), facts) / f"{facts.stem}.onnx"


@pytest.fixture(scope="session")
def choir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An x_low voice of three speakers: its `.onnx`."""
    return make_pair(tmp_path_factory.mktemp("choir"), facts_of(speakers=("alto", "bass", "7"), name="choir"))
