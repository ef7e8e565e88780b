from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.numpy_helper import to_array

from coaxial.audio.onnx_weights import node_weights

DATA = Path(find_spec("silero_vad").origin).parent / "data"


def as_onnx_reads(path: Path) -> list[tuple[str, list[np.ndarray]]]:
    graph = onnx.load(str(path)).graph
    stored = {one.name: to_array(one) for one in graph.initializer}
    return [(node.op_type, [stored[name] for name in node.input if name in stored]) for node in graph.node]


def test_every_node_has_the_weights_that_onnx_reads():
    path = DATA / "silero_vad_16k_sequence.onnx"
    found, expected = node_weights(path), as_onnx_reads(path)
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    for (_, ours), (_, theirs) in zip(found, expected, strict=True):
        assert len(ours) == len(theirs)
        assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert sum(len(weights) for _, weights in found) == 14


def test_a_file_that_is_cut_off_is_not_read_as_whole(tmp_path):
    (tmp_path / "cut.onnx").write_bytes((DATA / "silero_vad_16k_sequence.onnx").read_bytes()[:-1000])
    with pytest.raises((ValueError, IndexError)):
        node_weights(tmp_path / "cut.onnx")
