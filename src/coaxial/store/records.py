"""What the store answers with: plain values, safe to keep after the database is closed.

Every path is absolute; the tables keep them relative to the data directory, so that it can be moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

RecordingState = Literal["kept", "superseded", "excluded"]
"""kept: in use. superseded: a newer take of the same source file took its place. excluded: set aside by the person."""

RunState = Literal["running", "stopped", "finished", "failed"]
CheckpointKind = Literal["step", "last", "best"]


@dataclass(frozen=True)
class ProfileRecord:
    """A speaker."""

    name: str
    language: str
    consent: str
    licence: str
    recordings: int
    """Kept recordings."""
    seconds: float
    """Of kept recordings, silence included."""
    created: datetime


@dataclass(frozen=True)
class PromptListRecord:
    """Sentences to read, in one language."""

    name: str
    language: str
    prompts: int
    recordings: int
    """Kept recordings of its prompts."""
    created: datetime


@dataclass(frozen=True)
class PromptRecord:
    """One sentence to read."""

    prompt_list: str
    position: int
    """From 1, in the order of the list."""
    text: str
    """NFC."""


@dataclass(frozen=True)
class Measures:
    """What was measured in one recording."""

    seconds: float
    rate: int
    """Samples per second of the original."""
    channels: int
    speech_start: float
    """Seconds from the beginning to where speech begins."""
    speech_end: float
    """Seconds from the beginning to where speech ends."""
    peak: float
    """Largest absolute sample, dBFS."""
    loudness: float
    """LUFS (ITU-R BS.1770)."""
    noise: float
    """Level of the quiet parts, dBFS."""
    clipped: float
    """Fraction of samples in runs at full scale."""
    begins: float | None = None
    """RMS level of the first 30 ms, dBFS; None, like ends, where it was never measured."""
    ends: float | None = None
    """RMS level of the last 30 ms."""


@dataclass(frozen=True)
class RecordingRecord:
    """One take of one prompt by one profile."""

    id: int
    profile: str
    prompt_list: str
    position: int
    text: str
    """Of its prompt, NFC."""
    speaker: str
    """As the source named the speaker; empty where it named none."""
    file: Path
    """The untouched original."""
    sha256: str
    """Of the original's bytes."""
    source: str
    """Name in the import it came with, or the name a recorder gave it."""
    state: RecordingState
    measures: Measures
    created: datetime
    phonemes: int | None = None
    """Spoken phonemes of the text; None where they were never counted."""


@dataclass(frozen=True)
class Take:
    """One recording on its way into the store."""

    profile: str
    text: str
    """NFC."""
    speaker: str
    file: Path
    """Where the original lies in the data directory."""
    sha256: str
    source: str
    measures: Measures
    phonemes: int | None = None
    """Spoken phonemes of the text; None where they were not counted."""


@dataclass(frozen=True)
class DatasetRecord:
    """A frozen, prepared selection of recordings."""

    name: str
    selection: str
    """The profile or prompt list it was prepared from."""
    fingerprint: str
    quality: str
    language: str
    settings: Mapping[str, Any]
    clips: int
    seconds: float
    folder: Path
    created: datetime


@dataclass(frozen=True)
class RunRecord:
    """One training of one dataset."""

    name: str
    dataset: str
    options: Mapping[str, Any]
    base: str
    """The checkpoint it started from; empty for random weights."""
    state: RunState
    step: int
    folder: Path
    created: datetime
    finished: datetime | None


@dataclass(frozen=True)
class CheckpointRecord:
    """A file a run wrote."""

    run: str
    file: Path
    step: int
    epoch: int
    kind: CheckpointKind
    validation_mel: float | None
    created: datetime


@dataclass(frozen=True)
class VoiceRecord:
    """An exported voice."""

    name: str
    """Stem of its files: en_US-anna-medium."""
    run: str
    """Empty where the run was deleted since."""
    checkpoint: str
    folder: Path
    language: str
    quality: str
    created: datetime

    @property
    def onnx(self) -> Path:
        return self.folder / f"{self.name}.onnx"
