"""Speaking with an exported voice through Piper's own runtime."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coaxial.domain.errors import InvalidOption, NotFound, UnreadableVoice

_LONGEST_SENTENCE = 500
"""Phonemes the network is given at once: its attention grows with their square, and no voice was trained on more."""

_PIECE_CHARACTERS = 200


class SpeakingVoice:
    """A voice's `.onnx` and `.onnx.json`, loaded."""

    def __init__(self, onnx_path: Path) -> None:
        """Raises: NotFound (no such file, or no `.onnx.json` beside it), UnreadableVoice."""
        self._path = onnx_path
        self.runtime = _load(onnx_path)
        """The `piper.PiperVoice`."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of what it speaks."""
        return int(self.runtime.config.sample_rate)

    @property
    def speakers(self) -> Mapping[str, int]:
        """Speaker name to id; empty for a voice of one speaker."""
        config = self.runtime.config
        if config.num_speakers <= 1:
            return {}
        return config.speaker_id_map or {str(number): number for number in range(config.num_speakers)}

    def speak(
        self,
        text: str,
        *,
        length_scale: float | None = None,
        noise_scale: float | None = None,
        noise_w: float | None = None,
        speaker: str | None = None,
    ) -> Iterator[npt.NDArray[np.int16]]:
        """Say a text of any length; audio (samples,) of one sentence after the other, as soon as each is ready.

        length_scale: slowness, above 0; noise_scale, noise_w: variety of sound and rhythm; None takes the voice's own.
        speaker: name or id, None the first. Raises: InvalidOption (at the first chunk: nothing in it can be spoken).
        """
        from piper import SynthesisConfig

        _check_scales(length_scale, noise_scale, noise_w)
        config = SynthesisConfig(
            speaker_id=self._speaker_id(speaker),
            length_scale=length_scale,
            noise_scale=noise_scale,
            noise_w_scale=noise_w,
        )
        return self._chunks(text, config)

    def _chunks(self, text: str, config: Any) -> Iterator[npt.NDArray[np.int16]]:
        spoke = False
        for piece in self._pieces(text):
            for chunk in self.runtime.synthesize(piece, config):
                spoke = True
                yield chunk.audio_int16_array
        if not spoke:
            raise InvalidOption(
                "There is nothing to speak in that text." if text.strip() else "The text to speak is empty.",
                remedy="Give a sentence, in quotes.",
            )

    def _pieces(self, text: str) -> Iterator[str]:
        """The lines of a text; where a sentence is longer than a network can hold, pieces of it cut between words."""
        # espeak-ng reads C strings, and UTF-8 knows no lone surrogates.
        readable = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
        for line in readable.splitlines():
            if not line.strip():
                continue
            sentences = self.runtime.phonemize(line) if len(line) > _PIECE_CHARACTERS else []
            too_long = any(len(phonemes) > _LONGEST_SENTENCE for phonemes in sentences)
            yield from textwrap.wrap(line, _PIECE_CHARACTERS) if too_long else [line]

    def _speaker_id(self, speaker: str | None) -> int | None:
        if speaker is None:
            return None
        speakers = self.speakers
        if not speakers:
            raise InvalidOption(f"{self._path.name} has a single speaker.", remedy="Leave --speaker away.")
        if speaker in speakers:
            return speakers[speaker]
        if speaker.isdecimal() and int(speaker) in speakers.values():
            return int(speaker)
        known = ", ".join(f"{name} ({number})" for name, number in list(speakers.items())[:20])
        raise InvalidOption(f"{self._path.name} has no speaker {speaker!r}.", remedy=f"Choose one of: {known}.")


def _load(onnx_path: Path) -> Any:
    if not onnx_path.is_file():
        raise NotFound(f"There is no voice file {onnx_path}.", remedy="See which voices there are: coaxial voices list")
    config_path = onnx_path.with_name(f"{onnx_path.name}.json")
    if not config_path.is_file():
        raise NotFound(
            f"{onnx_path.name} has no {config_path.name} beside it, and Piper cannot speak without it.",
            remedy="Put the two files of the voice into the same folder.",
        )
    from piper import PiperVoice

    try:
        return PiperVoice.load(onnx_path, config_path)
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableVoice(
            f"{config_path.name} is not a Piper voice configuration: {_first_line(error)}.",
            remedy="Export the voice again, or fetch both of its files again.",
        ) from None
    except Exception as error:  # ONNX Runtime's exceptions have no common type of their own
        raise UnreadableVoice(
            f"{onnx_path.name} is damaged or no ONNX model: {_first_line(error)}.",
            remedy="Export the voice again, or fetch both of its files again.",
        ) from None


def _first_line(error: Exception) -> str:
    text = f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
    return text.splitlines()[0].rstrip(".")


def _check_scales(length_scale: float | None, noise_scale: float | None, noise_w: float | None) -> None:
    if length_scale is not None and not 0.1 <= length_scale <= 10.0:
        raise InvalidOption(f"A length scale of {length_scale} is not between 0.1 (fast) and 10 (slow).")
    for name, value in (("noise scale", noise_scale), ("noise of the rhythm", noise_w)):
        if value is not None and not 0.0 <= value <= 2.0:
            raise InvalidOption(f"A {name} of {value} is not between 0 and 2.")
