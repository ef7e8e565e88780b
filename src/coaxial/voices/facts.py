"""What is known of a voice beside its weights: where it comes from, whose it is, what it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.text.languages import Language
from coaxial.voices.naming import voice_stem


@dataclass(frozen=True)
class VoiceFacts:
    """Everything that a voice's configuration and card say."""

    name: str
    """As the person calls it."""
    language: Language
    quality: Quality
    shape: NetworkShape
    speakers: Mapping[str, int]
    """Speaker name to id, 0 to n-1."""
    dataset_config: Mapping[str, Any]
    """The dataset's `config.json`: the phoneme map that the network was trained with."""
    dataset: str
    clips: int
    seconds: float
    """Speech in all clips together."""
    sentences: Sequence[str]
    """In the voice's language, held out from training where possible: spoken for the proof and as samples."""
    run: str
    checkpoint: str
    step: int
    epoch: int
    validation_mel: float | None
    base: str
    """Name of the checkpoint that training started from; empty for random weights."""
    base_licence: str
    """Licence and lineage of the base where they are known."""
    consent: str
    licence: str
    created: datetime

    @property
    def stem(self) -> str:
        """Name of the voice's files without extension, such as en_US-anna-medium."""
        return voice_stem(self.language.code, self.name, self.quality)
