"""Speech for every test: a robot's, made here, and real people's where it lies beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

import coaxial.engine  # noqa: F401  says how OpenMP should wait; a test that imports torch first would come too late
from robot_speech import make_corpus

REAL_SPEECH = Path(__file__).resolve().parents[2] / "shared" / "speech"


@pytest.fixture(scope="session")
def robot_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An LJSpeech folder of 12 spoken sentences; shared by all tests, so read it only."""
    return make_corpus(tmp_path_factory.mktemp("robot_corpus"), clips=12)


@pytest.fixture(scope="session")
def speech() -> Path:
    """The folder of real people's recordings."""
    if not REAL_SPEECH.is_dir():
        pytest.skip("no recordings of real people beside the repository")
    return REAL_SPEECH
