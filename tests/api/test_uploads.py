"""Files in parts: every byte that is answered for is on the disk, and nothing from outside is a path."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.studio import Came, Studio, open_studio
from coaxial.store.uploads import KEPT
from coaxial.workflows.import_bundles import uploads_in_bundles
from coaxial.workflows.upload_files import list_uploads

CONTENT = random.Random(4).randbytes(3_000_000)
PART = "application/offset+octet-stream"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "data", COAXIAL_UPLOAD_LIMIT_MB="5") as studio:
        yield studio


def announced(studio: Studio, size: int = len(CONTENT), name: str = "corpus.zip", **more: str) -> str:
    came = studio("POST", "/api/uploads", {"file_name": name, "size": size, **more})
    assert came.status == 201, came.data
    return str(came.headers["Location"])


def send(studio: Studio, where: str, content: bytes, offset: int = 0, **headers: str) -> Came:
    return studio("PATCH", where, content, Content_Type=PART, Upload_Offset=str(offset), **headers)


def data_of(studio: Studio, where: str) -> bytes:
    return (studio.settings.uploads / where.rpartition("/")[2] / "data").read_bytes()


def test_a_file_comes_whole_in_parts_of_any_size(studio: Studio) -> None:
    where = announced(studio, sha256=hashlib.sha256(CONTENT).hexdigest())
    offset = 0
    for size in (1, 70_000, 1 << 20, 5, len(CONTENT)):
        came = send(studio, where, CONTENT[offset : offset + size], offset)
        offset = min(len(CONTENT), offset + size)
        assert (came.status, came.headers["Upload-Offset"]) == (204, str(offset))
    found = studio.get(where)
    assert (found["complete"], found["offset"], found["file_name"]) == (True, len(CONTENT), "corpus.zip")
    assert data_of(studio, where) == CONTENT


def test_a_client_that_speaks_tus_is_understood(studio: Studio) -> None:
    offer = studio("OPTIONS", "/api/uploads")
    assert (offer.status, offer.headers["Tus-Version"], offer.headers["Tus-Max-Size"]) == (204, "1.0.0", "5000000")
    metadata = f"filename {base64.b64encode('ordlista å.csv'.encode()).decode()},empty"
    made = studio(
        "POST", "/api/uploads", Tus_Resumable="1.0.0", Upload_Length=str(len(CONTENT)), Upload_Metadata=metadata
    )
    assert (made.status, made.headers["Tus-Resumable"], made.json["file_name"]) == (201, "1.0.0", "ordlista å.csv")
    where = made.headers["Location"]
    assert send(studio, where, CONTENT[:1000], Tus_Resumable="1.0.0").headers["Tus-Resumable"] == "1.0.0"
    asked = studio("HEAD", where, Tus_Resumable="1.0.0")
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("1000", str(len(CONTENT)))
    assert asked.headers["Cache-Control"] == "no-store"
    assert asked.headers["Upload-Expires"].endswith("GMT")
    other = send(studio, where, b"", 1000, Tus_Resumable="0.2.2")
    assert (other.status, other.headers["Tus-Version"]) == (412, "1.0.0")
    assert studio("DELETE", where, Tus_Resumable="1.0.0").status == 204
    assert studio("HEAD", where).status == 404


def test_a_part_from_elsewhere_than_the_end_is_refused(studio: Studio) -> None:
    where = announced(studio)
    send(studio, where, CONTENT[:1000])
    assert send(studio, where, CONTENT[500:], 500).status == 409
    assert send(studio, where, CONTENT[2000:], 2000).status == 409
    assert studio.get(where)["offset"] == 1000


def test_more_than_was_announced_is_refused(studio: Studio) -> None:
    where = announced(studio, size=10)
    assert send(studio, where, CONTENT[:11]).status == 413
    assert send(studio, where, CONTENT[:10]).status == 204


def test_a_damaged_part_does_not_count(studio: Studio) -> None:
    where = announced(studio)
    right = f"sha256 {base64.b64encode(hashlib.sha256(CONTENT[:1000]).digest()).decode()}"
    came = send(studio, where, CONTENT[1:1001], Upload_Checksum=right)
    assert (came.status, came.headers["Content-Type"]) == (460, "application/problem+json")
    assert studio.get(where)["offset"] == 0
    assert send(studio, where, CONTENT[:1000], Upload_Checksum=right).status == 204
    assert send(studio, where, CONTENT[1000:], 1000, Upload_Checksum="crc7 AAAA").status == 422


def test_another_file_than_was_announced_begins_again(studio: Studio) -> None:
    where = announced(studio, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert send(studio, where, CONTENT[:-1] + b"!").status == 460
    assert studio.get(where)["offset"] == 0
    assert send(studio, where, CONTENT).status == 204


def test_what_came_before_a_broken_connection_counts(studio: Studio) -> None:
    where = announced(studio)
    address = urlsplit(studio.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        head = f"PATCH {where} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {PART}\r\nUpload-Offset: 0\r\n"
        line.sendall(f"{head}Content-Length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:2_500_000])
        time.sleep(0.3)
    came = wait_until_free(studio, where)
    assert 0 < came <= 2_500_000
    assert send(studio, where, CONTENT[came:], came).status == 204
    assert data_of(studio, where) == CONTENT


def wait_until_free(studio: Studio, where: str) -> int:
    """Where an upload stands as soon as no request writes to it any more."""
    for _ in range(500):
        offset = int(studio.get(where)["offset"])
        if send(studio, where, b"", offset).status == 204:
            return offset
        time.sleep(0.01)
    raise AssertionError("somebody still writes")


def test_two_requests_at_once_do_not_mix(studio: Studio) -> None:
    where = announced(studio)
    statuses: list[int] = []
    both = [threading.Thread(target=lambda: statuses.append(send(studio, where, CONTENT).status)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(statuses) == [204, 409]
    assert data_of(studio, where) == CONTENT


def test_an_upload_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; import time; from api.studio import open_studio\n"
        "with open_studio(Path(sys.argv[1])) as studio: print(studio.url, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "data"), *sys.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = urlsplit(server.stdout.readline().strip())
        with open_studio(tmp_path / "data") as other:
            where = announced(other)
            with socket.create_connection((url.hostname, url.port)) as line:
                head = f"PATCH {where} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: {PART}\r\nUpload-Offset: 0\r\n"
                line.sendall(f"{head}Content-Length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:2_500_000])
                deadline = time.monotonic() + 20
                while other.get(where)["offset"] == 0 and time.monotonic() < deadline:
                    time.sleep(0.02)
                os.kill(server.pid, signal.SIGKILL)
                server.wait()
            offset = other.get(where)["offset"]
            assert offset > 0
            assert data_of(other, where)[:offset] == CONTENT[:offset]
            assert send(other, where, CONTENT[offset:], offset).status == 204
            assert data_of(other, where) == CONTENT


def test_limits_of_size_and_room_are_told(studio: Studio) -> None:
    assert studio("POST", "/api/uploads", {"file_name": "a.zip", "size": 5_000_001}).status == 413
    assert studio("POST", "/api/uploads", {"file_name": "a.zip", "size": -1}).status == 422
    assert studio("POST", "/api/uploads").status == 422
    assert send(studio, announced(studio), b"", 0).status == 204
    assert studio("PATCH", announced(studio), b"a", Content_Type="text/plain", Upload_Offset="0").status == 415


def test_a_file_larger_than_the_disk_is_refused_before_it_comes(tmp_path: Path) -> None:
    with open_studio(tmp_path / "data", COAXIAL_UPLOAD_LIMIT_MB="900000000") as studio:
        came = studio("POST", "/api/uploads", {"file_name": "a.zip", "size": 10**15 // 2})
    assert (came.status, "are free" in came.json["detail"]) == (507, True)


@pytest.mark.parametrize("name", ["../../coaxial.db", "/etc/passwd", "C:\\autoexec.bat", "..", "a/../../b", "CON"])
def test_no_name_from_outside_is_a_path(studio: Studio, name: str, tmp_path: Path) -> None:
    where = announced(studio, size=3, name=name)
    assert send(studio, where, b"abc").status == 204
    (place,) = [one for one in studio.settings.uploads.iterdir() if one.is_dir()]
    assert sorted(one.name for one in place.iterdir()) in (["data", "upload.json"], ["data", "lock", "upload.json"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize("id", ["..", "%2e%2e", "0" * 31, "g" * 32, "0" * 32, "..%2f..%2fcoaxial.db", "imports"])
def test_an_id_that_is_none_finds_nothing(studio: Studio, id: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        assert studio(method, f"/api/uploads/{id}").status in (404, 422, 405)
    assert send(studio, f"/api/uploads/{id}", b"abc").status in (404, 422, 405)
    assert studio.settings.database.is_file()


def test_what_nobody_goes_on_with_is_deleted_after_a_week(studio: Studio) -> None:
    old, new = announced(studio), announced(studio)
    before = time.time() - KEPT.total_seconds() - 60
    os.utime(studio.settings.uploads / old.rpartition("/")[2] / "data", (before, before))
    os.utime(studio.settings.uploads / ".swept", (before, before))
    assert [f"/api/uploads/{one.id}" for one in list_uploads(studio.settings)] == [new]
    assert studio("GET", old).status == 404
    assert uploads_in_bundles(studio.settings) == frozenset()


def test_what_another_server_deletes_at_this_moment_holds_up_no_upload(studio: Studio) -> None:
    imports = studio.settings.uploads / "imports"
    imports.mkdir(parents=True)
    (imports / "listed").symlink_to(imports / "and gone when it is looked at")
    assert send(studio, announced(studio), CONTENT).status == 204


def test_uploads_are_listed_in_pages(studio: Studio) -> None:
    wheres = [announced(studio, name=f"{number}.wav") for number in range(3)]
    first = studio.get("/api/uploads?limit=2")
    rest = studio.get(first["next"])
    assert sorted(one["href"] for one in first["items"] + rest["items"]) == sorted(wheres)
    assert json.loads(studio("GET", wheres[0]).data)["size"] == len(CONTENT)
