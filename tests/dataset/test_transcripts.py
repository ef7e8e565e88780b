from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaxial.dataset.delimited import split_rows
from coaxial.dataset.transcripts import TableRow, read_table
from coaxial.text.normalise import normalise_transcript


def _read(text: str, *recordings: str) -> list[TableRow]:
    names = set(recordings) or {"a", "b", "c", "a.wav", "b.wav", "c.wav"}
    rows = read_table(text, lambda field: field.strip() in names)
    assert rows is not None
    return rows


def _said(rows: list[TableRow]) -> list[tuple[str, str]]:
    return [(row.name, row.text) for row in rows if row.problem is None]


def test_ljspeech_with_two_columns():
    assert _said(_read("a|Hello, you.\nb|Good; bye.\n")) == [("a", "Hello, you."), ("b", "Good; bye.")]


def test_the_third_column_wins_where_it_is_not_empty():
    rows = _read("a|Dr. No came|Doctor No came\nb|It was 5 o'clock|It was five o'clock\nc|Plain words here|\n")
    assert [row.text for row in rows] == ["Doctor No came", "It was five o'clock", "Plain words here"]
    assert {row.speaker for row in rows} == {None}


def test_a_missing_third_column_is_no_fault():
    assert _said(_read("a|Dr. No came|Doctor No came\nb|Good bye\n"))[1] == ("b", "Good bye")


def test_three_columns_with_speakers_are_told_from_normalised_text():
    rows = _read("a|anna|Good morning.\nb|bert|How are you?\nc|anna|Thank you, well.\n")
    assert [row.speaker for row in rows] == ["anna", "bert", "anna"]
    assert [row.text for row in rows] == ["Good morning.", "How are you?", "Thank you, well."]


def test_a_speaker_without_words_is_an_empty_transcript_and_not_a_sentence():
    rows = _read("a|anna|Good morning.\nb|anna|How are you?\nc|anna|\n")
    assert rows[2].problem is not None and rows[2].problem.code == "empty_transcript"


@pytest.mark.parametrize(
    "header",
    ["file,text,speaker", "Audio_File,Sentence,Speaker", "path,transcript,speaker_id", "filename,normalized_text,spk"],
)
def test_a_header_row_says_which_column_is_which(header):
    rows = _read(f"{header}\na.wav,Good morning.,anna\n")
    assert [(row.line, row.name, row.text, row.speaker) for row in rows] == [(2, "a.wav", "Good morning.", "anna")]


def test_a_header_may_put_columns_in_any_order_and_have_more():
    rows = _read("speaker\tduration\tsentence\tpath\nanna\t1.5\tGood morning.\ta.wav\n")
    assert [(row.name, row.text, row.speaker) for row in rows] == [("a.wav", "Good morning.", "anna")]


def test_two_columns_may_come_in_either_order():
    assert _said(_read("Good morning.\ta.wav\nGood bye.\tb.wav\n")) == [
        ("a.wav", "Good morning."),
        ("b.wav", "Good bye."),
    ]


@pytest.mark.parametrize("delimiter", ["|", "\t", ",", ";"])
def test_every_delimiter_is_recognised(delimiter):
    assert _said(_read(f"a{delimiter}Good morning\nb{delimiter}Good bye\n")) == [
        ("a", "Good morning"),
        ("b", "Good bye"),
    ]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_quotes_protect_delimiters_quotes_and_line_ends(delimiter):
    text = f'a{delimiter}"One{delimiter} ""two""\nthree"\nb{delimiter}Good bye\n'
    assert _said(_read(text)) == [("a", normalise_transcript(f'One{delimiter} "two" three')), ("b", "Good bye")]


def test_a_stray_quote_costs_no_other_line():
    text = 'a,"Never closed\nb,"Never," she said\nc,Good bye\n'
    assert _said(_read(text)) == [("a", '"Never closed'), ("b", '"Never," she said'), ("c", "Good bye")]


def test_commas_of_sentences_that_nobody_quoted_stay_in_the_sentence():
    text = "a.wav,Author of the danger trail, Philip Steels, etc.\nb.wav,Yes, sir.\nc.wav,No.\n"
    assert _said(_read(text))[0] == ("a.wav", "Author of the danger trail, Philip Steels, etc.")
    assert len(_said(_read(text))) == 3


def test_semicolons_win_over_the_commas_of_prose():
    assert _said(_read("a;Hello, you\nb;Well, well\n")) == [("a", "Hello, you"), ("b", "Well, well")]


def test_pipes_take_quotes_as_the_speakers_own():
    assert _said(_read('a|"Yes," she said.\nb|"No."\n')) == [("a", '"Yes," she said.'), ("b", '"No."')]


def test_what_a_csv_writer_quoted_with_pipes_comes_back_as_it_was():
    texts = ['"Yes," she said.', '"No."', 'He said "no".', "Plain."]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter="|").writerows(("a", text) for text in texts)
    assert [row.text for row in _read(written.getvalue())] == texts


def test_blank_lines_crlf_and_decomposed_letters_do_not_matter():
    rows = _read("a|U\u0308ber\r\n\r\n   \r\nb|Gut\r\n")
    assert [(row.line, row.text) for row in rows] == [(1, "Über"), (4, "Gut")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("c", "wrong_columns"),
        ("c|one|two|three", "wrong_columns"),
        ("c|", "empty_transcript"),
        ("|Words", "no_name"),
        ("c|" + "word " * 20_000, "transcript_too_long"),
    ],
)
def test_a_line_that_cannot_be_used_says_why_and_where(line, code):
    rows = _read(f"a|Good morning\nb|Good bye\n{line}\n")
    assert len(_said(rows)) == 2
    assert rows[2].line == 3
    assert rows[2].problem is not None and rows[2].problem.code == code


@pytest.mark.parametrize("text", ["", "\n\n", "Just prose\nand more of it\n", "|||\n||\n"])
def test_what_is_no_table_is_none_or_has_nothing_to_say(text):
    rows = read_table(text, lambda _: False)
    assert not rows or not _said(rows)


_FIELD = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=200)
@given(st.lists(st.tuples(_FIELD, _FIELD, _FIELD), min_size=1, max_size=8), st.sampled_from("\t;,"))
def test_what_a_csv_writer_quotes_comes_back_as_it_was(table, delimiter):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    rows = split_rows(written.getvalue(), delimiter)
    assert [row.fields for row in rows] == [fields for fields in table if any(field.strip() for field in fields)]


@settings(max_examples=200)
@given(st.text(max_size=200) | st.text(alphabet='a,;|\t"\n ', max_size=60))
def test_no_text_breaks_the_reader_and_every_line_is_a_real_one(text):
    rows = read_table(text, lambda field: field.strip() == "a") or []
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= row.line <= lines for row in rows)
    assert all((row.problem is None) == bool(row.name and row.text) or row.problem for row in rows)


def test_hostile_quotes_cost_no_more_time_than_others():
    for text in ('"a,' * 300_000, '"""a,' * 200_000, 'x,"\n' * 200_000, '"' * 500_001, "a,\n" * 100_000):
        split_rows(text, ",")
