from __future__ import annotations

from coaxial.dataset.split import held_out_sentences, sentence_key

TEXTS = [f"This is sentence number {number}." for number in range(2000)]


def test_takes_of_one_sentence_have_one_key():
    takes = ["Hello, World!", "hello world", " HELLO —  world. ", "“Hello” World…"]
    assert {sentence_key(text) for text in takes} == {"hello world"}
    assert sentence_key("Die Straße") == sentence_key("die STRASSE")
    assert sentence_key("Hello world") != sentence_key("Hello word")


def test_a_twentieth_is_held_out_at_least_one_and_at_most_64():
    assert [len(held_out_sentences(TEXTS[:count])) for count in (2, 20, 39, 40, 400, 2000)] == [1, 1, 1, 2, 20, 64]


def test_a_single_sentence_is_not_held_out():
    assert held_out_sentences([]) == frozenset()
    assert held_out_sentences(["One.", "one", "ONE!"]) == frozenset()


def test_order_and_retakes_do_not_change_what_is_held_out():
    held = held_out_sentences(TEXTS[:100])
    assert held_out_sentences(reversed(TEXTS[:100])) == held
    assert held_out_sentences(TEXTS[:100] * 2) == held


def test_a_grown_dataset_holds_out_nearly_the_same():
    before, after = held_out_sentences(TEXTS[:400]), held_out_sentences(TEXTS[:420])
    assert len(before & after) >= len(before) - 3
