"""Speech for every test: a robot's, made here, and real people's where it lies beside the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import coaxial.engine  # noqa: F401  says how OpenMP should wait; a test that imports torch first would come too late

# isort: split
import torch

from coaxial.audio.robot_speech import make_corpus
from hub_server import Hub
from postgresql import PostgreSQL, postgresql_server

if not torch.cuda.is_available():
    # Triton's interpreter runs the kernels on tensors of the CPU. Read where a kernel is defined, so before any import.
    os.environ["TRITON_INTERPRET"] = "1"

REAL_SPEECH = Path(__file__).resolve().parents[2] / "shared" / "speech"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("cuda") and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    if item.get_closest_marker("soak") and "soak" not in item.config.option.markexpr:
        pytest.skip("kills for many minutes: make soak")


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that listens on loopback for the length of a test."""
    with Hub().running() as hub:
        yield hub


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server; a test takes a database of its own."""
    yield from postgresql_server()


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
