"""Whether a recording and its transcript can teach a voice anything, before time is spent on them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from coaxial.audio.measures import Measures
from coaxial.dataset.transcripts import transcript_problem
from coaxial.domain.flags import FASTEST, LONGEST, MARGIN, MOST_CLIPPED, QUIETEST_PEAK, SHORTEST, SLOWEST
from coaxial.domain.quality import HOP_LENGTH
from coaxial.text.phonemes import Phonemization
from coaxial.text.symbols import describe_character

_RATE = 22_050


@dataclass(frozen=True)
class Problem:
    """Something about a recording."""

    code: str
    """For programs."""
    sentence: str
    """For the person."""
    fatal: bool
    """Whether the recording cannot be used; else a warning."""


def check_recording(measures: Measures, phonemes: Phonemization, text: str, margin: float = MARGIN) -> list[Problem]:
    """All problems, fatal ones first. text: normalised. margin: seconds of silence kept around the speech."""
    problems = [*_check_text(phonemes, text), *_check_sound(measures)]
    speech = _speech_seconds(measures)
    if speech is not None and not any(problem.code == "silent" for problem in problems):
        problems += _check_length(trimmed_seconds(measures, margin), speech, phonemes, text)
    return sorted(problems, key=lambda problem: not problem.fatal)


def trimmed_seconds(measures: Measures, margin: float = MARGIN) -> float:
    """Seconds that are left when silence is trimmed and margins kept; 0 where nobody speaks."""
    if measures.speech_start is None or measures.speech_end is None:
        return 0.0
    return min(measures.seconds, measures.speech_end + margin) - max(0.0, measures.speech_start - margin)


def _check_text(phonemes: Phonemization, text: str) -> list[Problem]:
    reason = transcript_problem(text)
    if reason:
        return [Problem(reason.code, reason.sentence, fatal=True)]
    if phonemes.unsayable:
        shown = ", ".join(describe_character(character) for character in phonemes.unsayable[:5])
        more = " and others" if len(phonemes.unsayable) > 5 else ""
        sentence = f"The voice cannot say {shown}{more}; write what was spoken instead."
        return [Problem("unsayable_symbols", sentence, fatal=True)]
    if not phonemes.spoken:
        return [Problem("nothing_to_say", "The transcript holds no word that could be spoken.", fatal=True)]
    # A tie between two phonemes or a mark on one is no sound of its own; Piper's voices do without.
    lost = [phoneme for phoneme in phonemes.unknown if not unicodedata.category(phoneme).startswith("M")]
    if lost:
        sentence = f"Piper has no id for the phonemes {' '.join(lost[:10])}; they are left out."
        return [Problem("unknown_phonemes", sentence, fatal=False)]
    return []


def _check_sound(measures: Measures) -> list[Problem]:
    problems = []
    if _speech_seconds(measures) is None:
        problems.append(Problem("silent", "No speech was found in the recording.", fatal=True))
    elif measures.peak < QUIETEST_PEAK:
        sentence = f"The recording is all but silent: its loudest sample is at {measures.peak:.0f} dBFS."
        problems.append(Problem("silent", sentence, fatal=True))
    if measures.clipped > MOST_CLIPPED:
        sentence = f"The recording is clipped: {measures.clipped:.1%} of its samples are at full scale."
        problems.append(Problem("clipped", sentence, fatal=True))
    return problems


def _check_length(trimmed: float, speech: float, phonemes: Phonemization, text: str) -> list[Problem]:
    if trimmed < SHORTEST:
        sentence = f"Only {trimmed:.2f} seconds are left without the silence; at least {SHORTEST:.2f} are needed."
        return [Problem("too_short", sentence, fatal=True)]
    if trimmed > LONGEST:
        sentence = f"{trimmed:.1f} seconds are left without the silence; at most {LONGEST:.0f} can be trained on."
        return [Problem("too_long", sentence, fatal=True)]
    if not text or not phonemes.spoken:
        return []
    frames = int(trimmed * _RATE) // HOP_LENGTH
    if len(phonemes.ids) > frames:
        sentence = f"The transcript is too long for {trimmed:.1f} seconds of speech: nobody speaks that fast."
        return [Problem("phonemes_outnumber_frames", sentence, fatal=True)]
    pace = phonemes.spoken / max(speech, 0.1)
    if not SLOWEST <= pace <= FASTEST:
        sentence = f"{pace:.0f} phonemes a second are unlikely ({SLOWEST:.0f} to {FASTEST:.0f}): is it the transcript?"
        return [Problem("improbable_pace", sentence, fatal=False)]
    return []


def _speech_seconds(measures: Measures) -> float | None:
    if measures.speech_start is None or measures.speech_end is None:
        return None
    return measures.speech_end - measures.speech_start
