from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaxial.text.normalise import normalise_transcript


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("\ufeffHello", "Hello"),
        ("  two\r\n\tlines\u00a0here ", "two lines here"),
        ("U\u0308ber", "Über"),
        ("zero\u200bwidth soft\u00adhyphen \u202abidi\u202c", "zerowidth softhyphen bidi"),
        ("bell\x07 null\x00", "bell null"),
        ("می‌خواهم", "می‌خواهم"),
        ("👨\u200d👩 ♥\ufe0f", "👨👩 ♥"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_gone_and_what_is_said_stays(written, normalised):
    assert normalise_transcript(written) == normalised


@given(st.text(st.characters(), max_size=60))
def test_a_normalised_transcript_is_stable_composed_and_on_one_line(text):
    once = normalise_transcript(text)
    assert normalise_transcript(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip() and "\n" not in once and "  " not in once
    once.encode("utf-8")
