"""How the parts of a studio are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Health = Literal["ok", "warning", "failed"]
"""warning: the work can be done, with less comfort; failed: something will not work."""


@dataclass(frozen=True)
class Part:
    """One part, and how it is."""

    name: str
    state: Health
    detail: str
    """What was found, in a sentence."""
    remedy: str = ""
    """What to do about it."""
