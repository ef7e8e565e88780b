from __future__ import annotations

import io

import pytest

from coaxial.domain.errors import InvalidOption, NotFound, UnreadableSource, UnsupportedLanguage
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.text.languages import resolve_language
from coaxial.text.prompt_lists import builtin_list
from coaxial.workflows.add_prompt_list import MAX_BYTES, add_builtin_prompts, add_own_prompts
from coaxial.workflows.browse import list_prompt_lists, prompt_sentences, show_prompt_list
from coaxial.workflows.import_speech import import_speech
from corpora import part_of


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.read(tmp_path / "data")


def pasted(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode("utf-8"))


@pytest.mark.parametrize("tag", ["sv-SE", "en-GB"])
def test_built_in_sentences_come_into_the_store_in_reading_order_and_only_once(settings, tag):
    expected = list(builtin_list(resolve_language(tag)).sentences)
    first = add_builtin_prompts(settings, "mine", tag)
    assert (first.added, first.known, first.language, first.notes) == (len(expected), 0, tag, ())
    assert prompt_sentences(settings, "mine") == expected
    again = add_builtin_prompts(settings, "mine", tag)
    assert (again.added, again.known) == (0, len(expected))
    assert prompt_sentences(settings, "mine") == expected


def test_a_country_without_sentences_of_its_own_is_told_whose_they_are(settings):
    added = add_builtin_prompts(settings, "mine", "de-AT")
    assert added.language == "de-AT" and added.added > 130
    assert added.notes == ("The sentences are those for German (Germany).",)


def test_own_sentences_keep_their_order_and_every_rejected_line_has_its_reason(settings):
    source = pasted("Who was it?\n\nI ♥ you.\nIt was me.\nWho was it?\n...\n" + "on and " * 100 + "on.\n")
    added = add_own_prompts(settings, "mine", "en-US", source)
    assert prompt_sentences(settings, "mine") == ["Who was it?", "It was me."]
    assert [(one.line, one.code) for one in added.rejected] == [
        (3, "unsayable_symbols"),
        (5, "duplicate"),
        (6, "nothing_to_say"),
        (7, "too_long"),
    ]
    assert all(one.reason.endswith(".") for one in added.rejected)


def test_more_sentences_go_behind_those_that_are_there(settings):
    add_own_prompts(settings, "mine", "en-US", pasted("One.\nTwo.\n"))
    added = add_own_prompts(settings, "mine", "en-US", pasted("Three.\nTwo.\nFour.\n"))
    assert (added.added, added.known) == (2, 1)
    shown = show_prompt_list(settings, "mine")["sentences"]
    assert [(one["position"], one["text"]) for one in shown] == [(1, "One."), (2, "Two."), (3, "Three."), (4, "Four.")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bom.csv", "\ufeffid,text\r\n1,Größe zählt.\r\n".encode()),
        ("wide.tsv", "id\ttext\r\n1\tGröße zählt.\r\n".encode("utf-16")),
        ("plain.txt", "Größe zählt.".encode("cp1252")),
        ("decomposed.txt", "Gro\u0308ße\u00a0 za\u0308hlt.\n".encode()),
    ],
)
def test_files_in_other_encodings_are_read(settings, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    added = add_own_prompts(settings, "mine", "de", tmp_path / name)
    assert prompt_sentences(settings, "mine") == ["Größe zählt."]
    assert any("Windows-1252" in note for note in added.notes) == (name == "plain.txt")


def test_sentences_in_another_language_are_refused_and_change_nothing(settings):
    add_own_prompts(settings, "mine", "en-US", pasted("One.\n"))
    with pytest.raises(InvalidOption, match=r"'mine' is en-US and cannot take sv-SE"):
        add_builtin_prompts(settings, "mine", "sv-SE")
    assert prompt_sentences(settings, "mine") == ["One."]


def test_a_list_of_which_nothing_is_usable_is_not_made(settings):
    added = add_own_prompts(settings, "mine", "en-US", pasted("♥\n...\n"))
    assert (added.added, len(added.rejected)) == (0, 2)
    with pytest.raises(UnreadableSource, match="no sentence"):
        add_own_prompts(settings, "mine", "en-US", pasted("\n\n"))
    assert list_prompt_lists(settings) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("a/b", "en-US"), InvalidOption),
        (("mine", "xx-XX"), UnsupportedLanguage),
        (("mine", "pl-PL"), NotFound),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(settings, arguments, error):
    with pytest.raises(error):
        add_builtin_prompts(settings, *arguments)
    assert list_prompt_lists(settings) == []


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03binary", b"a" * (MAX_BYTES + 1)])
def test_what_is_no_text_or_far_too_much_is_refused(settings, tmp_path, data):
    (tmp_path / "source").write_bytes(data)
    for source in (tmp_path / "source", io.BytesIO(data)):
        with pytest.raises(UnreadableSource):
            add_own_prompts(settings, "mine", "en-US", source)


def test_a_missing_file_is_named(settings, tmp_path):
    with pytest.raises(UnreadableSource, match=r"nowhere\.txt"):
        add_own_prompts(settings, "mine", "en-US", tmp_path / "nowhere.txt")


def test_showing_a_list_tells_what_it_covers(settings):
    add_builtin_prompts(settings, "full", "en-US")
    full = show_prompt_list(settings, "full")
    assert full["phonemes"] == {"said": 47, "of": 47} and full["missing_phonemes"] == ()
    assert full["diphones"] > 1000 and 9 < full["minutes"] < 12
    add_own_prompts(settings, "short", "en-US", pasted("See me.\n"))
    short = show_prompt_list(settings, "short")
    assert short["phonemes"] == {"said": 3, "of": 47}
    assert "ʒ" in short["missing_phonemes"] and "iː" not in short["missing_phonemes"]
    add_own_prompts(settings, "polish", "pl-PL", pasted("Dobry wieczór.\n"))
    assert set(show_prompt_list(settings, "polish")["phonemes"]) == {"said"}


def test_an_imported_recording_counts_for_the_prompt_that_it_reads(settings, robot_corpus, tmp_path):
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001", "b": "robot_0002"})
    read = (source / "metadata.csv").read_text(encoding="utf-8").splitlines()[0].split("|")[1]
    add_own_prompts(settings, "robot", "en-US", pasted(f"Nobody read this.\n{read}\n"))
    import_speech(settings, source, "robot", "en-US", Silent())
    (listed,) = list_prompt_lists(settings)
    assert (listed.prompts, listed.recordings) == (3, 2)
    assert prompt_sentences(settings, "robot")[:2] == ["Nobody read this.", read]
