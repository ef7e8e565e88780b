"""The operations of a voice's graph that hold weights, each with what tells it from others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from coaxial.engine.recovery.graph import Array, VoiceGraph, attribute
from coaxial.engine.vits.attention import WINDOW

_PARTS = ("enc_p", "dp", "flow", "dec", "emb_g")
_DISTANCES = 2 * WINDOW + 1


class Signature(NamedTuple):
    """What two operations have to share to be taken for one another."""

    kind: str
    shapes: tuple[tuple[int, ...], ...]
    """Of the weights, in the layout of a checkpoint."""
    settings: tuple[tuple[int, ...], ...] = ()
    """Of a convolution: strides, dilations, groups."""

    def __str__(self) -> str:
        return f"{self.kind} of {' and '.join('×'.join(map(str, shape)) for shape in self.shapes)}"


@dataclass(frozen=True)
class WeightedNode:
    """One operation."""

    signature: Signature
    values: tuple[Array, ...]
    """Its weights, in the layout of a checkpoint; no longer split where they were weight-normalised."""
    scope: str
    """The module that computed it, such as dec.ups.0, where the exporter wrote it; else whatever its name holds."""
    turn: int
    """Of the operations of its kind in that module, which one; 0 where its name does not say."""


def weighted_nodes(graph: VoiceGraph) -> list[WeightedNode]:
    """Every operation that holds weights, in the order of the file, which is that of computation."""
    makers = {output: node for node in graph.model.graph.node for output in node.output}
    found = []
    for node in graph.model.graph.node:
        if any(output in graph.constants for output in node.output):
            continue
        for kind, values, settings in _weights(node, graph, makers):
            signature = Signature(kind, tuple(value.shape for value in values), settings)
            found.append(WeightedNode(signature, tuple(values), *_scope_and_turn(node.name)))
    return found


_Weights = tuple[str, Sequence[Array], tuple[tuple[int, ...], ...]]


def _weights(node: Any, graph: VoiceGraph, makers: dict[str, Any]) -> Iterator[_Weights]:
    given = [graph.constants.get(name) for name in node.input]
    constants = [value for value in given if value is not None and value.dtype.kind == "f"]
    if node.op_type in ("Conv", "ConvTranspose"):
        # None where weights are computed from what is spoken, which no voice does.
        values = [value for value in given[1:3] if value is not None]
        if values:
            yield ("convolution" if node.op_type == "Conv" else "upsampling"), values, _settings(node)
    elif node.op_type == "Gather" and constants and constants[0].ndim == 2:
        yield "embedding", constants[:1], ()
    elif node.op_type == "Add" and len(constants) == 1 and _is_per_channel(constants[0]):
        yield from _normalisation(node, graph, makers, constants[0])
    elif node.op_type == "LayerNormalization" and len(constants) == 2:
        yield "normalisation", constants, ()
    elif node.op_type in ("Sub", "Mul") and [value.shape for value in constants] == [(2, 1)]:
        yield ("shift" if node.op_type == "Sub" else "scale"), constants, ()
    else:
        yield from (("distances", [_by_distance(value)], ()) for value in constants if _is_by_distance(value))


def _normalisation(node: Any, graph: VoiceGraph, makers: dict[str, Any], beta: Array) -> Iterator[_Weights]:
    """Exporters of before opset 17 write layer normalisation out; it ends in a product and a sum with its weights."""
    product = next((makers[name] for name in node.input if name in makers and makers[name].op_type == "Mul"), None)
    gammas = [graph.constants[name] for name in product.input if name in graph.constants] if product else []
    if len(gammas) == 1 and _is_per_channel(gammas[0]):
        yield "normalisation", [gammas[0].reshape(-1), beta.reshape(-1)], ()


def _is_per_channel(value: Array) -> bool:
    """(channels,), or that with sides of 1, as optimisers write that move a transposition past it."""
    return value.size > 1 and value.size == max(value.shape)


def _is_by_distance(value: Array) -> bool:
    return value.ndim == 3 and value.shape[0] == 1 and _DISTANCES in value.shape[1:]


def _by_distance(value: Array) -> Array:
    """(1, distances, channels), turned back where an exporter stored it turned."""
    return value if value.shape[1] == _DISTANCES else value.transpose(0, 2, 1)


def _settings(node: Any) -> tuple[tuple[int, ...], ...]:
    strides, dilations = (tuple(attribute(node, name, (1,))) for name in ("strides", "dilations"))
    return strides, dilations, (attribute(node, "group", 1),)


def _scope_and_turn(name: str) -> tuple[str, int]:
    """'/generator/enc_p/encoder/attn_layers.0/Pad_5' is the sixth of enc_p.encoder.attn_layers.0: turn 5."""
    *parts, operation = name.strip("/").split("/")
    begin = next((index for index, part in enumerate(parts) if part in _PARTS), 0)
    turn = operation.rpartition("_")[2]
    return ".".join(parts[begin:]), int(turn) if turn.isdecimal() and turn.isascii() and len(turn) < 9 else 0
