"""The figures and flags of `domain/flags.py` as SQL: thousands of recordings are sorted and filtered by them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, case, not_

from coaxial.domain.flags import MARGIN, RULES, Figure, Rule
from coaxial.store.tables import Prompt, Recording


def _trimmed() -> ColumnElement[float]:
    end, start = Recording.speech_end + MARGIN, Recording.speech_start - MARGIN
    last = case((end < Recording.seconds, end), else_=Recording.seconds)
    return last - case((start > 0.0, start), else_=0.0)


def _pace() -> ColumnElement[Any]:
    speech = Recording.speech_end - Recording.speech_start
    return Prompt.phonemes / case((speech > 0.1, speech), else_=0.1)


FIGURES: Mapping[Figure, ColumnElement[Any]] = {
    "peak": Recording.peak.expression,
    "loudness": Recording.loudness.expression,
    "above_noise": Recording.loudness - Recording.noise,
    "clipped": Recording.clipped.expression,
    "begins": Recording.begins - Recording.loudness,
    "ends": Recording.ends - Recording.loudness,
    "trimmed": _trimmed(),
    "pace": _pace(),
}
"""Of a query over recordings that are joined with their prompts."""


def _beyond(rule: Rule, limit: float) -> ColumnElement[bool]:
    found = FIGURES[rule.figure]
    return found > limit if rule.side == "above" else found < limit


def _severity(rule: Rule) -> ColumnElement[int]:
    limits = ((2, rule.useless), (1, rule.doubtful))
    return case(*((_beyond(rule, limit), grade) for grade, limit in limits if limit is not None), else_=0)


_RULES = {rule.code: rule for rule in RULES}
_USELESS = reduce(
    lambda one, other: one | other,
    (case((_beyond(rule, rule.useless), 1), else_=0) == 1 for rule in RULES if rule.useless is not None),
)

FLAGGED: ColumnElement[bool] = reduce(lambda one, other: one | other, (_severity(rule) > 0 for rule in RULES))
"""Whether a recording has any flag."""

GOOD: ColumnElement[bool] = and_(Recording.state == "kept", not_(_USELESS))
"""Whether a recording is kept and fit for training."""

BADNESS: ColumnElement[int] = reduce(
    lambda one, other: one + other, (case((_severity(rule) == 2, 10), else_=_severity(rule)) for rule in RULES)
)
"""Ten for each flag that makes a recording useless, one for each doubt."""


def has_flag(code: str) -> ColumnElement[bool]:
    """Whether a recording has this flag. Raises: KeyError."""
    return _severity(_RULES[code]) > 0
