"""What every route promises: problems in words, nobody from elsewhere, a description that is valid, no torch."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from api.client import Client
from coaxial.api.access import is_loopback
from coaxial.api.problems import STATUS, problem_of
from coaxial.checkpoints.base_checkpoint import as_specification
from coaxial.checkpoints.catalog import Catalog
from coaxial.domain import errors
from coaxial.settings import Settings

PROBLEM = "application/problem+json"


def test_the_application_is_imported_without_torch() -> None:
    code = "import sys; import coaxial.api.app; sys.exit(any(name in sys.modules for name in ('torch', 'av', 'onnx')))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_does_not_exist_is_a_problem_with_the_nearest_ids(ask: Client) -> None:
    answer = ask("GET", "/api/checkpoints/en-US/amie")
    assert (answer.status, answer.headers["Content-Type"]) == (404, PROBLEM)
    assert answer.json == {
        "type": "urn:coaxial:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no base checkpoint 'en-US.amie'.",
        "remedy": answer.json["remedy"],
    }
    assert "en-US.amy" in answer.json["remedy"]
    assert ask("POST", "/api/checkpoints/en-US/amie/download").json == answer.json


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/api/checkpoints/xx-YY", 404, "no country"),
        ("GET", "/api/checkpoints/cache", 404, "espeak-ng"),
        ("GET", "/nothing", 404, "There is nothing at /nothing."),
        ("PUT", "/api/checkpoints", 405, "/api/checkpoints does not take PUT."),
        ("DELETE", "/api/checkpoints/cache/clear?older_than_days=x", 422, "older_than_days: "),
        ("DELETE", "/api/checkpoints/cache/clear?older_than_days=-1", 422, "older_than_days: "),
        ("DELETE", "/api/checkpoints/cache/clear?older_than_days=inf", 422, "older_than_days: "),
        ("DELETE", "/api/checkpoints/en-US/amy/download", 404, "No download of en-US.amy is running."),
    ],
)
def test_every_refusal_is_a_sentence(ask: Client, method: str, path: str, status: int, sentence: str) -> None:
    answer = ask(method, path)
    assert (answer.status, answer.headers["Content-Type"], answer.json["status"]) == (status, PROBLEM, status)
    assert sentence in answer.json["detail"]


def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_does(ask: Client) -> None:
    answer = ask("PATCH", "/api/session")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST, DELETE")


def test_a_mistake_in_the_users_manifest_is_told(ask: Client, settings: Settings) -> None:
    settings.checkpoints.mkdir()
    (settings.checkpoints / "manifest.json").write_text("{")
    answer = ask("GET", "/api/checkpoints")
    assert (answer.status, answer.json["title"]) == (422, "Invalid option")
    assert "manifest.json" in answer.json["detail"]


def test_an_error_that_nobody_foresaw_is_logged_and_told_without_its_insides(
    app: FastAPI, ask: Client, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_api_route("/api/divide", lambda: 1 // 0)
    answer = ask("GET", "/api/divide")
    assert (answer.status, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert answer.json["detail"] == "This is a mistake in coaxial, not yours (ZeroDivisionError)."
    assert "GET /api/divide failed" in caplog.text
    deadline = time.monotonic() + 5
    while "Traceback (most recent call last)" not in caplog.text:  # written after the answer
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_class_of_error_has_a_status_and_a_title_of_its_own() -> None:
    classes = {one for one in vars(errors).values() if isinstance(one, type)}
    assert set(STATUS) == classes
    assert len({problem_of(one("Words.")).title for one in classes}) == len(classes)

    class Nearer(errors.DownloadFailed):
        pass

    assert problem_of(Nearer("Words.")).status == 502


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "192.168.1.7:8000"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1@evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
)
def test_other_names_and_other_sites_are_refused(ask: Client, headers: dict[str, str]) -> None:
    for method, path in (("DELETE", "/api/checkpoints/cache/clear"), ("GET", "/api/openapi.json"), ("GET", "/x")):
        answer = ask(method, path, **headers)
        assert (answer.status, answer.headers["Content-Type"]) == (403, PROBLEM)
        assert answer.json["title"] == "Foreign request"


def test_the_servers_own_pages_are_answered_under_every_name_of_this_computer(ask: Client) -> None:
    port = ask.url.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", "LocalHost", "[::1]"):
        own = f"{name}:{port}"
        assert ask("GET", "/api/checkpoints/cache/info", Host=own, Origin=f"http://{own}").status == 200


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("localhost", True),
        ("127.8.9.10:80", True),
        ("[::1]:8000", True),
        ("0.0.0.0", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("", False),
        ("2130706433", False),
    ],
)
def test_only_names_of_this_computer_are_loopback(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one


def test_the_description_is_valid_and_its_examples_are_what_it_describes(ask: Client) -> None:
    document = ask("GET", "/api/openapi.json").json
    validate(document)
    schemas: dict[str, Any] = document["components"]["schemas"]
    shown = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", []):
            wanted = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            jsonschema.validate(example, wanted, format_checker=jsonschema.FormatChecker())
            shown += 1
    assert shown >= 8
    answers = [
        content["schema"]["$ref"].rpartition("/")[2]
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        for kind, content in answer.get("content", {}).items()
        if status.startswith("2") and kind == "application/json"
    ]
    assert all(schemas[name]["examples"] for name in answers)
    assert "HTTPValidationError" not in schemas


def test_the_example_of_a_checkpoint_is_a_real_one(ask: Client) -> None:
    example = ask("GET", "/api/openapi.json").json["components"]["schemas"]["Checkpoint"]["examples"][0]
    real = as_specification(Catalog().find("en-US.lessac"))
    assert {key: example[key] for key in real} == real
