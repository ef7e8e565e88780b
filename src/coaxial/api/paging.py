"""Lists in pages: `{"items": […], "total": n, "next": URL or null}`.

A route takes a `WindowOf`, asks its workflow for that part, and answers `page(…)`:

    class ProfilePage(Page[Profile]):
        model_config = ConfigDict(json_schema_extra={"examples": […]})

    @router.get("")
    def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> ProfilePage:
        found, total = some_workflow(settings, window.offset, window.limit)
        return ProfilePage.model_validate(page(request, window, found, total))

A list whose order does not change under the reader, such as one by id, gives `position=` instead: whatever it needs to
go on after the last item of this page, and what `window.position` then is.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from coaxial.domain.errors import InvalidOption
from coaxial.store import LARGEST_ID

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000

LARGEST_INTEGER = 2**63 - 1
"""Of what is counted in files: steps, bytes."""

Scalar = str | int | float | None
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One part of a list. A route answers with a subclass of its own, which has a name and an example."""

    items: list[Item]
    total: int = Field(ge=0, description="How many there are in all parts together.")
    # With a default, because FastAPI leaves out of an example what is null in it.
    next: str | None = Field(default=None, description="Where the next part is; null at the end.")


@dataclass(frozen=True)
class Window:
    """The part of a list that a request wants."""

    limit: int = DEFAULT_LIMIT
    """1 to 1000."""
    position: tuple[Scalar, ...] = ()
    """What the page before told to go on after; empty at the beginning."""

    @property
    def offset(self) -> int:
        """How many items come before, where pages go by number. Raises: InvalidOption (a cursor of another list)."""
        if not self.position:
            return 0
        (number,) = self.position if len(self.position) == 1 else (None,)
        if not isinstance(number, int) or number < 0:
            raise not_of_this_list()
        return number


def not_of_this_list() -> InvalidOption:
    """For a cursor that says nothing to this list."""
    return InvalidOption(
        "The cursor is none of this list.", remedy="Take the address from `next` as it is, or begin without a cursor."
    )


async def _window(
    limit: Annotated[
        int, Query(ge=1, le=LARGEST_LIMIT, description="How many items at most.", examples=[DEFAULT_LIMIT])
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str, Query(max_length=2000, pattern="^[A-Za-z0-9_-]*$", description="Where to go on, as `next` has it.")
    ] = "",
) -> Window:
    return Window(limit, _decoded(cursor) if cursor else ())


WindowOf = Annotated[Window, Depends(_window)]


def page(
    request: Request,
    window: Window,
    items: Sequence[Any],
    total: int,
    position: Sequence[Scalar] | None = None,
) -> dict[str, Any]:
    """The fields of a Page.

    items: at most `window.limit` of them. total: of the whole list. position: what to go on after; None: by number.
    There is a next page where this one is full and, told by number, not the last.
    """
    after: Sequence[Scalar] = position if position is not None else (window.offset + len(items),)
    ended = len(items) < window.limit or (position is None and window.offset + len(items) >= total)
    return {"items": list(items), "total": total, "next": None if ended or not items else _next(request, after)}


def part_of(request: Request, window: Window, everything: Sequence[Any]) -> dict[str, Any]:
    """The fields of a Page of a list that is in memory as a whole."""
    part = everything[window.offset : window.offset + window.limit]
    return page(request, window, part, len(everything))


def _next(request: Request, position: Sequence[Scalar]) -> str:
    return f"{quote(request.url.path)}?{request.url.include_query_params(cursor=_encoded(position)).query}"


def _encoded(position: Sequence[Scalar]) -> str:
    words = json.dumps(list(position), separators=(",", ":"))
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[Scalar, ...]:
    """Raises: InvalidOption."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), parse_constant=_none)
    except (ValueError, RecursionError):
        raise not_of_this_list() from None
    if not isinstance(found, list) or not all(_is_scalar(one) for one in found):
        raise not_of_this_list()
    return tuple(found)


def _none(constant: str) -> None:
    """NaN and infinities are in no cursor of ours. Raises: ValueError."""
    raise ValueError(constant)


def _is_scalar(one: object) -> bool:
    if isinstance(one, bool):
        return False
    if isinstance(one, int):
        return abs(one) <= LARGEST_ID
    return one is None or isinstance(one, str) or (isinstance(one, float) and math.isfinite(one))
