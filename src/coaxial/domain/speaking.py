"""How a text is spoken; the field documentation is the description of the API, and the command's help says the same."""

from __future__ import annotations

from dataclasses import dataclass

from coaxial.domain.errors import InvalidOption

SLOWNESS = (0.1, 10.0)
"""Least and most length scale."""

NOISE = (0.0, 2.0)
"""Least and most of either noise scale."""

MOST_SILENCE = 10.0
"""Seconds."""


@dataclass(frozen=True)
class SpeakOptions:
    """How a voice says a text. None takes what the voice itself says."""

    speaker: str | None = None
    """Name or number of the speaker, of a voice with several; without it the first."""
    length_scale: float | None = None
    """Slowness: 1 as recorded, 1.2 a fifth slower."""
    noise_scale: float | None = None
    """How much the sound varies; 0 always says it the same."""
    noise_w: float | None = None
    """How much the rhythm varies; 0 always says it the same."""
    sentence_silence: float = 0.0
    """Seconds of silence between sentences."""
    volume: float = 1.0
    """Of the loudest sample of each sentence; 1 is as loud as 16 bits go."""

    def __post_init__(self) -> None:
        slowness = self.length_scale
        if slowness is not None and not SLOWNESS[0] <= slowness <= SLOWNESS[1]:
            raise InvalidOption(f"A length scale of {slowness} is not between 0.1 (fast) and 10 (slow).")
        for name, value in (("noise scale", self.noise_scale), ("noise of the rhythm", self.noise_w)):
            if value is not None and not NOISE[0] <= value <= NOISE[1]:
                raise InvalidOption(f"A {name} of {value} is not between 0 and 2.")
        if not 0.0 <= self.sentence_silence <= MOST_SILENCE:
            raise InvalidOption(f"A silence of {self.sentence_silence} seconds is not between 0 and {MOST_SILENCE:g}.")
        if not 0.0 <= self.volume <= 1.0:
            raise InvalidOption(f"A volume of {self.volume} is not between 0 and 1.")
