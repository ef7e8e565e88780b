"""Files of any size, in parts that can be gone on with after anything: /api/uploads (tus 1.0.0)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from coaxial.api import tus
from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce
from coaxial.api.paging import LARGEST_INTEGER, WindowOf, part_of
from coaxial.api.problems import MEDIA_TYPE, answer_of, documented, problem_of
from coaxial.api.receiving import pieces
from coaxial.api.schemas.uploads import NewUpload, Upload, UploadId, UploadPage, shown
from coaxial.domain.errors import DamagedTransfer, InvalidOption
from coaxial.settings import Settings
from coaxial.store.uploads import Appending
from coaxial.workflows.upload_files import (
    announce_upload,
    compare_upload,
    discard_upload,
    go_on,
    list_uploads,
    show_upload,
)

router = APIRouter(
    prefix="/uploads",
    tags=["uploads"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_KINDS = (tus.PART, "application/octet-stream")
"""The protocol's own name for a part, and the one that every other client knows."""

_PART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes from Upload-Offset on, as many as are wanted.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS},
    }
}
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_STANDS = {"headers": {"Upload-Offset": {"description": "Where to go on.", "schema": {"type": "integer"}}}}

Tus = Annotated[
    str, Header(alias="Tus-Resumable", max_length=20, description="1.0.0, from clients that speak the tus protocol.")
]


async def _version(tus_resumable: Tus = tus.VERSION) -> str:
    return tus_resumable


Version = Annotated[str, Depends(_version)]


@router.options("", status_code=HTTPStatus.NO_CONTENT)
def offer(settings: SettingsOf) -> Response:
    """What of the tus protocol there is, and how large a file may be."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=tus.options(settings.upload_limit))


@router.get("")
def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> UploadPage:
    """Files of which nothing was made yet, the newest last."""
    found = part_of(request, window, list_uploads(settings))
    return UploadPage.model_validate({**found, "items": [shown(one) for one in found["items"]]})


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=Upload,
    responses=documented(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
def announce(
    settings: SettingsOf,
    version: Version,
    response: Response,
    new: NewUpload | None = None,
    upload_length: Annotated[int | None, Header(ge=0, le=LARGEST_INTEGER, description="Size, in tus.")] = None,
    upload_metadata: Annotated[
        str, Header(max_length=8000, description="In tus: filename or relativePath, and sha256, in base64.")
    ] = "",
) -> Any:
    """Announce a file: in JSON, or as tus has it in headers. Location is where its parts are sent."""
    if version != tus.VERSION:
        return _other_version(settings)
    if new is None:
        new = _announced(upload_length, upload_metadata)
    record = announce_upload(settings, new.file_name, new.size, new.sha256)
    response.headers.update({**tus.state(record), "Location": f"/api/uploads/{record.id}"})
    return shown(record)


@router.head("/{id}", response_class=Response, responses={200: _STANDS})
def ask(id: UploadId, settings: SettingsOf) -> Response:
    """Where one stands."""
    return Response(headers=tus.state(show_upload(settings, id)))


@router.get("/{id}")
def show(id: UploadId, settings: SettingsOf) -> Upload:
    """One upload."""
    return shown(show_upload(settings, id))


@router.patch(
    "/{id}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=_PART,
    responses={
        204: _STANDS,
        460: {"description": "The checksum is another one; the part does not count.", **_PROBLEM},
        **documented(
            HTTPStatus.CONFLICT,
            HTTPStatus.PRECONDITION_FAILED,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ),
    },
)
async def send(
    id: UploadId,
    request: Request,
    settings: SettingsOf,
    version: Version,
    upload_offset: Annotated[int, Header(ge=0, le=LARGEST_INTEGER, description="Where this part begins.")],
    upload_checksum: Annotated[str, Header(max_length=200, description="sha256 and its digest in base64.")] = "",
) -> Response:
    """Send a part. What has come counts, also where the connection breaks: ask where it stands, and go on there."""
    if version != tus.VERSION:
        return _other_version(settings)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _KINDS:
        wrong = InvalidOption(f"A part of an upload is sent as {tus.PART}.")
        problem = problem_of(wrong)
        problem.status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        return answer_of(problem)
    checksum = tus.checksum_of(upload_checksum)
    try:
        async with _in_threads(go_on(settings, id, upload_offset, verified=checksum is None)) as appending:
            async for piece in pieces(request, appending.room, _AS_LONG_AS_IT_COMES):
                if checksum is not None:
                    checksum.digest.update(piece)
                await run_in_threadpool(appending.write, piece)
            if checksum is not None:
                checksum.compare()
            await run_in_threadpool(appending.accept)
            if appending.room == 0:
                await run_in_threadpool(compare_upload, settings, id, appending)
    except DamagedTransfer as error:
        return tus.mismatch(error)
    record = await run_in_threadpool(show_upload, settings, id)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=tus.state(record))


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, responses=documented(HTTPStatus.CONFLICT))
def discard(id: UploadId, settings: SettingsOf) -> Response:
    """Delete one, whether all of it has come or not."""
    discard_upload(settings, id)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Tus-Resumable": tus.VERSION})


_AS_LONG_AS_IT_COMES = 1e6


@asynccontextmanager
async def _in_threads(opened: AbstractContextManager[Appending]) -> AsyncIterator[Appending]:
    """A block that is entered and left in threads, for both wait for the disk."""
    appending = await run_in_threadpool(opened.__enter__)
    try:
        yield appending
    except BaseException as error:
        # What has come is brought to the disk whatever happens, also where the server is being stopped.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(opened.__exit__, type(error), error, error.__traceback__)
        raise
    await run_in_threadpool(opened.__exit__, None, None, None)


def _announced(upload_length: int | None, upload_metadata: str) -> NewUpload:
    if upload_length is None:
        raise InvalidOption("Nothing is announced.", remedy="Send file_name and size as JSON, or Upload-Length.")
    metadata = tus.metadata_of(upload_metadata)
    names = (metadata.get(key, "") for key in ("relativePath", "filename", "name"))
    # Uppy says `null` where a file has no path.
    name = next((one for one in names if one and one != "null"), "file")
    try:
        return NewUpload(file_name=name, size=upload_length, sha256=metadata.get("sha256", "").lower())
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("header", *one["loc"])} for one in error.errors()]) from None


def _other_version(settings: Settings) -> Response:
    problem = problem_of(InvalidOption(f"This server speaks tus {tus.VERSION}."))
    problem.status = HTTPStatus.PRECONDITION_FAILED
    return answer_of(problem, tus.options(settings.upload_limit))
