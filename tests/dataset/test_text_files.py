from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaxial.dataset.text_files import decode_text, read_text_file
from coaxial.domain.errors import UnreadableSource

_TEXT = "a|Grüße an alle – “wirklich”.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_a_guess(encoding):
    decoded = decode_text(_TEXT.encode(encoding), "metadata.csv")
    assert (decoded.text, decoded.note) == (_TEXT, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252"])
def test_a_guess_is_right_and_told(encoding):
    decoded = decode_text(_TEXT.encode(encoding), "metadata.csv")
    assert decoded.text == _TEXT
    assert decoded.note is not None and decoded.note.startswith("metadata.csv")


def test_latin_1_with_bytes_that_windows_never_had_is_read():
    assert decode_text("é\x81".encode("latin-1"), "metadata.csv").text == "é\x81"


@pytest.mark.parametrize("data", [b"RIFF\x00\x00WAVE\x01\x02\x03", codecs.BOM_UTF16_LE + b"a"])
def test_what_is_no_text_is_refused_in_words(data):
    with pytest.raises(UnreadableSource, match=r"metadata\.csv"):
        decode_text(data, "metadata.csv")


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"x" * 101)
    with pytest.raises(UnreadableSource, match="100 bytes"):
        read_text_file(tmp_path / "a.txt", "a.txt", max_bytes=100)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data):
    try:
        decode_text(data, "metadata.csv").text.encode("utf-8")
    except UnreadableSource as refusal:
        assert refusal.message.endswith(".")
