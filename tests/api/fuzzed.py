"""Requests made from the description of the server, and what an answer to any of them has to be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup

EXAMPLES = int(os.environ.get("COAXIAL_FUZZ_EXAMPLES", "6"))
"""Of each operation and kind: such as its description allows, and such as it does not."""

_SECONDS = 60

# It never ends, so that its beginning is all that is looked at.
_ENDLESS = "/api/events"

# A request line or headers longer than this are refused before it is known whom they are for, by the server that
# speaks HTTP (uvicorn's h11_max_incomplete_event_size).
_LONGEST_HEAD = 64 << 10

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def operations(url: str) -> Iterator[Any]:
    """Every operation of a server; those that delete come last."""
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json", timeout=120)
    found = [one.ok() for one in schema.get_all_operations()]
    yield from sorted(found, key=lambda one: (one.method == "delete", one.path))


def try_out(operation: Any, known: Mapping[str, Any], number: int) -> list[str]:
    """Send requests that the operation's description allows, and others. Returns: what was wrong with the answers.

    known: for some path parameters, what is there; half of the requests are about that. number: the seed.
    """
    found: list[str] = []
    load_all_checks()
    checks = [one for one in schemathesis.checks.CHECKS.get_all() if one.__name__ in _CHECKS]
    assert len(checks) == len(_CHECKS)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        with contextlib.suppress(_CannotBeWrong):
            _try(operation, mode, known, number, lambda case: _wrong(case, checks), found)
    return found


class _CannotBeWrong(Exception):
    """Nothing in such a request could be against the description."""


def _try(
    operation: Any,
    mode: GenerationMode,
    known: Mapping[str, Any],
    number: int,
    wrong: Callable[[Any], str],
    found: list[str],
) -> None:
    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), about_known=st.booleans())
    def each(case: Any, about_known: bool) -> None:
        if about_known:
            here = {name: known[name] for name in case.path_parameters or {} if name in known}
            case.path_parameters.update(here)
        problem = wrong(case)
        if problem and problem not in found:
            found.append(problem)

    try:
        each()
    except schemathesis.errors.InvalidSchema:
        raise
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise
        raise _CannotBeWrong from None


def _wrong(case: Any, checks: list[Any]) -> str:
    """What is wrong with the answer, and how it was asked for; empty for nothing."""
    try:
        if case.operation.path == _ENDLESS:
            return _begun(case)
        response = case.call(timeout=_SECONDS)
        if _is_too_long(response):
            return ""
        case.validate_response(response, checks=checks)
    except FailureGroup as failures:
        told = "; ".join(f"{one.title}: {one.message}" for one in failures.exceptions)
        return f"{case.operation.label}: {told}\n    {case.as_curl_command()}"
    except requests.exceptions.RequestException as error:
        return f"{case.operation.label}: {error!r}\n    {case.as_curl_command()}"
    return ""


def _is_too_long(response: Any) -> bool:
    """Whether the head of the request was refused for its length alone."""
    sent = response.request
    head = len(sent.url) + sum(len(name) + len(value) + 4 for name, value in sent.headers.items())
    return head > _LONGEST_HEAD and response.status_code == HTTPStatus.BAD_REQUEST


def _begun(case: Any) -> str:
    sent = case.as_transport_kwargs()
    with requests.request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers=sent.get("headers"),
        stream=True,
        timeout=_SECONDS,
    ) as response:
        if _is_too_long(response):
            return ""
        documented = case.operation.definition.raw["responses"]
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        answer = documented.get(str(response.status_code), {})
        if kind in answer.get("content", {}):
            return ""
        return f"{case.operation.label}: {response.status_code} {kind}\n    {case.as_curl_command()}"
