"""Stored tensors of an ONNX file, without the onnx package, whose import takes as long as preparing ten clips.

An ONNX file is one message of Protocol Buffers, and so are the parts read here: a message is a row of fields, each a
number that says which, a wire type, and a value (protobuf.dev, "Encoding"; onnx/onnx.proto for the fields' numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

_GRAPH = 7
_NODE, _INITIALIZER = 1, 5
_INPUT, _KIND = 1, 4
_DIMENSION, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_FLOAT = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def node_weights(path: Path) -> list[tuple[str, list[npt.NDArray[np.float32]]]]:
    """Every node of a graph in its order: the operator's name, and those of its inputs that are stored as float32."""
    (graph,) = (value for field, value in _fields(memoryview(path.read_bytes())) if field == _GRAPH)
    assert isinstance(graph, memoryview)
    parts = [(field, value) for field, value in _fields(graph) if isinstance(value, memoryview)]
    stored = dict(_tensor(value) for field, value in parts if field == _INITIALIZER)
    nodes = (_node(value) for field, value in parts if field == _NODE)
    return [(kind, [stored[name] for name in inputs if name in stored]) for kind, inputs in nodes]


def _node(message: memoryview) -> tuple[str, list[str]]:
    """Operator and names of the inputs."""
    named = [
        (field, str(value, "utf-8"))
        for field, value in _fields(message)
        if isinstance(value, memoryview) and field in (_INPUT, _KIND)
    ]
    (kind,) = (name for field, name in named if field == _KIND)
    return kind, [name for field, name in named if field == _INPUT]


def _tensor(message: memoryview) -> tuple[str, npt.NDArray[np.float32]]:
    name, raw, shape = "", memoryview(b""), []
    for field, value in _fields(message):
        if field == _DIMENSION and isinstance(value, int):
            shape.append(value)
        elif field == _TYPE:
            assert value == _FLOAT, "the detector's weights are float32"
        elif field == _NAME and isinstance(value, memoryview):
            name = str(value, "utf-8")
        elif field == _RAW and isinstance(value, memoryview):
            raw = value
    return name, np.frombuffer(raw, dtype="<f4").reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        wire = key & 7
        value: int | memoryview
        if wire == _VARINT:
            value, place = _varint(message, place)
        else:
            size, place = _varint(message, place) if wire == _BYTES else ({_FIXED64: 8, _FIXED32: 4}[wire], place)
            value = message[place : place + size]
            place += size
        yield key >> 3, value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and the place behind it."""
    number = shift = 0
    while True:
        byte = message[place]
        place += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, place
