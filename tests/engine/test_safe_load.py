from __future__ import annotations

import os
import pathlib
import pickle

import pytest
import torch

from coaxial.domain.errors import NotFound, UnreadableCheckpoint, UnsafeCheckpoint
from coaxial.engine.safe_load import load_checkpoint_file


class Planted:
    """Pickles as a command that makes a file when it is unpickled."""

    def __init__(self, target: pathlib.Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def test_an_old_checkpoint_with_paths_in_it_is_readable(tmp_path):
    path = tmp_path / "old.ckpt"
    torch.save({"state_dict": {"a": torch.ones(2)}, "hyper_parameters": {"dataset_dir": pathlib.PosixPath("/x")}}, path)
    contents = load_checkpoint_file(path)
    assert contents["state_dict"]["a"].tolist() == [1, 1]
    assert str(contents["hyper_parameters"]["dataset_dir"]) == "/x"


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_named_and_never_run(tmp_path, zipped):
    path, witness = tmp_path / "evil.ckpt", tmp_path / "witness"
    if zipped:
        torch.save({"state_dict": {}, "surprise": Planted(witness)}, path)
    else:
        path.write_bytes(pickle.dumps({"state_dict": {}, "surprise": Planted(witness)}))
    with pytest.raises(UnsafeCheckpoint, match="system"):
        load_checkpoint_file(path)
    assert not witness.exists()


@pytest.mark.parametrize("text", ["Dear diary, today I renamed a file.\n" * 100, "hello\n", "{}", "(((", "\x80\x02."])
def test_a_renamed_text_file_is_no_checkpoint(tmp_path, text):
    path = tmp_path / "notes.ckpt"
    path.write_text(text)
    with pytest.raises(UnreadableCheckpoint, match=r"notes\.ckpt (is not a checkpoint|holds no trained network)"):
        load_checkpoint_file(path)


@pytest.mark.parametrize("keep", [0, 2, 100, 5000])
def test_a_truncated_checkpoint_is_said_to_be_incomplete(tmp_path, keep):
    whole, path = tmp_path / "whole.ckpt", tmp_path / "cut.ckpt"
    torch.save({"state_dict": {"a": torch.ones(5000)}}, whole)
    path.write_bytes(whole.read_bytes()[:keep])
    with pytest.raises(UnreadableCheckpoint):
        load_checkpoint_file(path)


def test_a_file_without_a_network_is_refused(tmp_path):
    path = tmp_path / "other.ckpt"
    torch.save({"weights": torch.ones(3)}, path)
    with pytest.raises(UnreadableCheckpoint, match="state_dict"):
        load_checkpoint_file(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(NotFound):
        load_checkpoint_file(tmp_path / "none.ckpt")
