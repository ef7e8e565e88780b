"""A voice from a base by its name: fetched, trained from, and named with its licence in the card."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpora import part_of
from hub_server import Hub
from old_checkpoints import write_old_checkpoint

COAXIAL = Path(sys.executable).with_name("coaxial")
TRAIN_MODEL = Path(__file__).resolve().parents[2] / "train_model.py"


@pytest.fixture
def environment(hub: Hub, tmp_path: Path) -> dict[str, str]:
    """Of a person with one base of their own, in the smallest tier, that lies on the hub."""
    checkpoint = write_old_checkpoint(tmp_path / "base.ckpt", discriminator=True)
    url = hub.put("/datasets/anna/base/resolve/main/base.ckpt", checkpoint)
    environment = {**os.environ, "COAXIAL_DATA_DIR": str(tmp_path / "data"), "HF_ENDPOINT": hub.url}
    facts = ("--quality", "x_low", "--licence", "CC BY 4.0", "--lineage", "from scratch")
    run(environment, COAXIAL, "checkpoints", "add", "en-US.anna", url, *facts)
    return environment


def run(environment: dict[str, str], *command: str | Path) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_fetches_the_base_trains_from_it_and_says_so_in_the_card(
    environment: dict[str, str], hub: Hub, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {name: f"robot_{name}" for name in ("0001", "0002", "0003")})
    line = ("make", source, "--name", "robot", "--language", "en-US", "--quality", "x_low", "--base", "en-US.anna")
    options = ("--steps", "1", "--batch-size", "2", "--device", "cpu")
    onnx = Path(run(environment, COAXIAL, *line, *options).strip())
    card = (onnx.parent / "MODEL_CARD").read_text(encoding="utf-8")
    assert "Base checkpoint: en-US.anna" in card
    assert "CC BY 4.0; from scratch" in card
    sent = hub.sent(".ckpt")
    assert sent == (tmp_path / "base.ckpt").stat().st_size
    run(environment, COAXIAL, *line, *options)
    assert hub.sent(".ckpt") == sent
    assert [path.name for path in (tmp_path / "data" / "runs").iterdir()] == ["robot-x_low-1"]
    run(environment, COAXIAL, "checkpoints", "validate", "en-US.anna", "--dataset", "robot")


def test_train_model_starts_from_a_base_voice(environment: dict[str, str], robot_corpus: Path, tmp_path: Path) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001", "b": "robot_0002"})
    run(environment, COAXIAL, "import", source, "--name", "robot", "--language", "en-US")
    line = (sys.executable, TRAIN_MODEL, "--language-code", "en-US", "--base-voice", "en-US.anna", "--epochs", "1")
    refused = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    # The documented command trains the medium tier, and this base is of another: refused before any training.
    assert refused.returncode == 1
    assert "is a x_low checkpoint (16000 Hz) and this dataset is medium (22050 Hz)" in refused.stderr
    assert (tmp_path / "data" / "checkpoints" / "en-US_anna.ckpt").exists()
    assert run(environment, COAXIAL, "runs", "list") == "There are no runs yet.\n"
