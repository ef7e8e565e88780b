from __future__ import annotations

import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from piper.phonemize_espeak import EspeakPhonemizer

from coaxial.audio.robot_speech import SENTENCES, make_corpus, speak


def test_a_sentence_becomes_audible_speech_of_plausible_length():
    samples, sample_rate = speak("The kettle sings before the morning begins.")
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert 1.5 < len(samples) / sample_rate < 5.0
    assert 0.05 < np.abs(samples).max() <= 1.0


def test_faster_speech_is_shorter():
    slow, _ = speak("Seven grey geese crossed the frozen lake.", speed=120)
    fast, _ = speak("Seven grey geese crossed the frozen lake.", speed=240)
    assert len(fast) < 0.7 * len(slow)


def test_an_unknown_voice_is_named():
    with pytest.raises(ValueError, match="klingonese"):
        speak("Hello.", "klingonese")


def test_pipers_own_espeak_is_undisturbed_by_the_robot():
    phonemizer = EspeakPhonemizer()
    before = phonemizer.phonemize("de", "Straße")
    speak("Hello.", "en-us")
    assert phonemizer.phonemize("de", "Straße") == before


def test_threads_may_speak_at_once():
    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(lambda text: len(speak(text)[0]), SENTENCES[:8]))
    assert min(spoken) > 10_000


def test_the_sentences_are_many_and_varied():
    assert len(SENTENCES) == len(set(SENTENCES)) >= 100
    assert {len(sentence.split()) for sentence in SENTENCES} >= set(range(3, 13))


def test_a_corpus_lies_as_ljspeech_with_silence_at_both_ends(tmp_path: Path):
    folder = make_corpus(tmp_path / "corpus", 3, sentences=["Come in quickly.", "Who said that?"])
    lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split("|")[1] for line in lines] == ["Come in quickly.", "Who said that?", "Come in quickly."]
    takes = []
    for line in lines:
        with wave.open(str(folder / "wavs" / f"{line.split('|')[0]}.wav")) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            edge = int(0.29 * file.getframerate())
        assert not samples[:edge].any() and not samples[-edge:].any() and samples.any()
        takes.append(samples.tobytes())
    assert takes[0] != takes[2]
