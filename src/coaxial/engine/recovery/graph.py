"""The graph of an `.onnx` voice of anybody's: loaded without trust, and what is constant in it worked out.

Nothing of the file is run here. Whatever an exporter did to a weight, renamed it, shared it, cast it, turned it or left
its normalisation to the graph, is undone by computing the few operations whose inputs are all constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from coaxial.domain.errors import BaseMismatch, NotFound, UnreadableVoice, UnsafeCheckpoint

Array = npt.NDArray[Any]

MOST_BYTES = 1 << 30
"""Of a voice's file; the largest published ones have an eighth of that."""

_MOST_NUMBERS = 1 << 26
"""In one constant: ten times the largest weight of any tier. A few bytes of a file can stand for more than memory."""

_LONGEST = 200
"""Letters of what a library says of a damaged file."""

_HALF = (TensorProto.FLOAT16, TensorProto.BFLOAT16)


@dataclass(frozen=True)
class VoiceGraph:
    """A voice's graph in 32 bits, and every constant in it."""

    model: Any
    """onnx.ModelProto, all of its tensors inside."""
    constants: Mapping[str, Array]
    """By the name that nodes read them under."""
    was_half: bool
    """Whether the file held weights of 16 bits."""


def load_graph(path: Path) -> VoiceGraph:
    """Read an `.onnx` file.

    Raises: NotFound, UnreadableVoice (truncated, no ONNX, too large), UnsafeCheckpoint (reads files elsewhere),
    BaseMismatch (weights rounded to 8 bits).
    """
    if not path.is_file():
        raise NotFound(f"There is no voice file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableVoice(f"{path.name} is larger than any Piper voice: {path.stat().st_size >> 20} MB.")
    with damage_told(path):
        model = _parsed(path)
        _fetch_external_data(model, path)
        _refuse_rounded(model, path)
        was_half = _widen(model)
        return VoiceGraph(model, _constants(model.graph), was_half)


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file whose parts do not fit together into one sentence. Raises: UnreadableVoice."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, OSError, ArithmeticError) as error:
        raise UnreadableVoice(
            f"{path.name} is damaged or incomplete, or no ONNX file: {in_one_line(error)}",
            remedy="Download or copy it again.",
        ) from None


def _parsed(path: Path) -> Any:
    try:
        model = onnx.load(path, format="protobuf", load_external_data=False)
    except Exception as error:  # protobuf's exception type differs between its implementations
        raise ValueError(in_one_line(error)) from None
    if not model.graph.node:
        raise ValueError("there is no graph in it")
    return model


def attribute(node: Any, name: str, default: Any) -> Any:
    """The value of a node's attribute, or a default where it has none of that name."""
    return next((helper.get_attribute_value(given) for given in node.attribute if given.name == name), default)


def in_one_line(said: object) -> str:
    """What an exception says, or a name out of a file, fit for a sentence: it may quote whatever a stranger wrote."""
    line = (str(said).splitlines() or [type(said).__name__])[0]
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST]


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor of a graph and of the graphs in its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        yield from _tensors_of(node)


def _tensors_of(node: Any) -> Iterator[Any]:
    for given in node.attribute:
        yield from (given.t, *given.tensors)
        for sparse in (given.sparse_tensor, *given.sparse_tensors):
            yield from (sparse.values, sparse.indices)
        for graph in (given.g, *given.graphs):
            yield from _tensors(graph)


def _fetch_external_data(model: Any, path: Path) -> None:
    """Read the tensors that lie in files beside the voice, and in no other place."""
    in_functions = [tensor for function in model.functions for node in function.node for tensor in _tensors_of(node)]
    room = MOST_BYTES
    for tensor in (*_tensors(model.graph), *in_functions):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        place = {entry.key: entry.value for entry in tensor.external_data}
        file = _beside(path, place.get("location", ""))
        size = int(place.get("length", file.stat().st_size))
        room -= size
        if size < 0 or room < 0:
            raise ValueError(f"{file.name} holds more than any Piper voice")
        with file.open("rb") as stored:
            stored.seek(int(place.get("offset", 0)))
            tensor.raw_data = stored.read(size)
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]


def _beside(path: Path, name: str) -> Path:
    """The file of a name in a voice's folder. Raises: UnsafeCheckpoint where it lies elsewhere, UnreadableVoice."""
    folder = path.parent.resolve()
    file = (folder / name).resolve()
    # A name without any folder in it: neither a path upward, nor a link to elsewhere, nor a device.
    if not name or Path(name).name != name or file.parent != folder:
        raise UnsafeCheckpoint(
            f"{path.name} wants to read weights from outside its folder ({in_one_line(name)}); nothing was read.",
            remedy="Do not use this file. Fetch the voice from a source you trust.",
        )
    if not file.is_file():
        raise UnreadableVoice(
            f"{path.name} keeps its weights in {in_one_line(name)}, which is not beside it.",
            remedy="Copy all files of the voice into one folder.",
        )
    return file


