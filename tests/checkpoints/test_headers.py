"""Tensors of a checkpoint, in either of torch's forms, told without torch and without running anything."""

from __future__ import annotations

import pathlib
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

from checkpoints.reading import values_of
from coaxial.checkpoints.headers import read_headers
from coaxial.checkpoints.tensors import TABLE
from torch_files import saved

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


@BOTH_FORMS
@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool]
)
def test_values_are_those_that_torch_reads(tmp_path, zipped, dtype):
    tensor = (1000 * torch.randn(31, 7)).to(dtype)
    headers = read_headers(saved(tmp_path / "a.ckpt", {"before": torch.ones(3), "a": tensor}, zipped))
    assert headers.state["a"].shape == (31, 7)
    assert f"torch.{headers.state['a'].dtype.name}" == str(dtype)
    expected = tensor.flatten()
    assert np.array_equal(values_of(headers, "a"), (expected.float() if dtype is torch.bfloat16 else expected).numpy())


@BOTH_FORMS
def test_a_large_tensor_comes_in_chunks_and_whole(tmp_path, zipped):
    tensor = torch.arange(3_000_001, dtype=torch.float32)
    headers = read_headers(saved(tmp_path / "a.ckpt", {"a": tensor}, zipped))
    with headers.values() as values:
        sizes = [chunk.nbytes for chunk in values.chunks(headers.state["a"])]
    assert max(sizes) <= 4 << 20
    assert sum(sizes) == 4 * 3_000_001
    assert np.array_equal(values_of(headers, "a"), tensor.numpy())


@BOTH_FORMS
def test_parts_of_one_storage_are_told_apart(tmp_path, zipped):
    whole = torch.randn(10, 6)
    headers = read_headers(saved(tmp_path / "a.ckpt", {"a": whole[:4], "b": whole[4:], "c": whole.t()}, zipped))
    assert np.array_equal(values_of(headers, "b"), whole[4:].flatten().numpy())
    assert headers.state["c"].shape == (6, 10)
    assert np.array_equal(values_of(headers, "c"), whole.flatten().numpy())  # in the order of the file


@BOTH_FORMS
def test_parameters_paths_and_sets_are_read_as_what_they_hold(tmp_path, zipped):
    more = {"path": pathlib.PosixPath("/home/me/x"), "set": {3}, "bytes": b"\x00\xff", "shape": torch.Size([2, 3])}
    network = torch.nn.Linear(2, 3)
    headers = read_headers(saved(tmp_path / "a.ckpt", dict(network.named_parameters()), zipped, more=more))
    assert headers.state["weight"].shape == (3, 2)
    found = headers.contents["more"]
    assert str(found["path"]) == "/home/me/x"
    assert (found["set"], found["bytes"], found["shape"]) == ([3], b"\x00\xff", (2, 3))


def test_the_state_of_a_module_has_its_tensors_and_none_of_its_metadata(tmp_path):
    network = torch.nn.utils.weight_norm(torch.nn.Conv1d(2, 3, 5))
    headers = read_headers(saved(tmp_path / "a.ckpt", network.state_dict()))
    assert {key: tensor.shape for key, tensor in headers.state.items()} == {
        key: tuple(tensor.shape) for key, tensor in network.state_dict().items()
    }


def test_values_of_a_big_endian_machine_are_turned_round(tmp_path):
    path, turned = saved(tmp_path / "a.ckpt", {"a": torch.tensor([1.0, -2.5])}), tmp_path / "turned.ckpt"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(turned, "w") as other:
        for name in archive.namelist():
            raw = archive.read(name)
            raw = b"big" if name.endswith("byteorder") else raw
            raw = struct.pack(">2f", *struct.unpack("<2f", raw)) if name.endswith("data/0") else raw
            other.writestr(name, raw)
    assert torch.load(turned, weights_only=True)["state_dict"]["a"].tolist() == [1.0, -2.5]
    assert values_of(read_headers(turned), "a").tolist() == [1.0, -2.5]


def test_torch_is_not_imported_to_read(tmp_path):
    path = saved(tmp_path / "a.ckpt", {"a": torch.ones(3)})
    program = (
        "import sys; from pathlib import Path; from coaxial.checkpoints.inspection import inspect_checkpoint;"
        f"inspect_checkpoint(Path({str(path)!r})); print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


def test_the_table_allows_nothing_that_torch_itself_would_not_but_paths():
    allowed = set(torch._weights_only_unpickler._get_allowed_globals())
    beyond = {name for name in TABLE if name not in allowed}
    assert beyond == {
        "pathlib.PosixPath",
        "pathlib.PurePosixPath",
        "pathlib.WindowsPath",
        "pathlib._local.PosixPath",
        "pathlib._local.WindowsPath",
    }
