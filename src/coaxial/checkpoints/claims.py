"""Numbers that a checkpoint file says of itself: anything may stand where they should, and None is then known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sample_rate_of(contents: Mapping[Any, Any]) -> int | None:
    """Samples per second of the audio that a checkpoint was trained on, by its hyper-parameters."""
    settings = contents.get("hyper_parameters")
    rate = settings.get("sample_rate") if isinstance(settings, dict) else None
    if isinstance(rate, str) and rate.isascii() and rate.isdigit() and len(rate) < 7:
        rate = int(rate)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)):
        return None
    return int(rate) if 0 < rate < 1_000_000 else None


def count_of(contents: Mapping[Any, Any], key: str) -> int | None:
    """`epoch`, or `global_step`, of which piper.train counts two per batch, one for each optimizer."""
    value = contents.get(key)
    return value if type(value) is int and value >= 0 else None
