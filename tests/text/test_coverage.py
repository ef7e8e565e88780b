from __future__ import annotations

import random
import time
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.coverage import AGAIN, BREAK, MARGINS, PACE, coverage, reading_order, spoken
from coaxial.text.inventory import phoneme_inventory
from coaxial.text.prompt_lists import written_sentences

SENTENCES = written_sentences("en-US")


def test_a_phoneme_is_a_letter_with_its_length_and_marks_and_without_stress():
    assert spoken("Hi.", "en-us").phonemes == ("h", "a", "ɪ")
    assert spoken("Übung", "de").phonemes == ("yː", "b", "ʊ", "ŋ")
    assert spoken("un bon", "fr").phonemes == ("œ̃", "b", "ɔ̃")
    assert "c\u0327" in spoken("ich", "de").phonemes
    assert "t͡ʃ" in spoken("Pieci cilvēki, četri.", "lv").phonemes


def test_diphones_run_over_the_gap_between_words_and_stop_at_punctuation():
    assert spoken("See me.", "en-us").diphones == ("_-s", "s-iː", "iː-m", "m-iː", "iː-_")
    assert spoken("See, me!", "en-us").diphones == ("_-s", "s-iː", "iː-_", "_-m", "m-iː", "iː-_")


def test_reading_time_grows_with_phonemes_and_breaks():
    assert spoken("See me.", "en-us").seconds == pytest.approx(4 / PACE + MARGINS)
    assert spoken("See, me.", "en-us").seconds == pytest.approx(4 / PACE + BREAK + MARGINS)


def test_coverage_adds_up_what_each_sentence_says():
    total = coverage(["See me.", "See him."], "en-us")
    assert total.phonemes == {"s": 2, "iː": 3, "m": 2, "h": 1, "ɪ": 1}
    assert total.diphones["s-iː"] == 2 and total.diphones["iː-h"] == 1
    assert list(total.diphones.values()) == sorted(total.diphones.values(), reverse=True)
    assert total.missing({"s", "ʒ", "b"}) == ("b", "ʒ")


def test_silence_covers_nothing():
    for nothing in ([], [""], ["..."]):
        assert not coverage(nothing, "en-us").diphones
    assert reading_order([], "en-us") == []


def test_a_voice_that_does_not_exist_is_named():
    with pytest.raises(UnsupportedLanguage, match="'xx'"):
        coverage(["Hello."], "xx")
    with pytest.raises(UnsupportedLanguage, match="'xx'"):
        reading_order(["Hello."], "xx")


def test_inventories_are_spelled_as_phonemes_are():
    assert "c\u0327" in phoneme_inventory("de")
    assert phoneme_inventory("pl") == frozenset()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), max_size=25), st.lists(st.sampled_from(SENTENCES), max_size=5))
def test_every_step_takes_the_sentence_that_adds_most_per_second_and_the_first_of_equals(sentences, already):
    said = [spoken(sentence, "en-us") for sentence in sentences]
    heard = Counter(diphone for sentence in already for diphone in set(spoken(sentence, "en-us").diphones))
    left, expected = list(range(len(sentences))), []
    while left:
        best = max(
            left,
            key=lambda position: (
                sum(AGAIN ** heard[diphone] for diphone in dict.fromkeys(said[position].diphones))
                / said[position].seconds,
                -position,
            ),
        )
        left.remove(best)
        expected.append(best)
        heard.update(set(said[best].diphones))
    assert reading_order(sentences, "en-us", already) == expected


def test_what_was_read_already_counts_as_heard():
    assert reading_order(["Go away.", "See me.", "See me."], "en-us", already=["See me."])[0] == 0
    assert reading_order(["See me.", "Go away."], "en-us", already=["Go away."])[0] == 0
    half = [SENTENCES[position] for position in reading_order(SENTENCES, "en-us")[:80]]
    rest = [sentence for sentence in SENTENCES if sentence not in half]
    assert [rest[position] for position in reading_order(rest, "en-us", already=half)] == [
        SENTENCES[position] for position in reading_order(SENTENCES, "en-us")[80:]
    ]


def test_wherever_reading_stops_no_choice_of_the_same_length_covers_much_more():
    """At least 1 - 1/e of the best choice, found by trying all of them (Nemhauser et al. 1978)."""
    dice = random.Random(4)
    for _ in range(5):
        sentences = dice.sample(SENTENCES, 10)
        said = [spoken(sentence, "en-us") for sentence in sentences]
        order = reading_order(sentences, "en-us")
        for stop in range(1, len(order)):
            time_read = sum(said[position].seconds for position in order[:stop])
            covered = len({diphone for position in order[:stop] for diphone in said[position].diphones})
            best = max(
                len({diphone for position in chosen for diphone in said[position].diphones})
                for size in range(1, len(order))
                for chosen in combinations(range(len(order)), size)
                if sum(said[position].seconds for position in chosen) <= time_read
            )
            assert covered >= 0.632 * best


def test_a_thousand_sentences_are_ordered_in_two_seconds():
    written = dict.fromkeys(
        sentence
        for tag in ("en-US", "sv-SE", "it-IT", "de-DE", "es-ES", "fr-FR")
        for sentence in written_sentences(tag)
    )
    thousand = list(written)[:1000]
    assert len(thousand) == 1000
    spoken("Wake up.", "en-us")
    begun = time.process_time()
    order = reading_order(thousand, "en-us")
    assert time.process_time() - begun < 2
    assert sorted(order) == list(range(1000))
