"""Names of voices that Piper and Home Assistant take."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaxial.domain.quality import Quality
from coaxial.voices.naming import file_name_part, voice_stem


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("amy", "amy"),
        ("Anna Maria", "anna_maria"),
        ("my-voice (2)", "my_voice_2"),
        ("  ..Tugão.. ", "tugao"),
        ("tuga\u0303o", "tugao"),
        ("Größe", "grosse"),
        ("Łódź Øyvind", "lodz_oyvind"),
        ("Анна", "анна"),
        ("李明", "李明"),
        ("हिन्दी", "हिन्दी"),
        ("../../etc/passwd", "etc_passwd"),
        ("a\0b\nc", "a_b_c"),
        ("🎤", "voice"),
        ("-", "voice"),
        ("", "voice"),
    ],
)
def test_a_name_becomes_part_of_a_file_name(name: str, part: str) -> None:
    assert file_name_part(name) == part


@given(st.text())
def test_every_name_makes_a_stem_that_pipers_pattern_reads(name: str) -> None:
    stem = voice_stem("en_US", name, Quality.X_LOW)
    assert re.fullmatch(r"(?P<family>[^-]+)_(?P<region>[^-]+)-(?P<name>[^-]+)-(?P<quality>.+)", stem)
    assert "/" not in stem
    assert len(stem.encode()) < 240
    assert file_name_part(file_name_part(name)) == file_name_part(name)
