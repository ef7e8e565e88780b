from __future__ import annotations

from dataclasses import replace

import pytest

from coaxial.audio.measure import Measures
from coaxial.dataset.check import check_recording, trimmed_seconds
from coaxial.text.phonemes import phonemize

_GOOD = Measures(
    seconds=3.5,
    sample_rate=48_000,
    channels=2,
    speech_start=0.5,
    speech_end=3.0,
    peak=-6.0,
    loudness=-23.0,
    noise_floor=-60.0,
    clipped=0.0,
)
_TEXT = "The kettle sings before the morning begins."


def _codes(measures: Measures = _GOOD, text: str = _TEXT, voice: str = "en-us") -> list[tuple[str, bool]]:
    problems = check_recording(measures, phonemize(text, voice), text)
    assert all(problem.sentence[-1] in ".?" for problem in problems)
    return [(problem.code, problem.fatal) for problem in problems]


def test_a_good_recording_has_no_problem():
    assert _codes() == []


@pytest.mark.parametrize(
    ("changes", "text", "code"),
    [
        ({}, "", "empty_transcript"),
        ({}, "word " * 1000, "transcript_too_long"),
        ({}, "... ?!", "nothing_to_say"),
        ({}, "I ♥ you.", "unsayable_symbols"),
        ({"speech_start": None, "speech_end": None}, _TEXT, "silent"),
        ({"peak": -55.0}, _TEXT, "silent"),
        ({"clipped": 0.02}, _TEXT, "clipped"),
        ({"seconds": 0.5, "speech_start": 0.0, "speech_end": 0.4}, "Hi.", "too_short"),
        ({"seconds": 40.0, "speech_end": 35.0}, _TEXT * 10, "too_long"),
        ({"speech_end": 1.0}, _TEXT * 4, "phonemes_outnumber_frames"),
    ],
)
def test_what_cannot_be_trained_on_is_rejected_with_its_reason(changes, text, code):
    assert _codes(replace(_GOOD, **changes), text)[0] == (code, True)


@pytest.mark.parametrize(("end", "text"), [(9.0, "Hi there."), (0.85, "Which of these keys opens it?")])
def test_a_transcript_that_hardly_fits_the_recording_is_a_warning(end, text):
    assert _codes(replace(_GOOD, seconds=10.0, speech_end=end), text) == [("improbable_pace", False)]


def test_phonemes_without_an_id_are_a_warning_unless_they_are_marks():
    assert _codes(text="Ní thuigim é, banana, maith go leor.", voice="ga") == [("unknown_phonemes", False)]
    assert _codes(text="Pieci cilvēki gaidīja ārā.", voice="lv") == []


def test_the_unsayable_symbol_is_named():
    [problem] = check_recording(_GOOD, phonemize("I ♥ you.", "en-us"), "I ♥ you.")
    assert "'♥' (BLACK HEART SUIT)" in problem.sentence


def test_margins_are_kept_only_where_there_is_sound_for_them():
    assert trimmed_seconds(_GOOD) == pytest.approx(3.0)
    assert trimmed_seconds(replace(_GOOD, speech_start=0.1, speech_end=3.4)) == pytest.approx(3.5)
    assert trimmed_seconds(replace(_GOOD, speech_start=None, speech_end=None)) == 0.0


def test_several_problems_come_with_the_fatal_ones_first():
    codes = _codes(replace(_GOOD, clipped=0.5, seconds=10.0, speech_end=9.0), "Hi there.")
    assert codes == [("clipped", True), ("improbable_pace", False)]
