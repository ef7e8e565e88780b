"""Lines of `metrics.jsonl`, many at a time: a step's losses, or what validation found after one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

TRAINING, VALIDATION, OTHER = 0, 1, 2
"""Kinds of lines. OTHER: half a line, or zeros, that a power cut left."""

_LARGEST_STEP = 2**53


@dataclass(frozen=True)
class Parsed:
    """Lines as columns."""

    kinds: NDArray[np.uint8]
    """(lines,)"""
    steps: NDArray[np.int64]
    """(lines,) 0 where a line has none."""
    epochs: NDArray[np.int32]
    """(lines,)"""
    training: dict[str, NDArray[np.float32]]
    """By name, (training lines,); NaN where a line has no such number."""
    validation: dict[str, NDArray[np.float32]]
    """By name, (validation lines,)"""


def parse_lines(lines: Sequence[bytes]) -> Parsed:
    """Whole lines as columns."""
    found = _objects(lines)
    told = [_kind(one) for one in found]
    kinds = np.array(told, np.uint8)
    alike = told.count(TRAINING) == len(told)
    training = found if alike else [one for one, kind in zip(found, told, strict=True) if kind == TRAINING]
    validation = [one["validation"] for one, kind in zip(found, told, strict=True) if kind == VALIDATION]
    steps = [0 if kind == OTHER else one["step"] for one, kind in zip(found, told, strict=True)]
    epochs = [0 if kind == OTHER else _epoch(one) for one, kind in zip(found, told, strict=True)]
    losses = {name: values for name, values in _columns(training) if name not in ("step", "epoch")}
    return Parsed(kinds, np.array(steps, np.int64), np.array(epochs, np.int32), losses, dict(_columns(validation)))


def _objects(lines: Sequence[bytes]) -> list[Any]:
    try:
        found = from_json(b"[" + b",".join(lines) + b"]")
        if len(found) == len(lines):
            return list(found)
    except ValueError:
        pass
    return [_object(line) for line in lines]


def _object(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _kind(found: Any) -> int:
    if type(found) is not dict or type(found.get("step")) is not int or not 0 <= found["step"] <= _LARGEST_STEP:
        return OTHER
    if "validation" in found:
        return VALIDATION if type(found["validation"]) is dict else OTHER
    return TRAINING


def _epoch(found: dict[str, Any]) -> int:
    value = found.get("epoch", 0)
    return value if type(value) is int and 0 <= value < 2**31 else 0


def _columns(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    if not rows:
        return
    keys = tuple(rows[0])
    if all(tuple(row) == keys for row in rows):
        try:
            flat = np.fromiter(chain.from_iterable(map(dict.values, rows)), np.float64, len(rows) * len(keys))
            yield from zip(keys, flat.reshape(len(rows), len(keys)).T.astype(np.float32), strict=True)
            return
        except (ValueError, TypeError, OverflowError):
            pass
    for name in dict.fromkeys(key for row in rows for key in row):
        yield name, np.array([_number(row.get(name)) for row in rows], np.float32)


def _number(value: Any) -> float:
    try:
        return float(value) if type(value) in (int, float) else float("nan")
    except OverflowError:
        return float("nan")
