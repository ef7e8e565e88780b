"""Which request the work of this moment is for, so that its log lines can say so."""

from __future__ import annotations

from contextvars import ContextVar

current_request: ContextVar[str] = ContextVar("current_request", default="")
"""The request's id; empty outside of one."""
