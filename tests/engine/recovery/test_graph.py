"""Which weight belongs where, told from a graph without names, mixed, optimised, or of another network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest
import torch

from coaxial.domain.errors import BaseMismatch
from coaxial.engine.recovery.generator import recover_generator
from engine.recovery.again import X_LOW
from published_voices import describe, rewritten, shuffled, without_node_names, without_sharing, without_tensor_names


@pytest.mark.reference
@pytest.mark.parametrize("exported", ["ours", "theirs"])
def test_names_are_not_needed(exported: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    def strip(graph: Any) -> None:
        without_node_names(graph)
        without_tensor_names(graph)

    bare = rewritten(request.getfixturevalue(exported), tmp_path / "bare.onnx", strip)
    expected, got = request.getfixturevalue(f"of_{exported}"), recover_generator(bare).generator
    assert got.keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in got.items())


@pytest.mark.reference
def test_a_voice_that_the_runtime_optimised_comes_back(
    theirs: Path, of_theirs: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(theirs, options)
    assert len(onnx.load(tmp_path / "optimised.onnx").graph.node) < len(onnx.load(theirs).graph.node) / 2
    got = dict(recover_generator(describe(tmp_path / "optimised.onnx", X_LOW)).generator)
    # The runtime's exponential is not the last bit of ours.
    assert torch.allclose(got.pop("dp.flows.0.logs"), of_theirs["dp.flows.0.logs"], atol=1e-6)
    assert all(torch.equal(value, of_theirs[key]) for key, value in got.items())


@pytest.mark.reference
def test_scopes_serve_where_the_order_of_the_file_is_another(
    theirs: Path, of_theirs: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    got = recover_generator(rewritten(theirs, tmp_path / "mixed.onnx", shuffled)).generator
    assert all(torch.equal(value, of_theirs[key]) for key, value in got.items())


@pytest.mark.reference
def test_an_order_that_cannot_be_told_is_refused_and_not_guessed(theirs: Path, tmp_path: Path) -> None:
    def mix(graph: Any) -> None:
        shuffled(graph)
        without_node_names(graph)

    with pytest.raises(BaseMismatch, match="which weight belongs where cannot be told"):
        recover_generator(rewritten(theirs, tmp_path / "mixed.onnx", mix))


@pytest.mark.reference
def test_scopes_that_lie_are_noticed(theirs: Path, tmp_path: Path) -> None:
    def exchange(graph: Any) -> None:
        query, key = (
            next(node for node in graph.node if node.name == f"/enc_p/encoder/attn_layers.3/conv_{name}/Conv")
            for name in "qk"
        )
        query.name, key.name = key.name, query.name

    with pytest.raises(BaseMismatch, match="which weight belongs where cannot be told"):
        recover_generator(rewritten(theirs, tmp_path / "exchanged.onnx", exchange))


def test_another_function_of_the_same_weights_is_noticed(ours: Path, tmp_path: Path) -> None:
    def steepen(graph: Any) -> None:
        for node in graph.node:
            if node.op_type == "LeakyRelu" and node.attribute[0].f > 0.05:
                node.attribute[0].f = 0.3

    with pytest.raises(BaseMismatch, match="sounds different"):
        recover_generator(rewritten(ours, tmp_path / "steep.onnx", steepen))


def test_another_network_is_refused(tmp_path: Path) -> None:
    torch.onnx.export(torch.nn.Conv1d(3, 4, 5), (torch.ones(1, 3, 9),), tmp_path / "other.onnx", dynamo=False)
    with pytest.raises(BaseMismatch, match="not a network of one of Piper's tiers"):
        recover_generator(describe(tmp_path / "other.onnx", X_LOW))


def test_a_network_with_a_layer_less_is_refused_with_what_is_missing(ours: Path, tmp_path: Path) -> None:
    def cut(graph: Any) -> None:
        node = next(node for node in graph.node if node.name == "/enc_p/encoder/ffn_layers.5/conv_2/Conv")
        node.op_type, node.input[:] = "Identity", [node.input[0]]

    with pytest.raises(BaseMismatch, match="5 times a convolution of 96×384×3 and 96, where that has 6"):
        recover_generator(rewritten(ours, tmp_path / "cut.onnx", cut))


@pytest.mark.reference
def test_a_voice_rounded_to_8_bits_is_refused(theirs: Path, tmp_path: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    unshared = rewritten(theirs, tmp_path / "unshared.onnx", without_sharing)
    quantize_dynamic(unshared, tmp_path / "small.onnx", op_types_to_quantize=["Conv"])
    with pytest.raises(BaseMismatch, match="quantised"):
        recover_generator(describe(tmp_path / "small.onnx", X_LOW))
