"""Between dataclasses and the plain values that JSON, a table or a form can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from coaxial.domain.errors import InvalidOption

Made = TypeVar("Made")


def as_plain(value: Any) -> Any:
    """A dataclass, or anything in it, as what JSON holds: paths and enumerations become text."""
    if is_dataclass(value) and not isinstance(value, type):
        return as_plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(item) for item in value]
    return str(value) if isinstance(value, (Path, Enum)) else value


def from_plain(made: type[Made], values: Any, what: str) -> Made:
    """A dataclass of plain values; what: the thing in words, for the sentence.

    Raises: InvalidOption (an unknown field, a missing one, a value of another type), and what the class itself refuses.
    """
    if not isinstance(values, Mapping):
        raise InvalidOption(f"{what} must be named values, and not {_shown(values)}.")
    kinds = get_type_hints(made)
    known: dict[str, Field[Any]] = {field.name: field for field in fields(made)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise InvalidOption(f"{what} has no {name!r}.", remedy=f"What it has: {', '.join(known)}.")
    for name, field in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise InvalidOption(f"{what} needs a value for {name!r}.")
    return made(**{name: _value(kinds[name], value, f"{name} of {what}") for name, value in values.items()})


def _value(kind: Any, value: Any, what: str) -> Any:
    if get_origin(kind) in (Union, UnionType):
        if value is None and NoneType in get_args(kind):
            return None
        kind = next(one for one in get_args(kind) if one is not NoneType)
    if is_dataclass(kind) and isinstance(kind, type):
        return from_plain(kind, value, what)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    if isinstance(kind, type) and issubclass(kind, Enum) and value in [one.value for one in kind]:
        return kind(value)
    if type(value) is kind:
        return value
    choices = (
        f"one of {', '.join(one.value for one in kind)}" if isinstance(kind, type) and issubclass(kind, Enum) else ""
    )
    raise InvalidOption(f"The {what} is {_shown(value)}, and must be {choices or _WORDS.get(kind, kind)}.")


_WORDS: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
