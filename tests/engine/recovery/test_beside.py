"""Weights that lie in a file beside the voice, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

from coaxial.domain.errors import UnreadableVoice, UnsafeCheckpoint
from coaxial.engine.recovery.generator import recover_generator
from engine.recovery.again import X_LOW
from published_voices import describe


def test_weights_in_a_file_beside_the_voice_are_read(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    onnx.save(onnx.load(ours), tmp_path / "split.onnx", save_as_external_data=True, location="split.bin")
    assert (tmp_path / "split.onnx").stat().st_size < ours.stat().st_size / 2
    got = recover_generator(describe(tmp_path / "split.onnx", X_LOW)).generator
    assert all(torch.equal(value, got[key]) for key, value in of_ours.items())
    (tmp_path / "split.bin").write_bytes((tmp_path / "split.bin").read_bytes()[:-5000])
    with pytest.raises(UnreadableVoice, match=r"split\.onnx is damaged"):
        recover_generator(tmp_path / "split.onnx")
    (tmp_path / "split.bin").unlink()
    with pytest.raises(UnreadableVoice, match=r"split\.bin, which is not beside it"):
        recover_generator(tmp_path / "split.onnx")


@pytest.mark.parametrize("way", ["absolute", "upward", "link"])
def test_weights_are_read_from_no_other_folder(ours: Path, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "voice"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(1 << 20))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    location = {"absolute": str(tmp_path / "secret.bin"), "upward": "../secret.bin", "link": "link.bin"}[way]

    def point_outside(graph: Any) -> None:
        tensor = graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    model = onnx.load(ours)
    point_outside(model.graph)
    (folder / "voice.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UnsafeCheckpoint, match="outside its folder"):
        recover_generator(describe(folder / "voice.onnx", X_LOW))
