"""Curves over HTTP: few points however long the run, no spike lost, and who asks again is told what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.client import Client
from coaxial.settings import Settings
from coaxial.store import open_store
from engine.conftest import write_dataset

DATASET = "hum-x_low-000000000000"
WHERE = "/api/runs/hum-1/metrics"


@pytest.fixture
def file(settings: Settings) -> Path:
    """Where the metrics of a run belong."""
    folder = settings.runs / "hum-1"
    folder.mkdir(parents=True)
    with open_store(settings) as store:
        store.add_dataset(write_dataset(settings.datasets / DATASET), [])
        store.add_run("hum-1", DATASET, {}, folder)
    return folder / "metrics.jsonl"


def steps(first: int, last: int, names: tuple[str, ...] = ("mel", "kl"), salt: float = 0.0) -> str:
    """Lines as the engine writes them."""
    random = np.random.default_rng(first)
    values = (random.random((last - first + 1, len(names))) + 20 + salt).round(4).tolist()
    lines = [
        json.dumps({"step": step, "epoch": step // 100, **dict(zip(names, row, strict=True))})
        for step, row in zip(range(first, last + 1), values, strict=True)
    ]
    return "\n".join(lines) + "\n"


def spiked(text: str, step: int, value: float) -> str:
    lines = text.splitlines()
    line = json.loads(lines[step - 1])
    lines[step - 1] = json.dumps({**line, "mel": value})
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("points", [2, 100, 600, 4000])
def test_few_points_keep_every_extreme_and_the_mean(ask: Client, file: Path, points: int) -> None:
    text = spiked(spiked(steps(1, 5000), 1234, 99.5), 4321, 0.25)
    file.write_text(text)
    values = np.array([json.loads(line)["mel"] for line in text.splitlines()])
    found = ask("GET", f"{WHERE}?points={points}").json["training"]
    assert len(found["steps"]) <= points
    mel = found["series"]["mel"]
    low, high = (mel[name] or mel["mean"] for name in ("low", "high"))
    assert (max(high), min(low)) == (99.5, 0.25)
    ends = found["steps"]
    for begin, end, mean in zip([0, *ends], ends, mel["mean"], strict=False):
        assert mean == pytest.approx(values[begin:end].mean(), rel=1e-4)
    assert ends[-1] == 5000


def test_points_stay_where_they_are_while_a_run_goes_on(ask: Client, file: Path) -> None:
    file.write_text(steps(1, 5000))
    before = ask("GET", f"{WHERE}?points=400").json["training"]
    with file.open("a") as log:
        log.write(steps(5001, 5100))
    after = ask("GET", f"{WHERE}?points=400").json["training"]
    whole = len(before["steps"]) - 1
    assert after["every"] == before["every"] and after["steps"][:whole] == before["steps"][:whole]
    assert after["series"]["kl"]["mean"][:whole] == before["series"]["kl"]["mean"][:whole]


def test_a_part_is_as_fine_as_the_points_allow_and_fits_into_the_whole(ask: Client, file: Path) -> None:
    file.write_text(steps(1, 5000))
    whole = ask("GET", f"{WHERE}?points=40").json["training"]
    since, until = whole["steps"][9], whole["steps"][11]
    found = ask("GET", f"{WHERE}?points=600&since={since}&until={until}").json
    part = found["training"]
    assert (part["every"], part["steps"]) == (1, list(range(since + 1, until + 1)))
    assert found["step"] == 5000
    means = part["series"]["mel"]["mean"]
    both = [whole["series"]["mel"]["mean"][place] for place in (10, 11)]
    assert np.mean(means[: whole["every"]]) == pytest.approx(both[0], rel=1e-4)
    assert np.mean(means[whole["every"] :]) == pytest.approx(both[1], rel=1e-4)
    assert len(ask("GET", f"{WHERE}?points=50&since={since}&until={until}").json["training"]["steps"]) <= 50
    for nothing in (f"since={until}&until={since}", "since=6000&until=7000", "until=0"):
        assert ask("GET", f"{WHERE}?{nothing}").json["training"]["steps"] == []


def test_an_answer_stays_small_however_many_curves_there_are(ask: Client, file: Path) -> None:
    names = tuple(f"loss_of_something_{number}" for number in range(40))
    file.write_text(steps(1, 3000, names))
    answer = ask("GET", f"{WHERE}?points=4000")
    assert len(json.dumps(answer.json)) < 200_000
    assert len(answer.json["training"]["series"]) == 40
    one = ask("GET", f"{WHERE}?points=4000&names={names[7]}").json["training"]
    assert one["every"] == 1 and list(one["series"]) == [names[7]]


def test_who_asks_again_gets_what_came_since_and_what_was_taken_back(ask: Client, file: Path) -> None:
    file.write_text(steps(1, 100))
    shown: dict[int, Any] = {}

    def draw(found: dict[str, Any]) -> dict[str, Any]:
        for step in [step for step in shown if step > found["since"]]:
            del shown[step]
        shown.update(zip(found["training"]["steps"], found["training"]["series"]["mel"]["mean"], strict=True))
        return found

    def again(found: dict[str, Any]) -> dict[str, Any]:
        return draw(ask("GET", f"{WHERE}?since={found['step']}&generation={found['generation']}").json)

    found = draw(ask("GET", WHERE).json)
    with file.open("a") as log:
        log.write(steps(101, 110))
    found = again(found)
    assert found["training"]["steps"] == list(range(101, 111))
    # Killed, cut back to a checkpoint, and gone another way.
    kept = "".join(line + "\n" for line in file.read_text().splitlines()[:60])
    other = file.with_suffix(".new")
    other.write_text(kept + steps(61, 90, salt=1.0))
    other.replace(file)
    found = again(found)
    assert found["since"] < 61
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert shown == {line["step"]: pytest.approx(line["mel"], rel=1e-4) for line in lines}


def test_a_run_that_did_not_begin_has_no_points_and_one_of_no_name_is_not_there(ask: Client, file: Path) -> None:
    empty = ask("GET", WHERE).json
    assert (empty["step"], empty["names"], empty["training"]["steps"]) == (0, [], [])
    assert ask("GET", "/api/runs/nobody/metrics").status == 404
    assert ask("GET", f"{WHERE}?points=1").status == 422


def test_what_is_no_number_is_null(ask: Client, file: Path) -> None:
    file.write_text('{"step": 1, "epoch": 0, "mel": NaN}\n{"step": 2, "epoch": 0, "mel": Infinity, "kl": 1}\n')
    series = ask("GET", WHERE).json["training"]["series"]
    assert (series["mel"]["mean"], series["kl"]["mean"]) == ([None, None], [None, 1.0])
