"""The queue from the command line; what workers do with it is in tests/jobs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coaxial.cli.main import main
from coaxial.settings import Settings
from coaxial.store import open_store


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COAXIAL_DATA_DIR", str(tmp_path))
    return tmp_path


def submitted(capsys: pytest.CaptureFixture[str], *words: str) -> int:
    assert main(["jobs", "submit", *words]) == 0
    return int(capsys.readouterr().out)


def test_each_kind_is_queued_with_what_it_was_told(
    capsys: pytest.CaptureFixture[str], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data_dir)
    first = submitted(capsys, "import", "speech", "--name", "anna", "--language", "en-US")
    second = submitted(capsys, "prepare", "anna", "--quality", "x_low", "--after", str(first))
    third = submitted(capsys, "train", "--base", "en-US.amy", "--steps", "7", "--after", str(second))
    fourth = submitted(capsys, "export", "--after", str(third))
    fifth = submitted(capsys, "download", "en-US.amy")
    with open_store(Settings.read(data_dir)) as store:
        jobs = {id: store.job(id) for id in (first, second, third, fourth, fifth)}
    assert jobs[first].arguments == {"source": str(data_dir / "speech"), "name": "anna", "language": "en-US"}
    assert jobs[second].arguments["options"]["quality"] == "x_low"
    assert jobs[third].arguments["options"]["budget"] == {"epochs": None, "steps": 7, "minutes": None}
    assert [job.waits_for for job in jobs.values()] == [None, first, second, third, None]
    assert [job.kind for job in jobs.values()] == ["import", "prepare", "train", "export", "download"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export", "Exporting needs a run"),
        ("train --from-scratch --steps 3", "Training needs a dataset"),
        ("import /x --name a/b --language en-US", "cannot name files"),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_queued(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "submit", *line.split()]) == 2
    assert said in capsys.readouterr().err
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out == "There are no jobs.\n"


def test_jobs_are_listed_shown_steered_and_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    id = submitted(capsys, "prepare", "anna")
    other = submitted(capsys, "download", "en-US.amy")
    for command, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")):
        assert main(["jobs", command, str(id)]) == 0
        assert capsys.readouterr().out == f"Job {id} is {state}.\n"
    main(["jobs", "cancel", str(id)])
    capsys.readouterr()
    assert main(["jobs", "list", "--state", "cancelled", "--json"]) == 0
    assert [job["id"] for job in json.loads(capsys.readouterr().out)] == [id]
    after = submitted(capsys, "train", "--base", "en-US.amy", "--after", str(other))
    assert main(["jobs", "show", str(other), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["awaited_by"]) == ("queued", [after])
    assert main(["jobs", "show", str(other)]) == 0
    assert "queued" in capsys.readouterr().out
    assert main(["jobs", "log", str(id), "--follow"]) == 0
    said = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert said == ["Queued.", "Paused.", "Queued.", "Cancelled.", "Queued again.", "Cancelled."]


def test_what_cannot_be_asked_of_a_job_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    id = submitted(capsys, "prepare", "anna")
    main(["jobs", "cancel", str(id)])
    assert main(["jobs", "pause", str(id)]) == 1
    assert f"Job {id} is cancelled already and cannot be paused." in capsys.readouterr().err
    assert main(["jobs", "show", "77"]) == 1
    assert "There is no job 77." in capsys.readouterr().err


def test_a_worker_on_a_gpu_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert main(["worker", "--gpus", "3"]) == 2
    assert "There is no GPU 3: this machine has no GPU." in capsys.readouterr().err


def test_a_worker_opens_no_context_on_a_gpu_of_its_own() -> None:
    code = "import sys, coaxial.jobs.worker; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