def _refuse_rounded(model: Any, path: Path) -> None:
    rounded = {node.op_type for node in model.graph.node if "Integer" in node.op_type or "Linear" in node.op_type}
    if rounded:
        raise BaseMismatch(
            f"{path.name} is quantised: its weights are rounded to 8 bits ({in_one_line(', '.join(sorted(rounded)))}), "
            "which is too coarse to train on.",
            remedy="Choose the voice's .onnx as it was before quantising.",
        )


def _widen(model: Any) -> bool:
    """Make a graph that stores or computes in 16 bits one of 32, in place. Returns: whether there was anything."""
    changed = _widen_graph(model.graph)
    if changed:
        # Types of what lies between, noted for 16 bits; the runtime works them out itself.
        del model.graph.value_info[:]
    return changed


def _widen_graph(graph: Any) -> bool:
    changed = False
    for tensor in _tensors(graph):
        if tensor.data_type in _HALF:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
            changed = True
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.elem_type in _HALF:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    for node in graph.node:
        for given in node.attribute:
            if given.name in ("to", "dtype") and given.i in _HALF:
                given.i = TensorProto.FLOAT
            for inner in (given.g, *given.graphs):
                _widen_graph(inner)
    return changed


def _constants(graph: Any) -> dict[str, Array]:
    """Every constant of a graph: as stored, and as computed from stored ones."""
    known = {tensor.name: _stored(tensor) for tensor in graph.initializer}
    numbers = 0
    for node in graph.node:
        values = [known[name] for name in node.input if name in known]
        if node.op_type == "Constant":
            tensor = attribute(node, "value", None)
            if tensor is not None:
                known[node.output[0]] = _stored(tensor)
        elif node.op_type in (*_OF_ONE, *_OF_TWO) and len(values) == len(node.input):
            with np.errstate(all="ignore"):  # what is not a number is told where a weight comes of it
                known[node.output[0]] = _computed(node, values)
            numbers += known[node.output[0]].size
            _refuse_too_many(numbers, 4 * _MOST_NUMBERS, node.output[0])
    return known


def _computed(node: Any, values: list[Array]) -> Array:
    if node.op_type in _OF_ONE:
        return _OF_ONE[node.op_type](node, *values)
    left, right = values
    _refuse_too_many(math.prod(np.broadcast_shapes(left.shape, right.shape)), _MOST_NUMBERS, node.output[0])
    return np.asarray(_OF_TWO[node.op_type](left, right)).astype(left.dtype)


def _stored(tensor: Any) -> Array:
    _refuse_too_many(math.prod(tensor.dims), _MOST_NUMBERS, tensor.name)
    values: Array = numpy_helper.to_array(tensor)
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _refuse_too_many(numbers: int, most: int, name: str) -> None:
    if numbers > most:
        raise ValueError(f"{name} is larger than any weight of a Piper voice.")


def _axes(node: Any, given: tuple[Array, ...]) -> tuple[int, ...] | None:
    """Of a reduction: an input since opset 13 or 18, an attribute before."""
    axes = given[0].tolist() if given else attribute(node, "axes", None)
    return tuple(axes) if axes else None


def _length(node: Any, x: Array, *given: Array) -> Array:
    total = np.square(x.astype(np.float64)).sum(_axes(node, given), keepdims=bool(attribute(node, "keepdims", 1)))
    return np.asarray(np.sqrt(total), x.dtype)


def _sum(node: Any, x: Array, *given: Array) -> Array:
    return np.asarray(x.sum(_axes(node, given), keepdims=bool(attribute(node, "keepdims", 1)), dtype=x.dtype))


# What exporters leave between a stored tensor and its use: sharing, casts, weight normalisation, exponentials.
_OF_ONE: Mapping[str, Callable[..., Array]] = {
    "Identity": lambda node, x: x,
    "Cast": lambda node, x: x.astype(helper.tensor_dtype_to_np_dtype(attribute(node, "to", TensorProto.FLOAT))),
    "Transpose": lambda node, x: x.transpose(attribute(node, "perm", None)),
    "Neg": lambda node, x: np.negative(x),
    "Exp": lambda node, x: np.exp(x),
    "Sqrt": lambda node, x: np.sqrt(x),
    "ReduceL2": _length,
    "ReduceSum": _sum,
}
_OF_TWO: Mapping[str, Callable[[Array, Array], Array]] = {
    "Pow": np.power,
    "Add": np.add,
    "Mul": np.multiply,
    "Div": np.divide,
}
