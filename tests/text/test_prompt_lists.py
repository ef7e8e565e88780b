from __future__ import annotations

import re

import pytest

from coaxial.domain.errors import NotFound
from coaxial.text.coverage import coverage, spoken
from coaxial.text.inventory import phoneme_inventory
from coaxial.text.languages import resolve_language
from coaxial.text.normalise import normalise_transcript
from coaxial.text.phonemes import phonemize
from coaxial.text.prompt_lists import (
    LONGEST,
    Candidate,
    builtin_list,
    builtin_lists,
    check_prompts,
    written_sentences,
)

DIPHONES = {"en-US": 1000, "en-GB": 870, "sv-SE": 950, "it-IT": 680, "de-DE": 850, "es-ES": 460, "fr-FR": 760}
"""Different ones that each list holds at least."""

TAGS = tuple(DIPHONES)

# Words that Americans and the British spell differently, in either spelling.
_ONE_COUNTRY_ONLY = re.compile(
    r"(arm|behavi|clam|col|end?eav|fav|flav|glam|harb|hon|hum|lab|neighb|od|parl|rum|sav|splend|vap|vig)ou?r\w*"
    r"|(apolog|critic|emphas|memor|organ|real|recogn|special)[iy][sz]\w*|analy[sz]e\w*|gr[ae]y\w*|moust?ache|mustache"
    r"|cent(er|re)s?|theat(er|re)s?|(kilo|centi)?met(er|re)s?|lit(er|re)s?|(travel|cancel|model|signal)l?(ed|ing|er)s?"
    r"|plow|plough|tyres?|jewell?ery|py?jamas|program(me)?s?|che(ck|que)s?|(defen|licen|offen)[cs]e|(cat|di)alog(ue)?s?"
    r"|mum|mom|towards?|whil(e|st)|learnt|burnt|spelt|dreamt|aeroplane|airplane|aluminium|aluminum|sceptical|skeptical",
    re.IGNORECASE,
)
_SPELLED_ALIKE = frozenset(("check", "while"))


def voice_of(tag: str) -> str:
    return resolve_language(tag).espeak_voice


def test_there_is_a_list_for_every_promised_language():
    assert tuple(one.tag for one in builtin_lists()) == TAGS
    assert {one.tag: one.name for one in builtin_lists()}["en-GB"] == "English (United Kingdom)"


@pytest.mark.parametrize("tag", TAGS)
def test_a_list_has_at_least_130_sentences_that_differ_and_are_written_cleanly(tag):
    sentences = written_sentences(tag)
    assert len({sentence.casefold() for sentence in sentences}) == len(sentences) >= 130
    for sentence in sentences:
        assert sentence == normalise_transcript(sentence)
        assert re.search(r"[.!?][”“»]?$", sentence), sentence
        assert not re.search(r'\d|"|  |\.\.', sentence), sentence


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_can_be_said_in_one_breath_and_every_phoneme_has_an_id(tag):
    voice = voice_of(tag)
    sentences, rejected = check_prompts(map(Candidate, range(1, 1000), written_sentences(tag)), voice)
    assert rejected == []
    assert [one for one in sentences if phonemize(one, voice).unknown] == []


@pytest.mark.parametrize("tag", TAGS)
def test_no_word_is_spoken_as_one_of_another_language(tag):
    """espeak-ng marks such words, and piper takes the marks off; a person would read them in their own way."""
    bridge = pytest.importorskip("piper.espeakbridge")
    voice = voice_of(tag)
    phonemize("", voice)  # starts espeak-ng and chooses the voice
    bridge.set_voice(voice)
    switching = [
        text for text in written_sentences(tag) if any("(" in clause[0] for clause in bridge.get_phonemes(text))
    ]
    assert switching == []


