"""Small datasets of tones instead of speech, written as they lie on the disk: enough to train on, quick to make."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from engine.killed_runs import train_in_child


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def write_dataset(
    folder: Path,
    *,
    clips: int = 8,
    held_out: int = 2,
    quality: Quality = Quality.X_LOW,
    speakers: int = 1,
    seconds: tuple[float, float] = (0.6, 1.2),
) -> PreparedDataset:
    """A dataset of humming: clip n is a tone of its own pitch, between two lengths in seconds."""
    random = np.random.default_rng(7)
    rows = []
    (folder / "wavs").mkdir(parents=True)
    for number in range(clips):
        samples = int(random.uniform(*seconds) * quality.sample_rate)
        time = np.arange(samples) / quality.sample_rate
        pitch = 110 + 15 * number
        tone = sum(np.sin(2 * np.pi * pitch * harmonic * time) / harmonic for harmonic in range(1, 8))
        audio = 0.2 * tone * np.hanning(samples) + 0.003 * random.standard_normal(samples)
        with wave.open(str(folder / "wavs" / f"clip{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(quality.sample_rate)
            file.writeframes((audio.clip(-1, 1) * 32767).astype("<i2").tobytes())
        letters = random.integers(14, 60, size=int(random.integers(3, 9)))
        ids = [1, 0, *(int(value) for letter in letters for value in (letter, 0)), 2]
        speaker = number % speakers
        held = number >= clips - held_out
        rows.append(Clip(f"clip{number}", f"Hum number {number}.", f"s{speaker}", speaker, ids, samples, held))
    dataset = PreparedDataset(
        folder=folder,
        name="hum",
        fingerprint="0" * 64,
        quality=quality,
        language="en-US",
        espeak_voice="en-us",
        speakers={f"s{speaker}": speaker for speaker in range(speakers)},
        settings={},
        clips=rows,
    )
    (folder / "clips.jsonl").write_text(dataset.clip_lines(), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(dataset.summary()), encoding="utf-8")
    return PreparedDataset.load(folder)


@pytest.fixture(scope="session")
def hum(tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    """Eight clips of humming, x_low, two held out."""
    return write_dataset(tmp_path_factory.mktemp("hum") / "dataset")


@pytest.fixture(scope="session")
def straight(hum: PreparedDataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of twenty steps that nothing disturbed; read it only."""
    folder = tmp_path_factory.mktemp("straight")
    assert train_in_child(folder, hum, 20).wait() == 0
    return folder


@pytest.fixture
def exact_products() -> Iterator[None]:
    """Products and convolutions of float32 in float32: neither GPU's nor a run's choice of TF32."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
    torch.set_float32_matmul_precision(before)
