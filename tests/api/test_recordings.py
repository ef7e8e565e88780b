"""Takes over HTTP: what a recorder sends, what it is told, and what a person changes afterwards."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import pytest

from api.studio import Studio, open_studio, take

KETTLE = "The kettle sings before the morning begins."
GEESE = "Seven grey geese crossed the frozen lake."


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "data", COAXIAL_TAKE_LIMIT_MB="2") as studio:
        studio.profile()
        studio.sentences(KETTLE, GEESE)
        yield studio


def flags(recording: dict[str, object]) -> list[str]:
    return [flag["code"] for flag in recording["flags"]]  # type: ignore[attr-defined]


def test_a_take_is_measured_and_kept_byte_for_byte(studio: Studio) -> None:
    sound = take(KETTLE)
    came = studio.record(sound)
    assert (came.status, came.headers["Location"]) == (201, "/api/recordings/1")
    found = came.json
    assert (found["text"], found["state"], found["flags"]) == (KETTLE, "kept", [])
    measures = found["measures"]
    assert 0.2 < measures["speech_start"] < 0.5
    assert measures["rate"] == 22050
    assert 8 < measures["pace"] < 20
    heard = studio("GET", found["audio"])
    assert (heard.status, heard.headers["Content-Type"], heard.data) == (200, "audio/wav", sound)


def test_a_take_is_answered_within_a_second(studio: Studio) -> None:
    studio.record(take(KETTLE))
    began = time.monotonic()
    assert studio.record(take(GEESE), 2).status == 201
    assert time.monotonic() - began < 1


def test_the_same_take_sent_twice_is_one_recording(studio: Studio) -> None:
    sound = take(KETTLE)
    first, again = studio.record(sound), studio.record(sound)
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert studio.get("/api/recordings")["total"] == 1


def test_a_retake_supersedes_and_the_earlier_can_be_chosen_back(studio: Studio) -> None:
    studio.record(take(KETTLE))
    studio.record(take(KETTLE, speed=150))
    states = {one["id"]: one["state"] for one in studio.get("/api/recordings?profile=anna&position=1")["items"]}
    assert states == {1: "superseded", 2: "kept"}
    assert studio("PATCH", "/api/recordings/1", {"state": "kept"}).json["state"] == "kept"
    assert studio.get("/api/recordings/2")["state"] == "superseded"


def test_an_older_take_that_comes_late_takes_no_newer_ones_place(studio: Studio) -> None:
    studio.record(take(KETTLE))
    earlier = (datetime.now(timezone.utc) - timedelta(minutes=5)).isoformat()
    late = studio.record(take(KETTLE, speed=150), recorded=quote(earlier)).json
    assert late["state"] == "superseded"
    assert studio.get("/api/recordings/1")["state"] == "kept"


@pytest.mark.parametrize(
    ("sound", "flag"),
    [
        (take(KETTLE, gain=0.01, noise=0), "too_quiet"),
        (take(KETTLE, gain=0.1, noise=0.01), "noisy"),
        (take(KETTLE, gain=6.0), "clipped"),
        (take(KETTLE, cut=1.12), "cut_off_end"),
        (take("Yes."), "text_too_long"),
        (take(f"{KETTLE} {GEESE} {KETTLE} {GEESE}" * 2, speed=80), "text_too_short"),
    ],
)
def test_what_is_doubtful_about_a_take_is_said(studio: Studio, sound: bytes, flag: str) -> None:
    found = studio.record(sound).json
    assert flag in flags(found)
    listed = studio.get(f"/api/recordings?flag={flag}")["items"]
    assert [one["id"] for one in listed] == [found["id"]]
    assert listed[0]["flags"] == found["flags"]


def test_a_take_in_which_nobody_speaks_is_refused_with_the_reason(studio: Studio) -> None:
    with wave.open(file := io.BytesIO(), "wb") as silent:
        silent.setparams((1, 2, 22050, 0, "NONE", ""))
        silent.writeframes(bytes(44100))
    came = studio.record(file.getvalue())
    assert (came.status, came.json["detail"]) == (422, "Nobody speaks in the recording.")
    assert studio.get("/api/recordings")["total"] == 0
    assert list((studio.settings.data_dir / "scratch" / "takes").iterdir()) == []


def test_what_is_no_sound_no_prompt_or_another_language_is_refused(studio: Studio) -> None:
    studio.profile("britta", "sv-SE")
    sound = take(KETTLE)
    assert studio.record(b"a letter").status == 422
    assert studio.record(b"").status == 422
    assert studio.record(sound, 3).status == 404
    assert studio.record(sound, profile="nobody").status == 404
    assert studio.record(sound, profile="britta").status == 422


def test_a_take_larger_than_the_limit_is_refused(studio: Studio) -> None:
    came = studio.record(bytes(2_000_001))
    assert (came.status, came.headers["Content-Type"]) == (413, "application/problem+json")
    assert studio.get("/api/recordings")["total"] == 0


def test_a_corrected_text_is_said_anew_and_one_that_cannot_be_spoken_is_refused(studio: Studio) -> None:
    studio.record(take(GEESE))
    changed = studio("PATCH", "/api/recordings/1", {"text": f"  {GEESE}\u200b"})
    assert (changed.status, changed.json["text"]) == (200, GEESE)
    assert studio("PATCH", "/api/recordings/1", {"text": "Kettle ☕ sings."}).status == 422
    assert studio("PATCH", "/api/recordings/1", {}).status == 422
    assert studio.get("/api/recordings/1")["text"] == GEESE


def test_many_are_changed_together_or_not_at_all_and_undone_with_what_they_were(studio: Studio) -> None:
    studio.record(take(KETTLE))
    studio.record(take(GEESE), 2)
    before = studio.get("/api/recordings")["items"]
    changes = [{"id": 1, "state": "excluded"}, {"id": 2, "state": "excluded", "text": "Geese."}]
    assert studio("PATCH", "/api/recordings/batch", {"changes": [*changes, {"id": 9, "state": "kept"}]}).status == 404
    assert studio.get("/api/recordings")["items"] == before
    done = studio("PATCH", "/api/recordings/batch", {"changes": changes}).json["items"]
    assert [(one["id"], one["state"]) for one in done] == [(1, "excluded"), (2, "excluded")]
    undo = [{"id": one["id"], "state": one["state"], "text": one["text"]} for one in before]
    assert studio("PATCH", "/api/recordings/batch", {"changes": undo}).status == 200
    assert studio.get("/api/recordings")["items"] == before


def test_a_change_that_was_made_for_another_state_is_refused(studio: Studio) -> None:
    studio.record(take(KETTLE))
    seen = studio("GET", "/api/recordings/1").headers["ETag"]
    assert studio("PATCH", "/api/recordings/1", {"state": "excluded"}, If_Match=seen).status == 200
    assert studio("PATCH", "/api/recordings/1", {"state": "kept"}, If_Match=seen).status == 412


def test_a_deleted_recording_is_gone_with_its_original(studio: Studio) -> None:
    studio.record(take(KETTLE))
    (original,) = studio.settings.recordings.rglob("*.wav")
    assert studio("DELETE", "/api/recordings/1").status == 204
    assert studio("GET", "/api/recordings/1").status == 404
    assert not original.exists()


def test_sound_comes_in_parts_and_only_while_it_is_the_same(studio: Studio) -> None:
    sound = take(KETTLE)
    studio.record(sound)
    part = studio("GET", "/api/recordings/1/audio", Range="bytes=100-199")
    assert (part.status, part.data) == (206, sound[100:200])
    tag = part.headers["ETag"]
    assert studio("GET", "/api/recordings/1/audio", Range="bytes=0-9", If_Range=tag).status == 206
    assert studio("GET", "/api/recordings/1/audio", Range="bytes=0-9", If_Range='"other"').status == 200
    assert studio("GET", "/api/recordings/1/audio", If_None_Match=tag).status == 304
    assert studio("GET", "/api/recordings/1/audio", Range=f"bytes={len(sound)}-").status == 416


def test_any_original_can_be_heard_as_wav(studio: Studio) -> None:
    studio.record(take(KETTLE))
    came = studio("GET", "/api/recordings/1/audio?format=wav")
    with wave.open(io.BytesIO(came.data)) as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (22050, 1, 2)
    assert studio("GET", "/api/recordings/1/audio?format=wav", Range="bytes=0-3").data == b"RIFF"


def test_a_recording_is_drawn_as_outline_and_as_picture(studio: Studio) -> None:
    studio.record(take(KETTLE))
    drawn = studio.get("/api/recordings/1/waveform?points=300")
    assert len(drawn["lowest"]) == len(drawn["highest"]) == 300
    assert all(low <= high for low, high in zip(drawn["lowest"], drawn["highest"], strict=True))
    assert max(drawn["highest"][100:200]) > 0.1 > max(drawn["highest"][:20])
    picture = studio("GET", "/api/recordings/1/spectrogram?width=400")
    assert (picture.headers["Content-Type"], picture.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert studio("GET", "/api/recordings/1/spectrogram?width=400", If_None_Match=picture.headers["ETag"]).status == 304


def test_recordings_are_sorted_searched_and_paged(studio: Studio) -> None:
    studio.record(take(KETTLE))
    studio.record(take(GEESE, gain=0.02, noise=0.005), 2)
    worst = studio.get("/api/recordings?sort=-worst&limit=1")
    assert worst["items"][0]["position"] == 2
    (other,) = studio.get(worst["next"])["items"]
    assert other["position"] == 1
    assert [one["id"] for one in studio.get("/api/recordings?search=KETTLE")["items"]] == [1]
    assert studio.get("/api/recordings?search=100%25")["total"] == 0
    assert studio.get("/api/recordings?flag=none")["total"] == 1
    assert studio("GET", "/api/recordings?sort=colour").status == 422
    assert studio("GET", "/api/recordings?flag=blue").status == 422
    assert studio("GET", "/api/recordings?profile=nobody").status == 404


def test_no_torch_is_imported_for_speech() -> None:
    code = (
        "import sys, coaxial.api.app, coaxial.workflows.record_take, coaxial.audio.measure, coaxial.audio.shape\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_recogniser_hears_stands_beside_what_was_to_be_read(studio: Studio) -> None:
    studio.record(take(KETTLE), 2)  # the prompt of the geese
    found = studio.get("/api/recordings/1/heard")
    assert found["recogniser"].startswith("pocketsphinx ")
    said = " ".join(one["said"] for one in found["words"] if one["said"])
    assert said == "seven grey geese crossed the frozen lake"
    assert found["is_another"] and found["errors"] >= 6


def test_where_no_recogniser_knows_the_language_that_is_all_it_says(studio: Studio) -> None:
    studio.profile("berta", "sv-SE")
    studio.sentences("Sju gr\u00e5 g\u00e4ss flyger.", name="bokstaver", language="sv-SE")
    studio.record(take(GEESE), profile="berta", prompt_list="bokstaver")
    silent = {"recogniser": None, "words": [], "errors": 0, "is_another": False}
    assert studio.get("/api/recordings/1/heard") == silent
