from __future__ import annotations

import pytest

from coaxial.dataset.prompt_file import prompt_candidates


def texts(content: str) -> list[str]:
    return [candidate.text.strip() for candidate in prompt_candidates(content)]


def test_plain_text_is_a_sentence_a_line_and_blank_lines_only_divide():
    content = "One fish, two fish; red fish.\r\n\r\n  \r\nWho, me?\rYes, you.\n"
    assert [(one.line, one.text) for one in prompt_candidates(content)] == [
        (1, "One fish, two fish; red fish."),
        (4, "Who, me?"),
        (5, "Yes, you."),
    ]


@pytest.mark.parametrize(
    "content",
    [
        'id,text\n1,"One, two."\n2,Three.\n',
        'ID;Sentence\n1;"One, two."\n2;Three.\n',
        "prompt\tspeaker\nOne, two.\tanna\nThree.\tben\n",
        'text\n"One, two."\nThree.\n',
        "sentence\nOne, two.\nThree.\n",
        "id,text\n1,One, two.\n2,Three.\n",
        "name|transcription\na|One, two.\nb|Three.\n",
        "1\tOne, two.\n2\tThree.\n",
        "a|One, two.\nb|Three.\n",
    ],
)
def test_the_column_of_sentences_is_found(content):
    assert texts(content) == ["One, two.", "Three."]


def test_lines_are_those_of_the_file_also_where_a_field_has_several():
    found = prompt_candidates('id,text\n1,"One\ntwo."\n2,Three.\n')
    assert [(one.line, one.text) for one in found] == [(2, "One\ntwo."), (4, "Three.")]


def test_a_row_without_the_column_has_an_empty_sentence():
    assert [(one.line, one.text) for one in prompt_candidates("id,text\n1,One.\n2\n")] == [(2, "One."), (3, "")]


def test_prose_with_delimiters_in_some_lines_is_no_table():
    content = "A tab\there.\nNone here.\nNor here.\nEither way | all is well.\n"
    assert texts(content) == ["A tab\there.", "None here.", "Nor here.", "Either way | all is well."]


def test_a_first_sentence_that_holds_a_heading_word_is_a_sentence():
    assert texts("The text, the sentence, the prompt.\nAll three.\n") == [
        "The text, the sentence, the prompt.",
        "All three.",
    ]


def test_nothing_holds_no_sentence():
    assert texts("") == texts("\n\n") == texts("text\n") == []
