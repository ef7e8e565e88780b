"""A data directory with something to train on, and runs as the trainer leaves them, for what a page shows of them."""

from __future__ import annotations

import json
import math
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.store import open_store
from engine.conftest import write_dataset

LOSSES = {"mel": 0.4, "kl": 1.2, "duration": 1.6, "feature": 6.0, "adversarial": 2.4, "discriminator": 2.3}
SPOKEN = ("clip6", "clip7")


def add_dataset(data: Path, name: str = "hum", quality: Quality = Quality.X_LOW) -> None:
    """Eight clips of humming, two held out."""
    settings = Settings.read(data)
    with open_store(settings) as store:
        store.add_dataset(write_dataset(settings.datasets / name, quality=quality), [])


class Run:
    """A run of the humming, with as many steps as it is told to write."""

    def __init__(self, data: Path, name: str, seed: int = 1) -> None:
        self._data, self.name = data, name
        self.folder = data / "runs" / name
        self.folder.mkdir(parents=True)
        self._random = random.Random(seed)
        self._step = 0
        with open_store(Settings.read(data)) as store:
            store.add_run(name, "hum", {"budget": {"steps": 100_000}, "device": "cpu"}, self.folder)

    def write(self, steps: int, validate_every: int = 500) -> None:
        """So many more lines of metrics."""
        lines = "".join(f"{json.dumps(line)}\n" for line in self._lines(steps, validate_every))
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(lines)

    def speak(self, steps: Sequence[int]) -> None:
        """Checkpoints, and what they say: the recordings themselves."""
        wavs = self._data / "datasets" / "hum" / "wavs"
        samples = self.folder / "samples"
        for place in ("reference", *(f"step-{step:06d}" for step in steps)):
            (samples / place).mkdir(parents=True)
            for clip in SPOKEN:
                shutil.copyfile(wavs / f"{clip}.wav", samples / place / f"{clip}.wav")
        text = "".join(f"{clip}\tHum number {clip[-1]}.\n" for clip in SPOKEN)
        (samples / "reference" / "sentences.txt").write_text(text, encoding="utf-8")
        with open_store(Settings.read(self._data)) as store:
            for step in steps:
                file = self.folder / "checkpoints" / f"step-{step:06d}.ckpt"
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(b"weights")
                store.add_checkpoint(self.name, file, step, step // 3, "step", 0.5 - step / 1e6)

    def stand(self, state: str) -> None:
        """It is in this state now."""
        with open_store(Settings.read(self._data)) as store:
            store.set_run_state(self.name, state, self._step)  # type: ignore[arg-type]

    def _lines(self, steps: int, validate_every: int) -> Iterator[dict[str, object]]:
        for _ in range(steps):
            self._step += 1
            fallen = 1.0 + 2.0 * math.exp(-self._step / 2000)
            losses = {name: level * fallen * self._random.uniform(0.85, 1.15) for name, level in LOSSES.items()}
            whole = 45 * losses["mel"] + sum(losses[name] for name in ("kl", "duration", "feature", "adversarial"))
            head = {"step": self._step, "epoch": self._step // 3}
            yield {**head, "learning_rate": 2e-4, **losses, "generator": whole}
            if self._step % validate_every == 0:
                yield {**head, "validation": {name: LOSSES[name] * fallen for name in ("mel", "kl", "duration")}}
