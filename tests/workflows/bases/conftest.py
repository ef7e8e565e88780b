"""A hub on loopback that offers en-US.amy, and a studio that asks it."""

from __future__ import annotations

from amy_on_hub import amy, old_checkpoint, settings  # noqa: F401
from coaxial.domain.progress import Silent


class Heard(Silent):
    """Keeps what was said, and the stages."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.stages: list[str] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.stages.append(name)

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)
