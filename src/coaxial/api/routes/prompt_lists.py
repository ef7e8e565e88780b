"""Sentences to read: /api/prompt-lists."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce
from coaxial.api.paging import WindowOf, page, part_of
from coaxial.api.problems import documented
from coaxial.api.receiving import pieces
from coaxial.api.removing import WithRecordings, removed
from coaxial.api.schemas.names import LineInQuery, NameInPath, NameInQuery
from coaxial.api.schemas.profiles import Removed
from coaxial.api.schemas.prompt_lists import (
    Added,
    BuiltinList,
    BuiltinLists,
    Coverage,
    NewPromptList,
    Prompt,
    PromptList,
    PromptListPage,
    PromptPage,
    added_shown,
    coverage_shown,
)
from coaxial.dataset.prompt_file import MAX_BYTES
from coaxial.domain.errors import InvalidOption
from coaxial.workflows.add_prompt_list import AddedPrompts, add_builtin_prompts, add_own_prompts, builtin_choices
from coaxial.workflows.browse import list_prompt_lists, show_prompt_list_alone
from coaxial.workflows.reading_progress import Order, prompts_to_read, reading_progress
from coaxial.workflows.removal import prompt_list_removal

router = APIRouter(
    prefix="/prompt-lists",
    tags=["prompt lists"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_ADDED: dict[int | str, dict[str, Any]] = {
    200: {"model": Added, "description": "Nothing was new: the list had all sentences, or none can be a prompt."}
}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Plain text with one sentence a line, or a table with a column `text`, in any usual encoding.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/plain", "text/csv", "application/octet-stream")
        },
    }
}


@router.get("")
def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> PromptListPage:
    """Prompt lists by name."""
    found = part_of(request, window, list_prompt_lists(settings))
    items = [PromptList.model_validate(vars(one)) for one in found["items"]]
    return PromptListPage.model_validate({**found, "items": items})


@router.post("", status_code=HTTPStatus.CREATED, responses=_ADDED)
def add(new: NewPromptList, settings: SettingsOf, response: Response) -> Added:
    """Make a list, or add to one of that name: the sentences that come along for a language, or one's own."""
    if new.builtin == (new.text is not None):
        raise InvalidOption("Give either `builtin: true` or a `text`.")
    if new.text is None:
        return _added(response, add_builtin_prompts(settings, new.name, new.language))
    text = io.BytesIO(new.text.encode("utf-8"))
    return _added(response, add_own_prompts(settings, new.name, new.language, text))


@router.post(
    "/file",
    status_code=HTTPStatus.CREATED,
    openapi_extra=_FILE,
    responses=_ADDED | documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT),
)
async def add_file(
    request: Request,
    settings: SettingsOf,
    response: Response,
    name: NameInQuery,
    language: LineInQuery,
) -> Added:
    """The same from a text or CSV file, which is the body."""
    content = b"".join([piece async for piece in pieces(request, MAX_BYTES)])
    return _added(response, await run_in_threadpool(add_own_prompts, settings, name, language, io.BytesIO(content)))


@router.get("/builtin")
def list_builtin() -> BuiltinLists:
    """The languages that sentences come along for."""
    return BuiltinLists(items=[BuiltinList(language=tag, name=name, sentences=n) for tag, name, n in builtin_choices()])


@router.get("/{name}")
def show(name: NameInPath, settings: SettingsOf) -> PromptList:
    """One prompt list."""
    return PromptList.model_validate(vars(show_prompt_list_alone(settings, name)))


@router.delete("/{name}", responses=documented(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED))
def delete(name: NameInPath, settings: SettingsOf, with_recordings: WithRecordings = False) -> Removed:
    """Delete a list with its prompts and all recordings of them. What was made from these stays."""
    return removed(prompt_list_removal(settings, name), with_recordings)


@router.get("/{name}/prompts")
def list_prompts(
    name: NameInPath,
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    profile: Annotated[NameInQuery | None, Query(description="Whose recordings to look for.")] = None,
    order: Annotated[
        Order,
        Query(
            description="list: as it is. coverage: what adds most to the profile's diphones first, then what is read."
        ),
    ] = "list",
    unread: Annotated[bool, Query(description="Only prompts of which the profile has no kept take.")] = False,
) -> PromptPage:
    """The sentences of a list, with what a profile has read of them."""
    found, total = prompts_to_read(settings, name, profile, order, unread, window.offset, window.limit)
    items = [Prompt.model_validate(vars(one)) for one in found]
    return PromptPage.model_validate(page(request, window, items, total))


@router.get("/{name}/coverage")
def show_coverage(
    name: NameInPath,
    settings: SettingsOf,
    profile: Annotated[NameInQuery | None, Query(description="Whose recordings count.")] = None,
) -> Coverage:
    """How far a profile is: minutes of good speech, phonemes and diphones said."""
    return coverage_shown(reading_progress(settings, name, profile))


def _added(response: Response, added: AddedPrompts) -> Added:
    href = f"/api/prompt-lists/{quote(added.name)}"
    if added.added:
        response.headers["Location"] = href
    else:
        response.status_code = HTTPStatus.OK
    return added_shown(added, href)
