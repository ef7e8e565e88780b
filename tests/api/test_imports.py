"""Importing over HTTP: looked at first, taken in by a worker, told row by row."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.studio import Studio, open_studio
from coaxial.jobs.work import do
from coaxial.store import open_store
from corpora import Recorder, part_of
from jobs.conftest import works_in

PART = "application/offset+octet-stream"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "data") as studio:
        yield studio


def sent(studio: Studio, name: str, content: bytes) -> str:
    """Upload a file; answers its id."""
    made = studio("POST", "/api/uploads", {"file_name": name, "size": len(content)})
    assert studio("PATCH", made.headers["Location"], content, Content_Type=PART, Upload_Offset="0").status == 204
    return str(made.json["id"])


def zipped(folder: Path, **more: bytes) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, Path("corpus") / path.relative_to(folder))
        for name, content in more.items():
            archive.writestr(f"corpus/{name}.wav", content)
    return file.getvalue()


@pytest.fixture
def corpus(robot_corpus: Path, tmp_path: Path) -> Path:
    """Three recordings, and a row without one."""
    folder = part_of(robot_corpus, tmp_path / "corpus", {f"a{n}": f"robot_000{n}" for n in (1, 2, 3)})
    with (folder / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("gone|Nobody recorded this.\nstar|What a ★ it is.\n")
    (folder / "wavs" / "star.wav").write_bytes((robot_corpus / "wavs" / "robot_0004.wav").read_bytes())
    return folder


def worked(studio: Studio, job: dict[str, Any]) -> dict[str, Any]:
    """Do a queued job here and now, as the process of a worker does it; answers the job that ended."""
    with open_store(studio.settings) as store:
        record = store.job(job["id"])
        found: dict[str, Any] = {}
        result = do(studio.settings, record, {}, Recorder(), found.update)
    return {**found, **result}


def test_what_an_import_would_take_is_shown_and_nothing_is_taken(studio: Studio, corpus: Path) -> None:
    id = sent(studio, "corpus.zip", zipped(corpus))
    seen = studio("POST", "/api/imports/preview", {"uploads": [id], "language": "en-US"}).json
    assert (seen["title"], seen["recordings"], seen["rows"], seen["usable"]) == ("corpus.zip", 4, 5, 3)
    assert seen["reasons"] == {"missing_audio": 1, "unsayable_symbols": 1}
    assert (seen["table"]["name"], seen["table"]["delimiter"], seen["table"]["header"]) == ("metadata.csv", "|", False)
    assert [one["role"] for one in seen["table"]["columns"]] == ["name", "text"]
    assert seen["table"]["columns"][0]["samples"] == ["a1", "a2", "a3"]
    assert [one["outcome"] for one in seen["first"]] == ["taken"] * 3 + ["rejected"] * 2
    assert studio.get("/api/recordings")["total"] == 0
    assert studio.get("/api/jobs")["total"] == 0
    assert list((studio.settings.data_dir / "scratch" / "previews").iterdir()) == []


def test_files_dropped_together_are_one_source_whatever_their_names_are(studio: Studio, corpus: Path) -> None:
    ids = [sent(studio, "../metadata.csv", (corpus / "metadata.csv").read_bytes())]
    ids += [sent(studio, f"C:\\wavs\\{path.name}", path.read_bytes()) for path in sorted(corpus.rglob("*.wav"))]
    seen = studio("POST", "/api/imports/preview", {"uploads": ids}).json
    assert (seen["title"], seen["files"], seen["usable"]) == ("5 files", 5, 4)


def test_columns_are_read_as_the_person_says(studio: Studio, corpus: Path) -> None:
    table = "said;by;file\nHello there.;Ada;a1\nGood night.;Bob;a2\n".encode("utf-8-sig")
    ids = [sent(studio, "list.csv", table)]
    ids += [sent(studio, path.name, path.read_bytes()) for path in sorted(corpus.rglob("a*.wav"))]
    wrong = {"name": 2, "text": 1, "header": True}
    columns = {"name": 2, "text": 0, "speaker": 1, "header": True}
    told = {one["position"]: one["role"] for one in preview(studio, ids, wrong)["table"]["columns"]}
    assert told == {0: "", 1: "text", 2: "name"}
    seen = preview(studio, ids, columns)
    assert seen["speakers"] == {"Ada": 1, "Bob": 1}
    assert [one["title"] for one in seen["table"]["columns"]] == ["said", "by", "file"]
    new = {"uploads": ids, "name": "duo", "language": "en-US", "columns": columns}
    worked(studio, studio("POST", "/api/imports", new).json)
    found = studio.get("/api/recordings?profile=duo-Ada")["items"]
    assert [one["text"] for one in found] == ["Hello there."]


def preview(studio: Studio, ids: list[str], columns: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = studio("POST", "/api/imports/preview", {"uploads": ids, "columns": columns}).json
    return found


def test_an_import_is_done_by_a_worker_and_told_row_by_row(tmp_path: Path, corpus: Path) -> None:
    with open_studio(tmp_path / "data") as studio, contextmanager(works_in)(studio.settings.data_dir) as works:
        works.start()
        id = sent(studio, "corpus.zip", zipped(corpus))
        queued = studio("POST", "/api/imports", {"uploads": [id], "name": "robot", "language": "en-US"})
        assert queued.status == 202
        ended = until_ended(studio, queued.headers["Location"])
        assert (ended["state"], ended["result"]["taken"], ended["result"]["rejected"]) == ("done", 3, 2)
        told = studio.get(f"/api/imports/{ended['id']}/report?limit=2")
        assert (told["source"], told["taken"], told["total"]) == ("corpus.zip", 3, 5)
        assert told["reasons"] == {"missing_audio": 1, "unsayable_symbols": 1}
        assert [one["name"] for one in studio.get(told["next"])["items"]] == ["a3", "gone"]
        rejected = studio.get(f"/api/imports/{ended['id']}/report?outcome=rejected")["items"]
        assert [one["code"] for one in rejected] == ["missing_audio", "unsayable_symbols"]
        table = studio("GET", f"/api/imports/{ended['id']}/report.csv")
        assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
        assert [row["outcome"] for row in rows] == ["taken"] * 3 + ["rejected"] * 2
        assert studio.get("/api/recordings?profile=robot")["total"] == 3
        assert studio.get("/api/uploads")["total"] == 0


def until_ended(studio: Studio, path: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job: dict[str, Any] = studio.get(path)
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{path} did not end")


def test_what_was_sent_is_kept_until_some_of_it_was_taken(studio: Studio, corpus: Path) -> None:
    (corpus / "metadata.csv").write_text("gone|Nobody recorded this.\n", encoding="utf-8")
    id = sent(studio, "corpus.zip", zipped(corpus))
    job = studio("POST", "/api/imports", {"uploads": [id], "name": "robot", "language": "en-US"}).json
    with pytest.raises(Exception, match="None of the"):
        worked(studio, job)
    assert studio.get(f"/api/uploads/{id}")["complete"]
    refused = studio("DELETE", f"/api/uploads/{id}")
    assert (refused.status, "belongs to an import" in refused.json["detail"]) == (409, True)


def test_what_was_sent_can_be_deleted_when_the_import_was_refused_or_cancelled(studio: Studio, corpus: Path) -> None:
    id = sent(studio, "corpus.zip", zipped(corpus))
    new = {"uploads": [id], "name": "robot", "language": "en-US"}
    assert studio("POST", "/api/imports", {**new, "name": "no name"}).status == 422
    job = studio("POST", "/api/imports", new).json
    assert studio("DELETE", f"/api/uploads/{id}").status == 409
    assert studio("POST", f"/api/jobs/{job['id']}/cancel").json["state"] == "cancelled"
    assert studio("DELETE", f"/api/uploads/{id}").status == 204


def test_an_import_that_is_done_once_more_after_its_end_answers_the_same(studio: Studio, corpus: Path) -> None:
    id = sent(studio, "corpus.zip", zipped(corpus))
    job = studio("POST", "/api/imports", {"uploads": [id], "name": "robot", "language": "en-US"}).json
    assert worked(studio, job) == worked(studio, job)
    assert studio.get("/api/recordings")["total"] == 3


def test_a_request_that_is_sent_again_queues_one_import(studio: Studio, corpus: Path) -> None:
    id = sent(studio, "corpus.zip", zipped(corpus))
    new = {"uploads": [id], "name": "robot", "language": "en-US"}
    first = studio("POST", "/api/imports", new, Idempotency_Key="1")
    assert studio("POST", "/api/imports", new, Idempotency_Key="1").json["id"] == first.json["id"]
    assert studio.get("/api/jobs")["total"] == 1


@pytest.mark.parametrize("name", ["../../evil.wav", "/etc/evil.wav", "..\\evil.wav", "a/../../evil.wav"])
def test_an_archive_that_leads_outside_is_refused(studio: Studio, corpus: Path, name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("metadata.csv", "evil|Hello there.\n")
        archive.writestr(name, b"RIFF")
    id = sent(studio, "corpus.zip", file.getvalue())
    came = studio("POST", "/api/imports/preview", {"uploads": [id]})
    assert (came.status, came.json["type"]) == (422, "urn:coaxial:problem:unsafe-archive")
    assert came.json["detail"].startswith("corpus.zip was not unpacked")
    assert not list(tmp_path.rglob("evil*"))


def test_a_bomb_is_refused(studio: Studio) -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.csv", "bomb|Hello there.\n")
        archive.writestr("bomb.wav", bytes(50_000_000))
    id = sent(studio, "bomb.zip", file.getvalue())
    assert studio("POST", "/api/imports/preview", {"uploads": [id]}).json["type"].endswith("unsafe-archive")


def test_what_is_no_source_is_refused_with_what_is_looked_for(studio: Studio, corpus: Path) -> None:
    table = sent(studio, "metadata.csv", (corpus / "metadata.csv").read_bytes())
    half = studio("POST", "/api/uploads", {"file_name": "a.wav", "size": 100}).json["id"]
    refused = studio("POST", "/api/imports/preview", {"uploads": [sent(studio, "notes.zip", b"no archive")]})
    assert (refused.status, "notes.zip" in refused.json["detail"]) == (422, True)
    assert studio("POST", "/api/imports/preview", {"uploads": [half]}).status == 422
    assert studio("POST", "/api/imports/preview", {"uploads": [table, table]}).status == 422
    assert studio("POST", "/api/imports/preview", {"uploads": []}).status == 422
    assert studio("POST", "/api/imports/preview", {"uploads": ["0" * 32]}).status == 404
    bad_name = {"uploads": [table], "name": "../up", "language": "en-US"}
    assert studio("POST", "/api/imports", bad_name).status == 422
    assert studio("GET", "/api/imports/1/report").status == 404
