"""Trainings over HTTP, as the page's Train room uses them: a real worker trains a tiny network."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.client import Client
from api.studio import Studio
from coaxial.domain.field_docs import field_doc
from coaxial.domain.options import Budget, TrainOptions
from coaxial.settings import Settings
from coaxial.store import open_store
from engine.conftest import write_dataset
from jobs.workers import Works

DATASET = "hum-x_low-000000000000"
TINY = {"batch_size": 2, "checkpoint_every": 2, "device": "cpu"}

Ask = Callable[..., Any]


@pytest.fixture
def studio(ask: Client, settings: Settings) -> Studio:
    """With a dataset to train on."""
    with open_store(settings) as store:
        store.add_dataset(write_dataset(settings.datasets / DATASET), [])
    return Studio(ask.url, settings)


def wanted(steps: int, **more: Any) -> dict[str, Any]:
    return {"dataset": "hum", "options": {**TINY, "budget": {"steps": steps}, **more}}


def until(is_so: Callable[[], Any], seconds: float = 400) -> Any:
    end = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def trained(studio: Studio, steps: int = 6) -> str:
    """A run that a worker trained to its end."""
    job = studio("POST", "/api/runs", wanted(steps)).json
    until(lambda: studio.get(job["href"])["state"] == "done")
    return str(studio.get(job["href"])["result"]["run"])


def test_a_run_is_queued_trained_shown_and_heard(studio: Studio, worker: Works) -> None:
    key = {"Idempotency_Key": "one"}
    answer = studio("POST", "/api/runs", wanted(6), **key)
    job = answer.json
    assert (answer.status, answer.headers["Location"], job["kind"]) == (202, f"/api/jobs/{job['id']}", "train")
    assert studio("POST", "/api/runs", wanted(6), **key).json["id"] == job["id"]
    until(lambda: studio.get(job["href"])["state"] == "done")
    (made,) = studio.get(job["href"])["made"]
    run = studio.get(made["href"])
    assert (run["state"], run["step"], run["dataset"], run["job"]["id"]) == ("finished", 6, DATASET, job["id"])
    assert studio.get("/api/runs")["items"][0]["name"] == run["name"] == made["name"]
    assert run["removal"].startswith(f"The run {run['name']} goes")
    checkpoints = studio.get(f"{run['href']}/checkpoints")["items"]
    assert [one["step"] for one in checkpoints if one["kind"] == "step"] == [2, 4, 6]
    assert all(one["size"] > 1_000_000 for one in checkpoints)
    sentence = studio.get(f"{run['href']}/samples")["items"][0]
    assert sentence["text"] and [one["step"] for one in sentence["spoken"]] == [2, 4, 6]
    for href in (sentence["recording"], sentence["spoken"][-1]["href"]):
        whole = studio("GET", href)
        assert (whole.status, whole.headers["Content-Type"], whole.data[:4]) == (200, "audio/wav", b"RIFF")
        part = studio("GET", href, Range="bytes=44-143")
        assert (part.status, part.data) == (206, whole.data[44:144])


def test_its_metrics_are_those_of_the_file(studio: Studio, worker: Works) -> None:
    name = trained(studio)
    file = studio.settings.runs / name / "metrics.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    found = studio.get(f"/api/runs/{name}/metrics")
    training = [line for line in lines if "mel" in line]
    assert (found["step"], found["lines"], found["training"]["every"]) == (6, len(lines), 1)
    assert found["training"]["steps"] == [line["step"] for line in training]
    assert found["training"]["series"]["mel"]["mean"] == pytest.approx([line["mel"] for line in training], rel=1e-4)
    assert set(found["names"]) == set(training[0]) - {"step", "epoch"}
    validated = [line["validation"] for line in lines if "validation" in line]
    if validated:
        assert found["validation"]["series"]["mel"]["mean"] == pytest.approx(
            [one["mel"] for one in validated], rel=1e-4
        )
    later = studio.get(f"/api/runs/{name}/metrics?since=4&names=mel")
    assert later["training"]["steps"] == [5, 6] and list(later["training"]["series"]) == ["mel"]


def test_a_run_that_trains_cannot_be_deleted_and_afterwards_goes_with_everything(studio: Studio, worker: Works) -> None:
    job = studio("POST", "/api/runs", wanted(5000)).json
    name = until(lambda: studio.get(job["href"])["result"].get("run"))
    until(lambda: studio.get(f"/api/runs/{name}")["step"] > 3)
    shown = studio.get(f"/api/runs/{name}")
    assert (shown["state"], shown["job"]["id"]) == ("running", job["id"])
    assert until(lambda: studio.get(f"/api/runs/{name}")["steps_per_second"]) > 0
    refused = studio("DELETE", f"/api/runs/{name}")
    assert (refused.status, f"job {job['id']} trains it" in refused.json["detail"]) == (409, True)
    studio("POST", f"{job['href']}/cancel")
    until(lambda: studio.get(job["href"])["state"] == "cancelled")
    until(lambda: studio.get(f"/api/runs/{name}")["state"] == "stopped")
    assert studio("DELETE", f"/api/runs/{name}").status == 200
    assert studio("GET", f"/api/runs/{name}").status == 404
    assert not (studio.settings.runs / name).exists()


def test_an_estimate_is_told_from_runs_of_this_machine_or_not_at_all(studio: Studio, worker: Works) -> None:
    nothing = studio("POST", "/api/runs/estimate", wanted(100)).json
    assert (nothing["seconds"], nothing["runs"]) == (None, []) and "No x_low run" in nothing["sentence"]
    assert studio("POST", "/api/runs/estimate", wanted(1, budget={"minutes": 3})).json["seconds"] == 180
    name = trained(studio, steps=24)
    told = studio("POST", "/api/runs/estimate", wanted(100)).json
    assert told["runs"] == [name] and told["steps"] == 100
    assert told["seconds"] == pytest.approx(100 * told["seconds_per_step"]) and told["seconds"] > 0
    by_epochs = studio("POST", "/api/runs/estimate", wanted(1, budget={"epochs": 10})).json
    assert by_epochs["steps"] % 10 == 0 and by_epochs["seconds"] > 0
    assert studio("POST", "/api/runs/estimate", wanted(100, batch_size=3)).json["seconds"] is None


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"dataset": "nobody"}, 404, "no dataset named 'nobody'"),
        ({"dataset": None}, 422, "needs a dataset"),
        ({"options": {"budget": {"steps": 5, "minutes": 5}}}, 422, "just one"),
        ({"options": {"budget": {"steps": 5}, "learning_rate": 7}}, 422, "learning rate of 7"),
        ({"options": {"budget": {"steps": 5}, "base_voice": "en-US.amie"}}, 404, "en-US.amie"),
        ({"options": {"budget": {"steps": 5}, "base": "/etc/passwd"}}, 422, "base"),
        ({"options": {}}, 422, "budget"),
        ({"dataset": None, "after": 99}, 404, "no job 99"),
    ],
)
def test_what_cannot_be_trained_is_said_before_anything_is_queued(
    studio: Studio, change: dict[str, Any], status: int, said: str
) -> None:
    refused = studio("POST", "/api/runs", {**wanted(5), **change})
    assert refused.status == status
    assert said in refused.json["detail"] + refused.json["remedy"]
    assert studio.get("/api/jobs")["total"] == 0


def test_training_can_wait_for_the_job_that_prepares_and_for_no_other(studio: Studio) -> None:
    with open_store(studio.settings) as store:
        prepares = store.add_job("prepare", {"name": "hum", "options": {}}).id
        downloads = store.add_job("download", {"base": "en-US.amy"}).id
    job = studio("POST", "/api/runs", {**wanted(5), "dataset": None, "after": prepares}).json
    assert job["waits_for"] == prepares and studio.get(f"/api/jobs/{prepares}")["awaited_by"] == [job["id"]]
    refused = studio("POST", "/api/runs", {**wanted(5), "dataset": None, "after": downloads})
    assert (refused.status, "prepares no dataset" in refused.json["detail"]) == (422, True)


def test_every_option_is_described_as_on_the_command_line(studio: Studio) -> None:
    schemas = studio.get("/api/openapi.json")["components"]["schemas"]
    options = schemas["TrainingOptions"]["properties"]
    assert set(options) == set(TrainOptions.__dataclass_fields__) - {"base"}
    for name, told in options.items():
        assert told["description"] == field_doc(TrainOptions, name)
    assert schemas["Budget"]["properties"]["epochs"]["description"] == field_doc(Budget, "epochs")


def test_a_sample_is_never_another_file(studio: Studio, settings: Settings, tmp_path: Path) -> None:
    folder = settings.runs / "hum-1"
    (folder / "samples" / "reference").mkdir(parents=True)
    (folder / "samples" / "reference" / "a.wav").write_bytes(b"RIFF")
    (folder / "secret.wav").write_bytes(b"RIFF")
    with open_store(settings) as store:
        store.add_run("hum-1", DATASET, {}, folder)
    assert studio("GET", "/api/runs/hum-1/samples/reference/a.wav").status == 200
    for path in ("..%2F..%2Fhum-1/secret.wav", "../secret.wav", "reference/..%2F..%2Fsecret.wav", "%2e%2e/secret.wav"):
        assert studio("GET", f"/api/runs/hum-1/samples/{path}").status == 404
