"""Speakers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.studio import Studio, open_studio, take

KETTLE = "The kettle sings before the morning begins."


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "data") as studio:
        yield studio


def test_a_speaker_is_made_described_and_listed(studio: Studio) -> None:
    came = studio("POST", "/api/profiles", {"name": "anna", "language": "en_us", "consent": "Anna agreed."})
    assert (came.status, came.headers["Location"]) == (201, "/api/profiles/anna")
    assert (came.json["language"], came.json["consent"]) == ("en-US", "Anna agreed.")
    studio("PATCH", "/api/profiles/anna", {"licence": "CC BY 4.0"})
    (listed,) = studio.get("/api/profiles")["items"]
    assert listed == studio.get("/api/profiles/anna")
    assert (listed["consent"], listed["licence"], listed["kept"]) == ("Anna agreed.", "CC BY 4.0", 0)


def test_a_name_in_any_script_is_found_again_where_location_says(studio: Studio) -> None:
    came = studio("POST", "/api/profiles", {"name": "åsa", "language": "sv-SE"})
    assert studio.get(came.headers["Location"])["name"] == "åsa"


def test_a_name_that_is_taken_is_refused_and_a_retry_is_answered_again(studio: Studio) -> None:
    new = {"name": "anna", "language": "en-US"}
    first = studio("POST", "/api/profiles", new, Idempotency_Key="1")
    assert studio("POST", "/api/profiles", new, Idempotency_Key="1").json == first.json
    assert studio("POST", "/api/profiles", new).status == 409


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "-x", "a b", "a" * 61, "", "a\0b"])
def test_a_name_that_cannot_name_files_is_refused(studio: Studio, name: str) -> None:
    assert studio("POST", "/api/profiles", {"name": name, "language": "en-US"}).status == 422


def test_an_unknown_language_or_field_is_refused(studio: Studio) -> None:
    assert studio("POST", "/api/profiles", {"name": "anna", "language": "xx-nonsense"}).status == 404
    assert studio("POST", "/api/profiles", {"name": "anna", "language": "en", "age": 40}).status == 422
    assert studio("PATCH", "/api/profiles/nobody", {"licence": "MIT"}).status == 404


def test_minutes_and_states_of_takes_are_told(studio: Studio) -> None:
    studio.profile()
    studio.sentences(KETTLE)
    studio.record(take(KETTLE))
    studio.record(take(KETTLE, speed=150))
    known = studio.get("/api/profiles/anna")
    assert (known["kept"], known["superseded"], known["excluded"], known["flagged"]) == (1, 1, 0, 0)
    assert 0.03 < known["good_minutes"] < known["minutes"] < 0.1


def test_a_speaker_with_recordings_goes_only_when_that_is_said(studio: Studio) -> None:
    studio.profile()
    studio.sentences(KETTLE)
    studio.record(take(KETTLE))
    refused = studio("DELETE", "/api/profiles/anna")
    assert (refused.status, refused.json["type"]) == (409, "urn:coaxial:problem:not-confirmed")
    assert "1 recordings" in refused.json["detail"]
    assert studio("DELETE", "/api/profiles/anna?with_recordings=true").status == 200
    assert studio("GET", "/api/profiles/anna").status == 404
    assert list(studio.settings.recordings.rglob("*.wav")) == []
    assert studio.get("/api/prompt-lists/letters")["prompts"] == 1


def test_a_speaker_without_recordings_goes_at_once(studio: Studio) -> None:
    studio.profile()
    assert "The profile anna goes" in studio("DELETE", "/api/profiles/anna").json["sentence"]
    assert studio.get("/api/profiles")["total"] == 0
