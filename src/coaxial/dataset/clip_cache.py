"""What a clip is made of and where the finished one lies: in a cache, under a key made of everything that decides it.

So what did not change is never done again. Like audio/measures.py without numpy, for the process that hands out work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coaxial.audio.riff import HEADER_BYTES
from coaxial.dataset.phoneme_cache import PhonemeIds
from coaxial.domain.options import PrepareOptions
from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH, SEGMENT_SAMPLES

VERSION = 1
"""Of the way clips are made; raised whenever the same recording would give another clip."""

MAX_SECONDS = 30.0
"""A longer clip would take the memory of a whole batch."""

_NPY_HEADER_BYTES = 128


@dataclass(frozen=True)
class Selected:
    """A recording chosen for a dataset."""

    id: str
    """Names its files; letters, digits, dots, hyphens and underscores."""
    audio: Path
    sha256: str
    """Of the audio file's bytes, in hexadecimal."""
    text: str
    """Transcript, NFC."""
    speaker: str
    speech_start: float
    """Seconds, as measured at import."""
    speech_end: float


@dataclass(frozen=True)
class Work:
    """What a worker process needs to know beside the recordings themselves."""

    clips_folder: Path
    espeak_voice: str
    options: PrepareOptions


@dataclass(frozen=True)
class Standardised:
    """A finished clip, or why there is none."""

    samples: int = 0
    phoneme_ids: PhonemeIds = ()
    problem: str = ""
    """A sentence; empty where the clip can be trained on."""


def wav_path(recording: Selected, work: Work) -> Path:
    """Where the clip's audio lies in the cache; its spectrogram lies beside it as .npy."""
    options = work.options
    facts = (
        VERSION,
        recording.sha256,
        f"{recording.speech_start:.4f}",
        f"{recording.speech_end:.4f}",
        options.quality.sample_rate,
        options.loudness,
        options.margin,
    )
    key = hashlib.sha256(json.dumps(facts).encode("utf-8")).hexdigest()
    return work.clips_folder / key[:2] / f"{key}.wav"


def find_standardised(recording: Selected, work: Work, phoneme_ids: PhonemeIds | None) -> Standardised | None:
    """The clip if the cache holds it, or the reason if its length alone rules it out; None: make it.

    phoneme_ids: of its transcript, None where they are not known yet.
    """
    problem = _problem_of_length(recording.speech_end - recording.speech_start, 2 * work.options.margin, work)
    if problem:
        return Standardised(problem=problem)
    if phoneme_ids is None:
        return None
    samples = samples_in_cache(wav_path(recording, work))
    return judge(samples, phoneme_ids, work) if samples else None


def foreseen_problem(recording: Selected, seconds: float, phoneme_ids: PhonemeIds, work: Work) -> str:
    """Why a recording of so many seconds will be left out, before anything is made of it; empty: it will not be.

    phoneme_ids: of its transcript; too few of them only where the transcript is surely short enough.
    """
    margin = work.options.margin
    speech = recording.speech_end - recording.speech_start
    trimmed = min(seconds, recording.speech_end + margin) - max(0.0, recording.speech_start - margin)
    samples = round(trimmed * work.options.quality.sample_rate)
    return _problem_of_length(speech, 2 * margin, work) or judge(samples, phoneme_ids, work).problem


def standardise(task: tuple[Work, Sequence[Selected]]) -> list[Standardised]:
    """Make what the cache lacks of some recordings, one result each. Raises: StorageFailure, UnsupportedLanguage."""
    # Imported where it is done, and by then it is there: the children have it from their start.
    from coaxial.dataset.standardise import make

    return make(*task)


def judge(samples: int, phoneme_ids: PhonemeIds, work: Work) -> Standardised:
    """Rule out what the network cannot be trained on."""
    problem = _problem_of_length(samples / work.options.quality.sample_rate, 0.0, work)
    if not problem and not phoneme_ids:
        problem = "Its transcript has nothing that can be spoken."
    if not problem and len(phoneme_ids) > samples // HOP_LENGTH:
        problem = (
            f"Its transcript is too long for {samples / work.options.quality.sample_rate:.1f} s of audio: "
            f"{len(phoneme_ids)} phonemes against {samples // HOP_LENGTH} spectrogram frames."
        )
    return Standardised(samples, phoneme_ids, problem)


def _problem_of_length(seconds: float, tolerance: float, work: Work) -> str:
    """Why a clip of that length is of no use, even if it were longer by the tolerance."""
    shortest = SEGMENT_SAMPLES / work.options.quality.sample_rate
    if seconds + tolerance < shortest:
        return f"Its speech is too short: a clip needs at least {shortest:.2f} s, margins included."
    if seconds > MAX_SECONDS:
        return f"Its speech lasts {seconds:.0f} s: a clip may last {MAX_SECONDS:.0f} s, one or two sentences."
    return ""


def samples_in_cache(path: Path) -> int:
    """Samples of a clip whose files are both there and whole (a power cut may leave them short), else 0."""
    try:
        audio_bytes, spectrogram_bytes = path.stat().st_size, path.with_suffix(".npy").stat().st_size
    except FileNotFoundError:
        return 0
    samples = (audio_bytes - HEADER_BYTES) // 2
    expected = _NPY_HEADER_BYTES + samples // HOP_LENGTH * (FFT_SIZE // 2 + 1) * 2
    return samples if samples >= SEGMENT_SAMPLES and spectrogram_bytes == expected else 0
