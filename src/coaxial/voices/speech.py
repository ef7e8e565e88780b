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
from coaxial.domain.speaking import SpeakOptions
from coaxial.text.phonemes import ESPEAK

_LONGEST_SENTENCE = 500
"""Phonemes the network is given at once: its attention grows with their square, and no voice was trained on more."""

_PIECE_CHARACTERS = 200

_AS_RECORDED = SpeakOptions()


class SpeakingVoice:
    """A voice's `.onnx` and `.onnx.json`, loaded. Several threads may speak with it at once."""

    def __init__(self, onnx_path: Path, threads: int | None = None) -> None:
        """threads: that compute a sentence, keeping no memory for the longest so far; None: all cores, as Piper does.

        Raises: NotFound (no such file, or no `.onnx.json` beside it), UnreadableVoice.
        """
        self._path = onnx_path
        self.runtime = _load(onnx_path, threads)
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

    def speak(self, text: str, options: SpeakOptions = _AS_RECORDED) -> Iterator[npt.NDArray[np.int16]]:
        """Say a text of any length; audio (samples,) of one sentence after the other, as soon as each is ready.

        Raises: InvalidOption (unknown speaker; at the first chunk: nothing in the text can be spoken).
        """
        from piper import SynthesisConfig

        config = SynthesisConfig(
            speaker_id=self._speaker_id(options.speaker),
            length_scale=options.length_scale,
            noise_scale=options.noise_scale,
            noise_w_scale=options.noise_w,
            volume=options.volume,
        )
        # The slower it is spoken, the more sound, and memory, a phoneme takes.
        longest = _LONGEST_SENTENCE / max(1.0, options.length_scale or 1.0)
        silence = np.zeros(round(options.sentence_silence * self.sample_rate), dtype=np.int16)
        return self._chunks(text, config, longest, silence)

    def _chunks(
        self, text: str, config: Any, longest: float, silence: npt.NDArray[np.int16]
    ) -> Iterator[npt.NDArray[np.int16]]:
        spoke = False
        # espeak-ng reads C strings, and UTF-8 knows no lone surrogates.
        readable = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
        for line in readable.splitlines():
            for piece in self._pieces(line, longest, _PIECE_CHARACTERS):
                for chunk in self.runtime.synthesize(piece, config):
                    audio = chunk.audio_int16_array
                    yield np.concatenate([silence, audio]) if spoke and silence.size else audio
                    spoke = True
        if not spoke:
            raise InvalidOption(
                "There is nothing to speak in that text." if text.strip() else "The text to speak is empty.",
                remedy="Give a sentence, in quotes.",
            )

    def _pieces(self, line: str, longest: float, width: int) -> Iterator[str]:
        """A line; where a sentence of it is longer than a network can hold, pieces of it cut between words."""
        if not line.strip():
            return
        if width <= 1 or all(len(phonemes) <= longest for phonemes in self.runtime.phonemize(line)):
            yield line
            return
        for piece in textwrap.wrap(line, width):
            yield from self._pieces(piece, longest, width // 2)

    def _speaker_id(self, speaker: str | None) -> int | None:
        if speaker is None:
            return None
        speakers = self.speakers
        if not speakers:
            raise InvalidOption(f"{self._path.name} has a single speaker.", remedy="Leave the speaker away.")
        if speaker in speakers:
            return speakers[speaker]
        if speaker.isdecimal() and int(speaker) in speakers.values():
            return int(speaker)
        known = ", ".join(f"{name} ({number})" for name, number in list(speakers.items())[:20])
        raise InvalidOption(f"{self._path.name} has no speaker {speaker!r}.", remedy=f"Choose one of: {known}.")


def _load(onnx_path: Path, threads: int | None) -> Any:
    if not onnx_path.is_file():
        raise NotFound(f"There is no voice file {onnx_path}.", remedy="See which voices there are: coaxial voices list")
    config_path = onnx_path.with_name(f"{onnx_path.name}.json")
    if not config_path.is_file():
        raise NotFound(
            f"{onnx_path.name} has no {config_path.name} beside it, and Piper cannot speak without it.",
            remedy="Put the two files of the voice into the same folder.",
        )
    try:
        return _runtime(onnx_path, config_path, threads)
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


def _runtime(onnx_path: Path, config_path: Path, threads: int | None) -> Any:
    import onnxruntime
    from piper import PiperConfig, PiperVoice

    config = PiperConfig.from_dict(json.loads(config_path.read_text(encoding="utf-8")))
    how = onnxruntime.SessionOptions()
    if threads is not None:
        how.intra_op_num_threads = threads
        how.add_session_config_entry("session.intra_op.allow_spinning", "0")
        how.enable_cpu_mem_arena = False
    session = onnxruntime.InferenceSession(str(onnx_path), how, providers=["CPUExecutionProvider"])
    runtime = PiperVoice(session=session, config=config)
    phonemize = runtime.phonemize

    def phonemize_alone(text: str) -> Any:
        with ESPEAK:
            return phonemize(text)

    runtime.phonemize = phonemize_alone
    return runtime


def _first_line(error: Exception) -> str:
    text = f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
    return text.splitlines()[0].rstrip(".")
