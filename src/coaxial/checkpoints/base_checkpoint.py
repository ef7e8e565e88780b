"""What is known of a base checkpoint before it is on this machine."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

from coaxial.domain.quality import Quality

Gender = Literal["female", "male", "mixed", "non-binary", "unknown"]
Origin = Literal["catalog", "manifest", "imported", "fallback"]

UNKNOWN = "unknown"
"""What a field of words says where nobody has published the fact."""


@dataclass(frozen=True, kw_only=True)
class BaseCheckpoint:
    """A pre-trained checkpoint that training can start from."""

    language: str
    """Tag of the language it is offered for, such as en-US."""
    voice: str
    """Its name within the language, such as amy, or lessac-high where the bare name means another tier."""
    name: str
    """As people call the voice, such as Amy."""
    gender: Gender
    """Of the speaker; mixed where several speakers are both."""
    dataset: str
    """The recordings it was trained on, or unknown."""
    quality: Quality
    sample_rate: int
    """Samples per second, as its configuration says; one published checkpoint is not at the rate of its tier."""
    speakers: int | None
    """How many speakers it was trained on; None where that is not known."""
    licence: str
    """Of the recordings, or unknown."""
    lineage: str
    """What its own training started from, or unknown."""
    url: str
    """Where it can be downloaded; empty for a file that was imported."""
    config_url: str
    """Where its configuration can be downloaded; empty where none was published."""
    size: int | None
    """Exact bytes of the file, where known."""
    size_estimate: int | None
    """About how many bytes the file should have, from the number of its weights."""
    sha256: str
    """Of the file, in lower-case hexadecimal digits; empty where not known."""
    espeak_voice: str
    """The espeak-ng voice whose phonemes it is to be trained with."""
    description: str
    """One sentence for a person who is choosing a base."""
    speaker_id: int = 0
    """The speaker to start from, where there are several."""
    stands_in: str = ""
    """Id of the checkpoint that this one really is, where it is offered for a language it was not trained on."""
    origin: Origin = "catalog"

    @property
    def id(self) -> str:
        """As every door names it: en-US.amy."""
        return f"{self.language}.{self.voice}"

    @property
    def stem(self) -> str:
        """The voice without its tier: lessac for lessac-high."""
        return self.voice.removesuffix(f"-{self.quality}")

    @property
    def of_one_speaker(self) -> bool:
        """Whether it fits a dataset of one speaker: a base of several does not."""
        return self.speakers == 1 or (self.speakers is None and self.gender != "mixed")


def folded(voice: str) -> str:
    """A voice's name for comparing: no case, no accents (tugao is tugão)."""
    decomposed = unicodedata.normalize("NFD", voice.strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def as_specification(entry: BaseCheckpoint) -> dict[str, Any]:
    """The entry as the Python and HTTP doors give it: the manifest's fields under their documented names, and more.

    `quality` and `gender` are labels to show and to compare with (High, Female); `tier` is the value that options take.
    """
    return {
        "id": entry.id,
        "voice_id": entry.voice,
        "language_code": entry.language,
        "name": entry.name,
        "gender": entry.gender.capitalize(),
        "dataset": _shown(entry.dataset),
        "quality": entry.quality.value.capitalize(),
        "tier": entry.quality.value,
        "url": entry.url,
        "config_url": entry.config_url,
        # Every published Piper checkpoint was trained with espeak-ng's phonemes, whatever a manifest's label says.
        "phoneme_type": "espeak",
        "espeak_voice": entry.espeak_voice,
        "sample_rate": entry.sample_rate,
        "speaker_id": entry.speaker_id,
        "speakers": entry.speakers,
        "licence": _shown(entry.licence),
        "lineage": _shown(entry.lineage),
        "size": entry.size,
        "size_estimate": entry.size_estimate,
        "sha256": entry.sha256,
        "stands_in": entry.stands_in,
        "origin": entry.origin,
        "description": entry.description,
    }


def _shown(fact: str) -> str:
    return "Unknown" if fact == UNKNOWN else fact
