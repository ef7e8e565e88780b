"""Speaking with an exported voice through Piper's runtime."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from coaxial.domain.errors import InvalidOption, NotFound, UnreadableVoice
from coaxial.domain.speaking import SpeakOptions
from coaxial.text.phonemes import phonemize
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
    return np.concatenate(list(voice.speak(text, SpeakOptions(**{**QUIET, **options}))))  # type: ignore[arg-type]


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
    "options",
    [
        {"length_scale": 0.0},
        {"length_scale": float("nan")},
        {"noise_scale": -1.0},
        {"noise_w": 99.0},
        {"sentence_silence": -0.1},
        {"volume": 1.1},
    ],
)
def test_senseless_options_are_refused_before_speaking(options: dict[str, float]) -> None:
    with pytest.raises(InvalidOption):
        SpeakOptions(**options)  # type: ignore[arg-type]


def test_silence_is_put_between_sentences_and_the_volume_is_the_loudest_sample(voice: SpeakingVoice) -> None:
    close = list(voice.speak("One is short. Two is not.", SpeakOptions(**QUIET)))
    apart = list(voice.speak("One is short. Two is not.", SpeakOptions(**QUIET, sentence_silence=0.5, volume=0.25)))
    assert [one.size for one in apart] == [close[0].size, close[1].size + voice.sample_rate // 2]
    assert not apart[1][: voice.sample_rate // 2].any()
    assert [int(abs(one).max()) for one in apart] == pytest.approx([32767 / 4] * 2, abs=1)


def test_no_sentence_is_longer_than_a_network_holds_however_much_a_character_says(voice: SpeakingVoice) -> None:
    for text in ("🎤" * 190, "7" * 190, "[[" + "a" * 900 + "]]"):
        longest = max(len(one) for piece in voice._pieces(text, 500, 200) for one in voice.runtime.phonemize(piece))
        assert longest <= 500
    slow = SpeakOptions(**QUIET, length_scale=10.0)
    assert len(list(voice.speak("never ending words and more " * 10, slow))) > 4


def test_several_languages_at_once_are_pronounced_as_each_alone(anna: Path, tmp_path: Path) -> None:
    swedish = tmp_path / anna.name
    shutil.copy(anna, swedish)
    config = json.loads(Path(f"{anna}.json").read_text(encoding="utf-8"))
    Path(f"{swedish}.json").write_text(json.dumps({**config, "espeak": {"voice": "sv"}}), encoding="utf-8")
    text = "The kettle sings. Sju sjuka sjömän."
    asked = {
        "en-us": SpeakingVoice(anna, threads=1).runtime.phonemize,
        "sv": SpeakingVoice(swedish).runtime.phonemize,
    }
    alone = {name: ask(text) for name, ask in asked.items()}
    alone["it"] = [list(one) for one in phonemize(text, "it").sentences]
    asked["it"] = lambda text: [list(one) for one in phonemize(text, "it").sentences]
    with ThreadPoolExecutor(6) as threads:
        found = [(name, threads.submit(asked[name], text)) for _ in range(200) for name in asked]
    assert all(future.result() == alone[name] for name, future in found)


def test_a_speaker_is_chosen_by_name_or_number(singers: SpeakingVoice) -> None:
    assert singers.speakers == {"alto": 0, "bass": 1, "7": 2}
    alto, bass, seventh = (said(singers, "Hello.", speaker=name) for name in ("alto", "bass", "7"))
    assert np.array_equal(alto, said(singers, "Hello.", speaker="0"))
    assert np.array_equal(alto, said(singers, "Hello."))
    assert np.array_equal(seventh, said(singers, "Hello.", speaker="2"))
    assert not np.array_equal(alto, bass)


def test_an_unknown_speaker_is_answered_with_those_that_are_there(singers: SpeakingVoice) -> None:
    with pytest.raises(InvalidOption, match=r"no speaker 'tenor'.*alto \(0\), bass \(1\), 7 \(2\)"):
        singers.speak("Hello.", SpeakOptions(speaker="tenor"))


def test_a_voice_of_one_speaker_says_so(voice: SpeakingVoice) -> None:
    with pytest.raises(InvalidOption, match="single speaker"):
        voice.speak("Hello.", SpeakOptions(speaker="anna"))


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
