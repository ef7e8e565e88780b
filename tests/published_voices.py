"""Voices as others publish them: an `.onnx` with its `.onnx.json`, and what tools and exporters do to such a file."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from coaxial.domain.quality import NetworkShape
from coaxial.engine.export import export_onnx

Exporter = Callable[[Mapping[str, Tensor], NetworkShape, Path], None]


def publish(
    weights: Mapping[str, Tensor], shape: NetworkShape, path: Path, exporter: Exporter = export_onnx, **said: Any
) -> Path:
    """Write a voice's two files. said: what the JSON says in place of the truth; None leaves it out."""
    exporter(weights, shape, path)
    return describe(path, shape, **said)


def describe(path: Path, shape: NetworkShape, **said: Any) -> Path:
    """Write the JSON beside a voice."""
    truth = {
        "audio": {"sample_rate": shape.sample_rate, "quality": "whatever"},
        "num_symbols": shape.num_symbols,
        "num_speakers": shape.num_speakers,
    }
    path.with_name(f"{path.name}.json").write_text(
        json.dumps({key: value for key, value in {**truth, **said}.items() if value is not None}), encoding="utf-8"
    )
    return path


def rewritten(path: Path, target: Path, change: Callable[[Any], None]) -> Path:
    """A copy of a voice with its graph changed in place, and the same JSON."""
    model = onnx.load(path)
    change(model.graph)
    onnx.save(model, target)
    target.with_name(f"{target.name}.json").write_bytes(path.with_name(f"{path.name}.json").read_bytes())
    return target


def without_node_names(graph: Any) -> None:
    for node in graph.node:
        node.name = ""


def without_tensor_names(graph: Any) -> None:
    """Every stored tensor renamed to what exporters call a folded one."""
    new = {tensor.name: f"onnx::Any_{number}" for number, tensor in enumerate(graph.initializer)}
    for tensor in graph.initializer:
        tensor.name = new[tensor.name]
    for node in _all_nodes(graph):
        for index, name in enumerate(node.input):
            node.input[index] = new.get(name, name)


def _all_nodes(graph: Any) -> Any:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _all_nodes(attribute.g)


def shuffled(graph: Any, seed: int = 0) -> None:
    """The same graph with its nodes in another order that is allowed: each after what it reads."""
    chance = random.Random(seed)
    made_by = {output: index for index, node in enumerate(graph.node) for output in node.output}
    waits: list[set[int]] = []
    for node in graph.node:
        inner = [name for attribute in node.attribute for other in _all_nodes(attribute.g) for name in other.input]
        waits.append({made_by[name] for name in (*node.input, *inner) if name in made_by})
    readers: dict[int, list[int]] = {}
    for index, needed in enumerate(waits):
        for other in needed:
            readers.setdefault(other, []).append(index)
    ready = [index for index, needed in enumerate(waits) if not needed]
    order = []
    while ready:
        index = ready.pop(chance.randrange(len(ready)))
        order.append(index)
        for reader in readers.get(index, ()):
            waits[reader].discard(index)
            if not waits[reader]:
                ready.append(reader)
    nodes = [graph.node[index] for index in order]
    assert len(nodes) == len(graph.node)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def stored_in_half(graph: Any) -> None:
    """Weights in 16 bits, cast to 32 where they are read, as size-saving tools write."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            name = tensor.name
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half")
            tensor.CopyFrom(half)
            casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in graph.node]
    del graph.node[:]
    graph.node.extend([*casts, *nodes])


def without_sharing(graph: Any) -> None:
    """Every operation with a stored tensor of its own, where the exporter let equal ones share it."""
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "Identity" and node.input[0] in stored]:
        own = graph.initializer.add()
        own.CopyFrom(stored[node.input[0]])
        own.name = node.output[0]
        graph.node.remove(node)