@pytest.mark.parametrize("tag", TAGS)
def test_sentences_are_of_many_kinds(tag):
    sentences = written_sentences(tag)
    words = [len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", sentence)) for sentence in sentences]
    assert max(words) <= 25
    assert sum(count <= 5 for count in words) >= 25
    assert sum(count >= 18 for count in words) >= 14
    assert sum("?" in sentence for sentence in sentences) >= 20
    assert sum("!" in sentence for sentence in sentences) >= 10
    assert sum(bool(re.search("[“”„»]", sentence)) for sentence in sentences) >= 1


@pytest.mark.parametrize("tag", TAGS)
def test_every_phoneme_of_the_language_is_said_at_least_three_times(tag):
    inventory = phoneme_inventory(voice_of(tag))
    said = coverage(written_sentences(tag), voice_of(tag))
    assert len(inventory) >= 35
    assert said.missing(inventory) == ()
    assert {phoneme: said.phonemes[phoneme] for phoneme in inventory if said.phonemes[phoneme] < 3} == {}


@pytest.mark.parametrize("tag", TAGS)
def test_a_list_holds_as_many_diphones_as_promised(tag):
    assert len(coverage(written_sentences(tag), voice_of(tag)).diphones) >= DIPHONES[tag]


@pytest.mark.parametrize("tag", TAGS)
def test_reading_order_covers_more_at_every_stop_in_the_same_time(tag):
    """Measured over the minutes of the whole list: the part of its diphones that was heard, as an area."""
    voice = voice_of(tag)
    written = [spoken(sentence, voice) for sentence in written_sentences(tag)]
    reading = [spoken(sentence, voice) for sentence in builtin_list(resolve_language(tag)).sentences]
    assert sorted(one.diphones for one in written) == sorted(one.diphones for one in reading)
    assert _area(reading) > 1.1 * _area(written)
    for minutes in (1, 2, 4, 8):
        assert _heard_within(reading, 60 * minutes) > _heard_within(written, 60 * minutes)


@pytest.mark.parametrize("tag", TAGS)
def test_the_first_twenty_sentences_say_nearly_every_phoneme(tag):
    said = coverage(builtin_list(resolve_language(tag)).sentences[:20], voice_of(tag))
    inventory = phoneme_inventory(voice_of(tag))
    assert len(said.missing(inventory)) <= 0.15 * len(inventory)


def test_the_english_sentences_are_spelled_as_both_countries_spell():
    words = [word.lower() for sentence in written_sentences("en-GB") for word in re.findall(r"\w+", sentence)]
    assert {word for word in words if _ONE_COUNTRY_ONLY.fullmatch(word)} - _SPELLED_ALIKE == set()
    assert _ONE_COUNTRY_ONLY.fullmatch("neighbours") and _ONE_COUNTRY_ONLY.fullmatch("realize")


@pytest.mark.parametrize(
    ("tag", "found"), [("en-AU", "en-US"), ("de-AT", "de-DE"), ("es-MX", "es-ES"), ("fr-CA", "fr-FR")]
)
def test_a_country_without_a_list_gets_that_of_its_language_ordered_for_its_voice(tag, found):
    one = builtin_list(resolve_language(tag))
    assert one.tag == found
    assert sorted(one.sentences) == sorted(written_sentences(found))


def test_a_language_without_a_list_is_told_what_there_is():
    with pytest.raises(NotFound, match=r"pl-PL.*sv-SE") as caught:
        builtin_list(resolve_language("pl"))
    assert "--file" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "empty", "no sentence"),
        ("\u200b \ufeff", "empty", "no sentence"),
        ("…!", "nothing_to_say", "no word"),
        ("I ♥ you", "unsayable_symbols", "BLACK HEART SUIT"),
        ("Say Привет", "unsayable_symbols", "and others"),
        ("word " * 70, "too_long", "seconds"),
        ("word " * 1000, "too_long", "characters"),
        ("good MORNING", "duplicate", "line 1"),
    ],
)
def test_a_sentence_that_cannot_be_a_prompt_is_rejected_with_the_reason(text, code, words):
    taken, rejected = check_prompts([Candidate(1, "Good  morning"), Candidate(7, text)], "en-us")
    assert taken == ["Good morning"]
    assert [(one.line, one.code) for one in rejected] == [(7, code)]
    assert words in rejected[0].reason


def test_what_was_rejected_is_no_duplicate_of_itself():
    _, rejected = check_prompts([Candidate(1, "..."), Candidate(2, "..."), Candidate(3, ""), Candidate(4, "")], "en-us")
    assert [one.code for one in rejected] == ["nothing_to_say", "nothing_to_say", "empty", "empty"]


def test_a_sentence_just_short_enough_is_taken():
    text = "word " * 60
    assert 0.8 * LONGEST < spoken(text.strip(), "en-us").seconds <= LONGEST
    assert check_prompts([Candidate(1, text)], "en-us") == ([text.strip()], [])


def _area(order):
    heard, seconds, total = set(), 0.0, 0.0
    for one in order:
        total += len(heard) * one.seconds
        seconds += one.seconds
        heard.update(one.diphones)
    return total / seconds / len(heard)


def _heard_within(order, seconds):
    heard = set()
    for one in order:
        seconds -= one.seconds
        if seconds < 0:
            break
        heard.update(one.diphones)
    return len(heard)
