"""Sentences to read over HTTP: where they come from, in which order they are read, how far a speaker is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.studio import Studio, open_studio, take
from coaxial.text.coverage import spoken

SENTENCES = (
    "The kettle sings before the morning begins.",
    "The kettle sings before the morning begins again.",
    "Seven grey geese crossed the frozen lake.",
    "Fresh bread smells better than any perfume.",
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "data") as studio:
        yield studio


def prompts(studio: Studio, more: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = studio.get(f"/api/prompt-lists/letters/prompts?profile=anna{more}")["items"]
    return found


def test_every_built_in_list_can_be_taken(studio: Studio) -> None:
    offered = studio.get("/api/prompt-lists/builtin")["items"]
    assert {one["language"].split("-")[0] for one in offered} == {"en", "sv", "it", "de", "es", "fr"}
    for one in offered:
        new = {"name": f"list-{one['language']}", "language": one["language"], "builtin": True}
        added = studio("POST", "/api/prompt-lists", new)
        assert (added.status, added.json["added"]) == (201, one["sentences"])
        assert studio.get(added.headers["Location"])["prompts"] == one["sentences"] >= 100


def test_pasted_sentences_are_taken_or_refused_one_by_one(studio: Studio) -> None:
    text = "Hello there.\n\n★★★\nHello there.\nGood night."
    added = studio("POST", "/api/prompt-lists", {"name": "mine", "language": "en-US", "text": text}).json
    assert (added["added"], added["rejected_total"]) == (2, 2)
    assert [(one["line"], one["code"]) for one in added["rejected"]] == [(3, "unsayable_symbols"), (4, "duplicate")]
    again = studio("POST", "/api/prompt-lists", {"name": "mine", "language": "en-US", "text": text})
    assert (again.status, again.json["added"], again.json["known"]) == (200, 0, 2)


def test_a_file_is_read_in_its_encoding_and_by_its_column(studio: Studio) -> None:
    table = 'id,text\n1,Räven är röd.\n2,"Hej, hej!"\n'.encode("utf-16")
    came = studio("POST", "/api/prompt-lists/file?name=svenska&language=sv", table, Content_Type="text/csv")
    assert came.status == 201
    found = studio.get("/api/prompt-lists/svenska/prompts")["items"]
    assert [one["text"] for one in found] == ["Räven är röd.", "Hej, hej!"]


def test_a_list_is_either_built_in_or_ones_own(studio: Studio) -> None:
    new = {"name": "mine", "language": "en-US"}
    assert studio("POST", "/api/prompt-lists", new).status == 422
    assert studio("POST", "/api/prompt-lists", {**new, "builtin": True, "text": "Hello."}).status == 422
    assert studio("POST", "/api/prompt-lists", {**new, "language": "ja", "builtin": True}).status == 404
    too_much = studio("POST", "/api/prompt-lists/file?name=mine&language=en", b"a" * 2_000_001)
    assert too_much.status == 413


def test_what_a_speaker_has_read_stands_beside_each_sentence(studio: Studio) -> None:
    studio.profile()
    studio.sentences(*SENTENCES)
    studio.record(take(SENTENCES[1]), 2)
    studio.record(take(SENTENCES[1], speed=150), 2)
    assert [(one["recording"], one["takes"]) for one in prompts(studio)] == [(None, 0), (2, 2), (None, 0), (None, 0)]
    assert [one["position"] for one in prompts(studio, "&unread=true")] == [1, 3, 4]
    studio("PATCH", "/api/recordings/2", {"state": "excluded"})
    assert prompts(studio)[1]["recording"] is None
    alone = studio.get("/api/prompt-lists/letters/prompts?limit=2")
    assert [one["recording"] for one in alone["items"]] == [None, None]
    assert [one["position"] for one in studio.get(alone["next"])["items"]] == [3, 4]


def test_sentences_come_in_the_order_that_adds_most_to_what_is_said_already(studio: Studio) -> None:
    studio.profile()
    studio.sentences(*SENTENCES)
    studio.record(take(SENTENCES[0]), 1)
    found = prompts(studio, "&order=coverage")
    assert found[-1]["position"] == 1
    said = set(spoken(SENTENCES[0], "en-us").diphones)
    gains = {}
    for one in found[:3]:
        says = spoken(one["text"], "en-us")
        gains[one["position"]] = len(set(says.diphones) - said) / says.seconds
    assert found[0]["position"] == max(gains, key=lambda position: gains[position])
    assert found[2]["position"] == 2
    assert [one["position"] for one in prompts(studio, "&order=coverage&limit=2")] == [
        one["position"] for one in found[:2]
    ]


def test_coverage_counts_good_takes_toward_the_goals(studio: Studio) -> None:
    studio.profile()
    studio.sentences(*SENTENCES)
    before = studio.get("/api/prompt-lists/letters/coverage?profile=anna")
    assert (before["prompts"], before["read"], before["good_minutes"], before["said_diphones"]) == (4, 0, 0, 0)
    assert before["inventory"] == len(before["unsaid"])
    studio.record(take(SENTENCES[0]), 1)
    after = studio.get("/api/prompt-lists/letters/coverage?profile=anna")
    assert (after["read"], after["profile_good_minutes"]) == (1, after["good_minutes"])
    assert after["said_diphones"] == len(set(spoken(SENTENCES[0], "en-us").diphones))
    assert 0.03 < after["good_minutes"] < 0.1
    assert len(after["unsaid"]) < len(before["unsaid"])
    assert [(goal["minutes"], goal["reached"]) for goal in after["goals"]] == [
        (10, False),
        (30, False),
        (60, False),
        (120, False),
        (180, False),
    ]


def test_a_list_with_recordings_goes_only_when_that_is_said(studio: Studio) -> None:
    studio.profile()
    studio.sentences(*SENTENCES)
    studio.record(take(SENTENCES[0]), 1)
    refused = studio("DELETE", "/api/prompt-lists/letters")
    assert refused.status == 409
    assert "4 prompts" in refused.json["detail"]
    assert studio("DELETE", "/api/prompt-lists/letters?with_recordings=true").status == 200
    assert studio("GET", "/api/prompt-lists/letters").status == 404
    assert studio.get("/api/profiles/anna")["kept"] == 0


def test_a_text_is_shown_as_a_voice_would_say_it(studio: Studio) -> None:
    said = studio("POST", "/api/phonemes", {"text": "The kettle sings. ★", "language": "en-US"}).json
    assert said["sentences"][0] == "ðə kˈɛɾəl sˈɪŋz."
    assert said["unsayable"] == ["'★' (BLACK STAR)"]
    assert studio("POST", "/api/phonemes", {"text": "", "language": "en-US"}).json["spoken"] == 0
