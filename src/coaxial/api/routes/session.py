"""Bringing the token once, for pages: /api/session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from coaxial.api.gate import SESSION_SECONDS, Gate
from coaxial.api.guard import address_of, cookies_of
from coaxial.api.problems import documented
from coaxial.api.schemas.session import Session, Token

router = APIRouter(
    prefix="/session", tags=["session"], responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
)


async def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


GateOf = Annotated[Gate, Depends(_gate)]


@router.get("")
def show(request: Request, gate: GateOf) -> Session:
    """Whether this server asks for a token, and whether this browser has shown it."""
    return _session(gate, cookies_of(request.headers))


@router.post("", responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS))
def sign_in(request: Request, gate: GateOf, body: Token, response: Response) -> Session:
    """Show the token once. The answer brings a cookie, with which pages, events and audio are answered for 30 days."""
    if not gate.needs_token:
        return _session(gate, {})
    gate.check(body.token, address_of(request.scope))
    name, cookie = gate.cookie, gate.session()
    response.set_cookie(
        name, cookie, max_age=int(SESSION_SECONDS), secure=gate.secure, httponly=True, samesite="strict"
    )
    return _session(gate, {name: cookie})


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def sign_out(gate: GateOf, response: Response) -> None:
    """Have this browser forget that it has shown the token. Another token ends it for all: coaxial token new."""
    if gate.needs_token:
        response.delete_cookie(gate.cookie, secure=gate.secure, httponly=True, samesite="strict")


def _session(gate: Gate, cookies: Mapping[str, str]) -> Session:
    if not gate.needs_token:
        return Session(token_needed=False, signed_in=True)
    ends = gate.session_ends(cookies)
    until = None if ends is None else datetime.fromtimestamp(ends, timezone.utc)
    return Session(token_needed=True, signed_in=ends is not None, until=until)
