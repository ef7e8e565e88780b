"""Datasets over HTTP: foreseen, prepared as a job, looked through."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api.studio import Studio, open_studio, take
from coaxial.domain.progress import Silent
from coaxial.jobs.work import do
from coaxial.store import open_store
from coaxial.workflows.import_speech import import_speech
from corpora import Recorder, part_of


@pytest.fixture
def studio(tmp_path: Path, robot_corpus: Path) -> Iterator[Studio]:
    """With four recordings of a robot."""
    with open_studio(tmp_path / "data") as studio:
        source = part_of(robot_corpus, tmp_path / "source", {f"a{n}": f"robot_000{n}" for n in range(1, 5)})
        import_speech(studio.settings, source, "robot", "en-US", Silent())
        yield studio


def prepared(studio: Studio, **wanted: Any) -> str:
    """Prepare a dataset as a worker's process does; answers its name."""
    queued = studio("POST", "/api/datasets", {"name": "robot", "options": {"quality": "x_low"}, **wanted})
    assert queued.status == 202, queued.data
    with open_store(studio.settings) as store:
        job = store.job(queued.json["id"])
        return str(do(studio.settings, job, {}, Recorder(), lambda _: None)["dataset"])


def test_a_dataset_is_prepared_and_shown_with_its_clips(studio: Studio) -> None:
    name = prepared(studio)
    found = studio.get(f"/api/datasets/{name}")
    assert (found["selection"], found["quality"], found["clips"], found["left_out"]) == ("robot", "x_low", 4, [])
    assert found["options"] == {"quality": "x_low", "loudness": -23.0, "margin": 0.25}
    assert [one["name"] for one in studio.get("/api/datasets")["items"]] == [name]
    first = studio.get(f"/api/datasets/{name}/clips?limit=3")
    assert (first["total"], len(first["items"]), len(studio.get(first["next"])["items"])) == (4, 3, 1)
    clip = first["items"][0]
    assert (clip["text"], clip["phonemes"][:6], clip["flags"]) == (
        "The kettle sings before the morning begins.",
        "ðə kˈɛ",
        [],
    )
    assert studio.get(f"/api/recordings/{clip['recording']}")["text"] == clip["text"]
    assert studio.get(f"/api/datasets/{name}/clips?search=GEESE")["total"] == 1


def test_a_clip_is_heard_as_the_network_hears_it(studio: Studio) -> None:
    clip = studio.get(f"/api/datasets/{prepared(studio)}/clips")["items"][0]
    with wave.open(io.BytesIO(studio("GET", clip["audio"]).data)) as heard:
        assert heard.getframerate() == 16000
        assert heard.getnframes() / 16000 == pytest.approx(clip["seconds"], abs=0.001)
    assert studio("GET", clip["audio"], Range="bytes=0-3").data == b"RIFF"
    for other in ("nobody", quote("../dataset", safe=""), ".."):
        assert studio("GET", clip["audio"].replace(clip["id"], other)).status in (404, 422)


def test_what_preparing_leaves_out_is_foreseen_with_the_same_words(studio: Studio) -> None:
    studio.profile()
    texts = ["Yes.", "She said so many words here that nobody could ever say them all within half a second.", "Hello."]
    studio.sentences(*texts)
    studio.record(take("Yes.", speed=450, silence=0.0), 1)
    studio.record(take("No, no."), 2)
    studio.record(take("Hello there, how are you?"), 3)
    wanted = {"name": "anna", "options": {"quality": "x_low", "margin": 0}}
    seen = studio("POST", "/api/datasets/preview", wanted).json
    name = prepared(studio, name="anna", options=wanted["options"])
    done = studio.get(f"/api/datasets/{name}")
    assert (seen["selected"], seen["usable"], seen["left_out"]) == (3, done["clips"], len(done["left_out"]))
    assert seen["left_out"] > 0
    foreseen = {one["reason"].split(":")[0] for one in seen["first_left_out"]}
    assert foreseen == {one["reason"].split(":")[0] for one in done["left_out"]}


def test_figures_are_spread_over_bins_and_every_recording_is_in_one(studio: Studio) -> None:
    seen = studio("POST", "/api/datasets/preview", {"name": "robot"}).json
    assert (seen["selected"], seen["usable"], seen["speakers"]) == (4, 4, {"robot": 4})
    assert [one["figure"] for one in seen["spread"]] == ["trimmed", "loudness", "above_noise", "pace"]
    for spread in seen["spread"]:
        assert len(spread["edges"]) == len(spread["counts"]) + 1
        assert sum(spread["counts"]) == 4
        assert spread["lowest"] <= spread["median"] <= spread["highest"]
    assert studio.get("/api/datasets")["total"] == 0


def test_an_excluded_recording_is_in_no_new_dataset_and_an_old_one_stays(studio: Studio) -> None:
    old = prepared(studio)
    studio("PATCH", "/api/recordings/1", {"state": "excluded"})
    assert studio("POST", "/api/datasets/preview", {"name": "robot"}).json["selected"] == 3
    new = prepared(studio)
    assert (studio.get(f"/api/datasets/{old}")["clips"], studio.get(f"/api/datasets/{new}")["clips"]) == (4, 3)


def test_one_reading_can_be_prepared_alone(studio: Studio) -> None:
    name = prepared(studio, prompt_list="robot")
    assert studio.get(f"/api/datasets/{name}")["clips"] == 4
    assert studio("POST", "/api/datasets", {"name": "robot", "prompt_list": "nothing"}).status == 404


def test_what_cannot_be_prepared_is_refused_at_once(studio: Studio) -> None:
    assert studio("POST", "/api/datasets", {"name": "nobody"}).status == 404
    studio.profile()
    assert studio("POST", "/api/datasets", {"name": "anna"}).status == 422
    assert studio("POST", "/api/datasets", {"name": "robot", "options": {"margin": 3}}).status == 422
    assert studio("POST", "/api/datasets", {"name": "robot", "options": {"quality": "best"}}).status == 422
    assert studio.get("/api/jobs")["total"] == 0


def test_a_dataset_goes_unless_a_run_needs_it(studio: Studio) -> None:
    name = prepared(studio)
    with open_store(studio.settings) as store:
        store.add_run("run", name, {}, studio.settings.runs / "run")
    assert studio.get(f"/api/datasets/{name}")["runs"] == ["run"]
    assert studio("DELETE", f"/api/datasets/{name}").status == 409
    with open_store(studio.settings) as store:
        store.delete_run("run")
    assert studio("DELETE", f"/api/datasets/{name}").status == 200
    assert studio("GET", f"/api/datasets/{name}").status == 404
    assert studio.get("/api/recordings")["total"] == 4
