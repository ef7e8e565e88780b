"""What the OpenAPI document says of every operation alike: who may ask, entity tags, and limits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from coaxial.api.gate import COOKIE
from coaxial.api.problems import documented

_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The server's token. Asked for only where others than this computer can reach the server.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "What POST /api/session gives a browser for the token. Its name goes on with twelve digits of "
        "this server's own, so that several on one host are told apart, and begins with `__Host-` over TLS.",
    },
}

_ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
_WITH_BODY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

_NEVER_ANSWERED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own answer to what does not fit, which no route here gives: problems, and in /v1 errors of OpenAI's."""

_TAG = {"ETag": {"description": "Of this answer.", "schema": {"type": "string"}}}


def describe(app: FastAPI) -> None:
    """Have an application's document tell what its middleware does."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["components"].setdefault("securitySchemes", _SCHEMES)
            document["security"] = [{}, {"token": []}, {"cookie": []}]
            for path in document["paths"].values():
                for method, operation in path.items():
                    _describe(method, operation)
            for name in _NEVER_ANSWERED:
                document["components"]["schemas"].pop(name, None)
        return plain()

    app.openapi = whole  # type: ignore[method-assign]


def _describe(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if _NEVER_ANSWERED[0] in str(responses.get("422")):
        del responses["422"]
    for status, response in documented(*_ALWAYS, *(_WITH_BODY if "requestBody" in operation else ())).items():
        responses.setdefault(str(status), response)
    answer = responses.get("200", {})
    if method == "get" and "application/json" in answer.get("content", {}):
        answer.setdefault("headers", _TAG)
        responses.setdefault("304", {"description": "It is what If-None-Match has."})
        _take(operation, "If-None-Match", "Entity tags of answers that are here already: 304 where it is one of them.")
    if method in ("patch", "put", "delete"):
        # No parameter of it: a document promises that whatever fits its parameters is done.
        refused = documented(HTTPStatus.PRECONDITION_FAILED)[HTTPStatus.PRECONDITION_FAILED.value]
        words = "If-Match was sent, and a GET of this address does not have that ETag any more."
        responses.setdefault("412", {**refused, "description": words})


def _take(operation: dict[str, Any], name: str, words: str) -> None:
    known = operation.setdefault("parameters", [])
    if not any(one.get("name", "").lower() == name.lower() for one in known):
        known.append(
            {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
        )
