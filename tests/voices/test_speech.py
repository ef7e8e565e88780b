"""Speaking with an exported voice through Piper's runtime."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from coaxial.domain.errors import InvalidOption, NotFound, UnreadableVoice
from coaxial.voices.speech import SpeakingVoice

QUIET = {"noise_scale": 0.0, "noise_w": 0.0}


@pytest.fixture(scope="module")
def voice(anna: Path) -> SpeakingVoice:
    return SpeakingVoice(anna)


@pytest.fixture(scope="module")
def singers(choir: Path) -> SpeakingVoice:
    return SpeakingVoice(choir)


@pytest.fixture
def copy(anna: Path, tmp_path: Path) -> Path:
    """A copy of the voice to spoil."""
    shutil.copytree(anna.parent, tmp_path / "copy")
    return tmp_path / "copy" / anna.name


def said(voice: SpeakingVoice, text: str, **options: float | str | None) -> np.ndarray:
    return np.concatenate(list(voice.speak(text, **{**QUIET, **options})))  # type: ignore[arg-type]


def test_each_sentence_is_spoken_as_soon_as_it_is_ready(voice: SpeakingVoice) -> None:
    chunks = list(voice.speak("One is short. Two is not much longer!\n\nAnd three?"))
    assert len(chunks) == 3
    assert all(chunk.dtype == np.int16 and chunk.any() for chunk in chunks)


def test_a_sentence_longer_than_any_network_holds_is_cut_between_words(voice: SpeakingVoice) -> None:
    chunks = list(voice.speak("never ending words " * 60))
    assert len(chunks) == 6
    assert max(chunk.size for chunk in chunks) < 30 * voice.sample_rate


@pytest.mark.parametrize("text", ["", "  \n\t ", "\0"])
def test_nothing_to_speak_is_said(voice: SpeakingVoice, text: str) -> None:
    with pytest.raises(InvalidOption, match=r"empty|nothing to speak"):
        list(voice.speak(text))


@pytest.mark.parametrize("text", ["a", "...", "1234567890", "🎤", "\ud800 broken", "Größe 李 Анна", "[[ ]]", "\u202e"])
def test_any_text_is_spoken_or_refused_in_words(voice: SpeakingVoice, text: str) -> None:
    try:
        assert all(chunk.size for chunk in voice.speak(text))
    except InvalidOption as error:
        assert error.remedy


def test_a_larger_length_scale_speaks_slower(voice: SpeakingVoice) -> None:
    text = "The kettle sings before the morning begins."
    assert said(voice, text, length_scale=4.0).size > 1.5 * said(voice, text, length_scale=1.0).size


def test_without_noise_the_same_words_sound_the_same(voice: SpeakingVoice) -> None:
    assert np.array_equal(said(voice, "Again and again."), said(voice, "Again and again."))


@pytest.mark.parametrize(
    "options", [{"length_scale": 0.0}, {"length_scale": float("nan")}, {"noise_scale": -1.0}, {"noise_w": 99.0}]
)
def test_senseless_scales_are_refused_before_speaking(voice: SpeakingVoice, options: dict[str, float]) -> None:
    with pytest.raises(InvalidOption):
        voice.speak("Hello.", **options)


def test_a_speaker_is_chosen_by_name_or_number(singers: SpeakingVoice) -> None:
    assert singers.speakers == {"alto": 0, "bass": 1, "7": 2}
    alto, bass, seventh = (said(singers, "Hello.", speaker=name) for name in ("alto", "bass", "7"))
    assert np.array_equal(alto, said(singers, "Hello.", speaker="0"))
    assert np.array_equal(alto, said(singers, "Hello."))
    assert np.array_equal(seventh, said(singers, "Hello.", speaker="2"))
    assert not np.array_equal(alto, bass)


def test_an_unknown_speaker_is_answered_with_those_that_are_there(singers: SpeakingVoice) -> None:
    with pytest.raises(InvalidOption, match=r"no speaker 'tenor'.*alto \(0\), bass \(1\), 7 \(2\)"):
        singers.speak("Hello.", speaker="tenor")


def test_a_voice_of_one_speaker_says_so(voice: SpeakingVoice) -> None:
    with pytest.raises(InvalidOption, match="single speaker"):
        voice.speak("Hello.", speaker="anna")


def test_a_missing_voice_or_half_of_one_is_said(copy: Path) -> None:
    with pytest.raises(NotFound, match="no voice file"):
        SpeakingVoice(copy.with_name("other.onnx"))
    Path(f"{copy}.json").unlink()
    with pytest.raises(NotFound, match=r"no en_US-anna-x_low\.onnx\.json beside it"):
        SpeakingVoice(copy)


@pytest.mark.parametrize("content", [b"", b"not a model at all", b"\x08\x07"])
def test_a_broken_model_is_said(copy: Path, content: bytes) -> None:
    copy.write_bytes(content)
    with pytest.raises(UnreadableVoice, match="damaged or no ONNX model"):
        SpeakingVoice(copy)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"num_symbols": 256}', "\ufeff"])
def test_a_broken_configuration_is_said(copy: Path, content: str) -> None:
    Path(f"{copy}.json").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableVoice, match="not a Piper voice configuration"):
        SpeakingVoice(copy)
