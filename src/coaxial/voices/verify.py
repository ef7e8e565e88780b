"""The proof that an exported voice says what its network says, and that Piper's runtime speaks with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from coaxial.domain.errors import CoaxialError, ExportRejected
from coaxial.domain.speaking import SpeakOptions
from coaxial.voices.speech import SpeakingVoice

TOLERANCE = 1e-3
"""Largest difference allowed between a sample of torch's and one of ONNX Runtime's audio; full scale is 1."""

LONG_PHONEMES = 300

# No noise, so that both must say the same. A little slow, because an untrained duration predictor says exactly one
# frame for every phoneme, and rounding that up is decided by the last bit of a float.
_SCALES = (0.0, 1.07, 0.0)

_PUNCTUATION = ".,!?"


class TorchReference(Protocol):
    """The network behind the voice, computed by torch."""

    def __call__(self, ids: Sequence[int], scales: Sequence[float], speaker: int) -> npt.NDArray[np.float32]:
        """Audio (samples,) of phoneme ids; scales: noise, length and rhythm noise."""


@dataclass(frozen=True)
class Proof:
    """What was found when a voice was proven."""

    cases: int
    """Utterances that torch and ONNX Runtime were compared on."""
    largest_difference: float
    spoken_seconds: float
    """What Piper's runtime spoke."""


def verify(onnx_path: Path, reference: TorchReference, sentences: Sequence[str]) -> Proof:
    """Prove an exported voice, its `.onnx.json` beside it.

    sentences: in the voice's language. Compared are a short, a long, a one-phoneme and a punctuation-only utterance,
    by the first and the last speaker. Raises: ExportRejected, with what was found.
    """
    _check_model(onnx_path)
    try:
        voice = SpeakingVoice(onnx_path)
    except CoaxialError as error:
        raise _rejected(f"Piper's runtime does not load it: {error.message}") from error
    speakers = sorted({0, voice.runtime.config.num_speakers - 1})
    differences = [
        _difference(voice.runtime, reference, what, ids, speaker)
        for what, ids in _utterances(voice.runtime, sentences)
        for speaker in speakers
    ]
    seconds = sum(_spoken_seconds(voice, sentences, speaker) for speaker in speakers)
    return Proof(len(differences), max(differences), seconds)


def _check_model(onnx_path: Path) -> None:
    import onnx

    try:
        onnx.checker.check_model(str(onnx_path), full_check=True)
    except Exception as error:  # checker, shape inference and protobuf each raise a type of their own
        raise _rejected(f"ONNX's checker refuses the model: {str(error).splitlines()[0]}") from error


def _utterances(voice: Any, sentences: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Phoneme ids of the four kinds of utterance, begin, padding and end included."""
    known = voice.config.phoneme_id_map
    spoken = [[one for one in part if one in known] for text in sentences for part in voice.phonemize(text)]
    phonemes = next((part for part in spoken if part), [])
    if not phonemes:
        raise _rejected("its phoneme map has none of the phonemes of its own language")
    letter = next((one for one in phonemes if one.isalpha()), phonemes[0])
    yield "a short sentence", voice.phonemes_to_ids(phonemes)
    yield "a long sentence", voice.phonemes_to_ids(phonemes * math.ceil(LONG_PHONEMES / len(phonemes)))
    yield "a single phoneme", voice.phonemes_to_ids([letter])
    yield "punctuation alone", voice.phonemes_to_ids([mark for mark in _PUNCTUATION if mark in known])


def _difference(voice: Any, reference: TorchReference, what: str, ids: Sequence[int], speaker: int) -> float:
    """Largest difference between the two audios of one utterance."""
    inputs = {
        "input": np.array([ids], dtype=np.int64),
        "input_lengths": np.array([len(ids)], dtype=np.int64),
        "scales": np.array(_SCALES, dtype=np.float32),
    }
    if voice.config.num_speakers > 1:
        inputs["sid"] = np.array([speaker], dtype=np.int64)
    try:
        found = voice.session.run(["output"], inputs)[0].reshape(-1)
    except Exception as error:  # ONNX Runtime's exceptions have no common type of their own
        raise _rejected(f"ONNX Runtime cannot say {what}: {str(error).splitlines()[0]}") from error
    expected = reference(ids, _SCALES, speaker)
    if found.shape != expected.shape or not found.size:
        raise _rejected(f"ONNX Runtime says {what} in {found.size} samples and torch in {expected.size}")
    difference = float(np.abs(found - expected).max())
    # Written so that NaN, which compares with nothing, is refused too.
    if not difference < TOLERANCE:
        raise _rejected(f"ONNX Runtime and torch differ by up to {difference:.2g} in {what}")
    return difference


def _spoken_seconds(voice: SpeakingVoice, sentences: Sequence[str], speaker: int) -> float:
    """Have Piper's runtime speak the first sentence, with the noise of everyday use."""
    text = next(sentence for sentence in sentences if sentence.strip())
    try:
        audio = np.concatenate(list(voice.speak(text, SpeakOptions(speaker=str(speaker) if voice.speakers else None))))
    except Exception as error:  # ONNX Runtime's exceptions have no common type of their own
        raise _rejected(f"Piper's runtime does not speak with it: {str(error).splitlines()[0]}") from error
    # Piper scales each sentence by its largest sample, so that a single NaN makes all of it 0 in 16 bits.
    if not np.any(audio):
        raise _rejected("Piper's runtime speaks nothing but silence with it")
    return audio.size / voice.sample_rate


def _rejected(reason: str) -> ExportRejected:
    return ExportRejected(
        f"The exported voice was not kept: {reason}.",
        remedy="Export another checkpoint of the run: coaxial export RUN --checkpoint last",
    )
