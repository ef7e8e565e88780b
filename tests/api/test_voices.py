"""Voices over HTTP: a real server, real voices of random weights."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import serving
from api.speaking import ANNA, CHOIR, RUN, Asking, anna, choir, with_a_run, with_voice  # noqa: F401
from coaxial.api.app import create_app
from coaxial.settings import Settings
from coaxial.store import open_store
from workflows.test_export_voice import write_weights

HREF = f"/api/voices/{ANNA}"


@pytest.fixture
def settings(tmp_path: Path, anna: Path) -> Settings:  # noqa: F811
    settings = Settings.read(tmp_path / "data", {})
    with_a_run(settings)
    with_voice(settings, ANNA, anna)
    return settings


@pytest.fixture
def ask(settings: Settings) -> Iterator[Asking]:
    with serving(create_app(settings)) as client:
        yield Asking(client.url)


def test_a_voice_is_listed_with_what_a_page_needs_to_offer_it(ask: Asking, settings: Settings, choir: Path) -> None:  # noqa: F811
    with_voice(settings, CHOIR, choir)
    found = ask("GET", "/api/voices").json()
    assert (found["total"], found["next"]) == (2, None)
    one, several = found["items"]
    assert {key: one[key] for key in ("name", "run", "checkpoint", "language", "quality", "sample_rate", "href")} == {
        "name": ANNA,
        "run": RUN,
        "checkpoint": "best.ckpt",
        "language": "en-US",
        "quality": "x_low",
        "sample_rate": 16000,
        "href": HREF,
    }
    assert (one["speakers"], one["can_speak"], several["speakers"]) == ([], True, ["alto", "bass"])
    first = ask("GET", "/api/voices?limit=1").json()
    assert [first["items"], ask("GET", first["next"]).json()["items"]] == [[one], [several]]


def test_a_voice_is_shown_with_its_card_its_files_and_the_way_home(ask: Asking, settings: Settings) -> None:
    found = ask("GET", HREF).json()
    card = found["card"]
    assert (card["title"], card["licence"], card["consent"]) == ("Anna", "CC0-1.0", "Recorded by myself")
    assert (card["base"], card["base_licence"]) == ("lessac.ckpt", "Blizzard 2013: research only")
    assert (card["step"], card["epoch"], card["validation_mel"], card["speakers"]) == (4200, 350, 0.4321, {"anna": 0})
    assert found["card_markdown"].startswith(f"# {ANNA}")
    assert sum(one["size"] for one in found["files"]) == found["size"]
    for one in found["files"]:
        assert len(ask("GET", one["href"]).data) == one["size"]
    assert [one["text"] for one in found["samples"]] == [
        "The kettle sings before the morning begins.",
        "Could you pass me the yellow umbrella?",
    ]
    sample = ask("GET", found["samples"][0]["href"])
    assert (sample.headers["Content-Type"], sample.data[:4]) == ("audio/wav", b"RIFF")
    pair = [f"{ANNA}.onnx", f"{ANNA}.onnx.json"]
    assert (found["piper"]["files"], found["home_assistant"]["files"]) == (pair, pair)
    assert found["home_assistant"]["command"] == f"cp {pair[0]} {pair[1]} /share/piper/"
    assert f"The voice {ANNA} goes" in found["removal"]


def test_the_line_for_piper_speaks_with_the_downloaded_archive(ask: Asking, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(ask("GET", f"{HREF}/archive").data)) as archive:
        archive.extractall(tmp_path)
    line = ask("GET", HREF).json()["piper"]["command"].replace("python", sys.executable, 1)
    subprocess.run(line, shell=True, check=True, cwd=tmp_path / ANNA, capture_output=True)
    assert (tmp_path / ANNA / "out.wav").stat().st_size > 10_000


def test_an_archive_has_every_file_under_its_name_and_tells_its_length(ask: Asking, settings: Settings) -> None:
    answer = ask("GET", f"{HREF}/archive")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{ANNA}.zip"')
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    folder = settings.voices / ANNA
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        found = {one.filename: archive.read(one) for one in archive.infolist()}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert found == {f"{ANNA}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}


def test_a_download_that_broke_off_goes_on_where_it_was(ask: Asking) -> None:
    for path in (f"{HREF}/archive", f"{HREF}/files/{ANNA}.onnx"):
        whole = ask("GET", path)
        half = len(whole.data) // 2
        rest = ask("GET", path, Range=f"bytes={half}-", If_Range=whole.headers["ETag"])
        assert (rest.status, rest.data) == (206, whole.data[half:])
        assert rest.headers["Content-Range"] == f"bytes {half}-{len(whole.data) - 1}/{len(whole.data)}"
        assert ask("GET", path, Range=f"bytes={half}-", If_Range='"another"').status == 200


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-9", slice(5, 10)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=9-999999999999", slice(9, None)),
        ("bytes=-999999999999", slice(None)),
    ],
)
def test_the_part_that_is_asked_for_is_answered(ask: Asking, settings: Settings, asked: str, part: slice) -> None:
    content = (settings.voices / ANNA / "MODEL_CARD").read_bytes()
    answer = ask("GET", f"{HREF}/files/MODEL_CARD", Range=asked)
    assert (answer.status, answer.data) == (206, content[part])


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=1-2,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=a-b"])
def test_what_is_no_single_range_is_answered_with_all(ask: Asking, settings: Settings, asked: str) -> None:
    content = (settings.voices / ANNA / "MODEL_CARD").read_bytes()
    answer = ask("GET", f"{HREF}/files/MODEL_CARD", Range=asked)
    assert (answer.status, answer.data) == (200, content)


def test_a_part_that_is_not_there_is_a_problem_with_the_length(ask: Asking, settings: Settings) -> None:
    size = (settings.voices / ANNA / "MODEL_CARD").stat().st_size
    answer = ask("GET", f"{HREF}/files/MODEL_CARD", Range=f"bytes={size}-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ask("GET", f"{HREF}/files/MODEL_CARD", Range="bytes=-0").status == 416


def test_what_a_client_has_already_is_not_sent_again(ask: Asking, settings: Settings) -> None:
    for path in (f"{HREF}/archive", f"{HREF}/files/MODEL_CARD", HREF, "/api/voices"):
        tag = ask("GET", path).headers["ETag"]
        again = ask("GET", path, If_None_Match=tag)
        assert (again.status, again.data, again.headers["ETag"]) == (304, b"", tag)
    (settings.voices / ANNA / "MODEL_CARD").write_text("Another.", encoding="utf-8")
    assert ask("GET", f"{HREF}/archive", If_None_Match=tag).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../coaxial.db",
        "..%2F..%2Fcoaxial.db",
        "%2e%2e/%2e%2e/coaxial.db",
        "samples/../../x",
        "%2Fetc%2Fpasswd",
        "%00",
    ],
)
def test_a_file_that_is_not_listed_is_not_there_whatever_its_name(ask: Asking, name: str) -> None:
    assert ask("GET", f"{HREF}/files/{name}").status == 404


def test_a_link_in_the_folder_leads_nowhere(ask: Asking, settings: Settings) -> None:
    (settings.voices / ANNA / "link").symlink_to(settings.database)
    assert ask("GET", f"{HREF}/files/link").status == 404
    with zipfile.ZipFile(io.BytesIO(ask("GET", f"{HREF}/archive").data)) as archive:
        assert f"{ANNA}/link" not in archive.namelist()


def test_an_export_is_queued_once_for_a_key(ask: Asking) -> None:
    answers = [ask("POST", "/api/voices", {"run": RUN, "checkpoint": "best"}, Idempotency_Key="k1") for _ in range(2)]
    assert [one.status for one in answers] == [202, 202]
    job = answers[0].json()
    assert answers[1].json()["id"] == job["id"]
    assert (job["kind"], job["about"], answers[0].headers["Location"]) == ("export", RUN, f"/api/jobs/{job['id']}")


def test_only_a_checkpoint_that_the_run_lists_is_exported(ask: Asking, settings: Settings) -> None:
    elsewhere = settings.data_dir / "elsewhere.ckpt"
    write_weights(elsewhere, seed=1)
    for name in (str(elsewhere), "../../../elsewhere.ckpt", "nothing.ckpt"):
        answer = ask("POST", "/api/voices", {"run": RUN, "checkpoint": name})
        assert (answer.status, answer.json()["title"]) == (404, "Not found")
        assert "best, last" in answer.json()["remedy"]
    assert ask("POST", "/api/voices", {"run": "other"}).status == 404
    assert ask("POST", "/api/voices", {"run": RUN, "check": "best"}).status == 422


def test_deleting_says_what_goes_and_takes_nothing_else(ask: Asking, settings: Settings, choir: Path) -> None:  # noqa: F811
    other = with_voice(settings, CHOIR, choir)
    before = ask("GET", HREF).json()["removal"]
    gone = ask("DELETE", HREF)
    assert (gone.status, gone.json()) == (200, {"name": ANNA, "removed": before})
    assert not (settings.voices / ANNA).exists()
    assert ask("GET", HREF).status == ask("DELETE", HREF).status == 404
    assert len(list(other.iterdir())) == 2
    with open_store(settings) as store:
        assert store.run(RUN).name == RUN


def test_a_voice_whose_files_were_spoilt_is_still_shown(ask: Asking, settings: Settings) -> None:
    folder = settings.voices / ANNA
    (folder / "card.json").write_text("{", encoding="utf-8")
    (folder / f"{ANNA}.onnx.json").write_text("[1]", encoding="utf-8")
    (folder / "MODEL_CARD").write_bytes(b"\xff\xfe")
    (folder / f"{ANNA}.onnx").unlink()
    found = ask("GET", HREF).json()
    assert (found["card"], found["card_markdown"], found["sample_rate"]) == (None, "", None)
    assert (found["can_speak"], found["speakers"]) == (False, [])
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    assert ask("GET", HREF).json()["files"] == []
    assert ask("GET", f"{HREF}/archive").status == 404
    assert "Export it again" in json.loads(ask("GET", f"{HREF}/archive").data)["remedy"]
