"""Every error of the HTTP door as a problem document (RFC 9457), made from the one exception tree."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from coaxial.api.security import SECURITY_HEADERS
from coaxial.domain import errors
from coaxial.domain.errors import CoaxialError

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[CoaxialError], HTTPStatus] = {
    CoaxialError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidOption: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NameTaken: HTTPStatus.CONFLICT,
    errors.NotConfirmed: HTTPStatus.CONFLICT,
    errors.InUse: HTTPStatus.CONFLICT,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.Interrupted: HTTPStatus.CONFLICT,
    errors.ForeignRequest: HTTPStatus.FORBIDDEN,
    errors.TokenNeeded: HTTPStatus.UNAUTHORIZED,
    errors.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    errors.RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.RequestTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DamagedTransfer: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ChangedMeanwhile: HTTPStatus.PRECONDITION_FAILED,
    errors.StorageFailure: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.DatabaseUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnreadableAudio: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnreadableSource: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsafeArchive: HTTPStatus.UNPROCESSABLE_ENTITY,
    # A language is a resource here: there is nothing at the address of one that does not exist.
    errors.UnsupportedLanguage: HTTPStatus.NOT_FOUND,
    errors.EmptyDataset: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnreadableCheckpoint: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsafeCheckpoint: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DownloadFailed: HTTPStatus.BAD_GATEWAY,
    errors.ForbiddenAddress: HTTPStatus.FORBIDDEN,
    errors.BaseMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TrainingDiverged: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OutOfMemory: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.LostWorker: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnreadableVoice: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ExportRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""What each class of error is in HTTP; one that is not listed is as its nearest ancestor."""

_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong, in words for the person (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:coaxial:problem:not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no base checkpoint 'en-US.amie'.",
                    "remedy": "Nearest: en-US.amy.",
                }
            ]
        }
    )

    type: str = Field(description="Which kind it is: the same for every problem of the kind, and what to compare with.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status; of work that failed later, the one it would have had.")
    detail: str = Field(description="What happened and why.")
    remedy: str = Field(default="", description="What to do about it; empty where nothing is known.")


def problem_of(error: Exception) -> Problem:
    """The problem document of an error; one that nobody foresaw is told without its insides."""
    if not isinstance(error, CoaxialError):
        return Problem(
            type="urn:coaxial:problem:unexpected",
            title="Unexpected",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            detail=f"This is a mistake in coaxial, not yours ({type(error).__name__}).",
            remedy="The details are in the server's log; please report it.",
        )
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__)
    return Problem(
        type=f"urn:coaxial:problem:{words.lower().replace(' ', '-')}",
        title=words.capitalize(),
        status=next(STATUS[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUS),
        detail=error.message,
        remedy=error.remedy,
    )


def answer_of(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that brings a problem."""
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        # Also here, because the answer to an error that nobody foresaw comes from outside of all that adds to answers.
        headers={"Cache-Control": "no-store", **SECURITY_HEADERS, **(headers or {})},
    )


def add_to(app: FastAPI) -> None:
    """Make a problem document of everything that can go wrong in a request."""
    app.add_exception_handler(Exception, _unexpected)
    app.add_exception_handler(CoaxialError, _foreseen)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of the problems that a route can answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def headers_of(error: CoaxialError) -> dict[str, str]:
    """What a client reads of an error in headers."""
    if isinstance(error, errors.TokenNeeded):
        return {"WWW-Authenticate": 'Bearer realm="coaxial"'}
    if isinstance(error, errors.TooManyTries):
        return {"Retry-After": str(math.ceil(error.seconds))}
    return {}


async def _foreseen(request: Request, error: Exception) -> Response:
    assert isinstance(error, CoaxialError)
    return answer_of(problem_of(error), headers_of(error))


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server below raises it once more and so has the traceback in its log; this line says what was asked for.
    _log.error("%s %s failed: %s", request.method, request.url.path, type(error).__name__)
    return answer_of(problem_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
    return answer_of(problem_of(errors.InvalidOption(f"The request cannot be understood: {'; '.join(told)}.")))


async def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:
        # FastAPI's word for a body that is not even text, where one that is no JSON is invalid.
        return answer_of(problem_of(errors.InvalidOption("The request's body cannot be read as what it should be.")))
    what = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}.",
    }.get(status, str(error.detail))
    problem = Problem(type="about:blank", title=status.phrase, status=status, detail=what, remedy="")
    headers = {**(error.headers or {})}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
    return answer_of(problem, headers)


def _allowed(request: Request) -> list[str]:
    """The methods of all routes of an address; each route knows of its own only."""
    return [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
