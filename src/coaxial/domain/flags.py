"""What is doubtful about a recording, told from its measures: one rule each, as data.

The same rules are read here for one recording, and by the store as a query over thousands (`store/figures.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from coaxial.domain.quality import SEGMENT_SAMPLES

Figure = Literal["peak", "loudness", "above_noise", "clipped", "begins", "ends", "trimmed", "pace"]
"""peak: dBFS. loudness: LUFS. above_noise: decibels of the speech over the noise floor. clipped: fraction of samples.
begins, ends: decibels of the first and the last moment over the loudness. trimmed: seconds of speech with MARGIN around
it. pace: phonemes a second."""

MARGIN = 0.25
"""Seconds of silence kept around the speech."""

SHORTEST = max(0.5, SEGMENT_SAMPLES / 16_000)
"""Seconds after trimming: every tier's training slice must fit in, and the lowest rate makes it longest."""

LONGEST = 30.0
"""Seconds after trimming: a few longer clips are enough to run out of memory."""

QUIETEST_PEAK = -50.0
"""dBFS; below, what was taken for speech is noise."""

MOST_CLIPPED = 0.01
"""Fraction of samples; a clipped sound cannot be repaired, and the voice would learn it."""

SLOWEST, FASTEST = 3.0, 30.0
"""Phonemes a second that people speak; outside, recording and transcript hardly belong together."""


@dataclass(frozen=True)
class Rule:
    """When a recording gets a flag: beyond `doubtful` as a warning, beyond `useless` it is of no use for training."""

    code: str
    figure: Figure
    side: Literal["above", "below"]
    sentence: str
    """With the figure's value in it."""
    doubtful: float | None = None
    useless: float | None = None

    def severity(self, value: float | None) -> int:
        """0: nothing; 1: doubtful; 2: of no use. value: None where the figure is not known."""
        if value is None:
            return 0
        sign = 1 if self.side == "above" else -1
        if self.useless is not None and sign * value > sign * self.useless:
            return 2
        return int(self.doubtful is not None and sign * value > sign * self.doubtful)


RULES: tuple[Rule, ...] = (
    Rule("clipped", "clipped", "above", "Clipped: {:.2%} of its samples are at full scale.", 0.0005, MOST_CLIPPED),
    Rule("too_loud", "peak", "above", "Too loud: its loudest sample is at {:.1f} dBFS, all but full scale.", -0.3),
    Rule("silent", "peak", "below", "All but silent: its loudest sample is at {:.0f} dBFS.", None, QUIETEST_PEAK),
    Rule("too_quiet", "loudness", "below", "Too quiet: its loudness is {:.0f} LUFS; -30 to -18 are good.", -40.0),
    Rule("noisy", "above_noise", "below", "Noisy: the speech is only {:.0f} dB above the background.", 15.0),
    Rule("cut_off_start", "begins", "above", "Cut off at the beginning: it starts in the middle of a sound.", -12.0),
    Rule("cut_off_end", "ends", "above", "Cut off at the end: it stops in the middle of a sound.", -12.0),
    Rule("too_short", "trimmed", "below", "Too short: {:.2f} s are left without the silence.", None, SHORTEST),
    Rule("too_long", "trimmed", "above", "Too long: {:.0f} s are left without the silence.", None, LONGEST),
    Rule("text_too_short", "pace", "below", "Is it the transcript? It is {:.1f} phonemes a second: too few.", SLOWEST),
    Rule("text_too_long", "pace", "above", "Is it the transcript? It is {:.0f} phonemes a second: too many.", FASTEST),
)

CODES: tuple[str, ...] = tuple(rule.code for rule in RULES)


@dataclass(frozen=True)
class Flag:
    """Something about a recording that a person should look at."""

    code: str
    """For programs; one of CODES."""
    useless: bool
    """Whether the recording is of no use for training; else it is a doubt."""
    sentence: str
    """For the person."""


def figures(
    *,
    seconds: float,
    speech_start: float,
    speech_end: float,
    peak: float,
    loudness: float,
    noise: float,
    clipped: float,
    begins: float | None,
    ends: float | None,
    phonemes: int | None,
) -> dict[Figure, float | None]:
    """The figures of one recording, from its measures. phonemes: spoken ones of its transcript, None if not known."""
    speech = max(speech_end - speech_start, 0.1)
    return {
        "peak": peak,
        "loudness": loudness,
        "above_noise": loudness - noise,
        "clipped": clipped,
        "begins": None if begins is None else begins - loudness,
        "ends": None if ends is None else ends - loudness,
        "trimmed": min(seconds, speech_end + MARGIN) - max(0.0, speech_start - MARGIN),
        "pace": None if phonemes is None else phonemes / speech,
    }


def flags(found: Mapping[Figure, float | None]) -> tuple[Flag, ...]:
    """All flags of a recording, those first that make it useless."""
    raised = []
    for rule in RULES:
        value = found[rule.figure]
        severity = rule.severity(value)
        if severity:
            raised.append(Flag(rule.code, severity == 2, rule.sentence.format(value)))
    return tuple(sorted(raised, key=lambda flag: not flag.useless))
