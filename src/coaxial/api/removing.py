"""Deleting what recordings hang on: said first, and done where the request names them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from coaxial.api.schemas.profiles import Removed
from coaxial.workflows.removal import Removal, remove_confirmed

WithRecordings = Annotated[bool, Query(description="Where there are recordings, nothing is deleted without this.")]
"""A parameter of a route; its default is False."""


def removed(removal: Removal, with_recordings: bool) -> Removed:
    """Carry it out, and answer what went. Raises: NotConfirmed, and as Removal.carry_out."""
    return Removed(sentence=remove_confirmed(removal, with_recordings))
