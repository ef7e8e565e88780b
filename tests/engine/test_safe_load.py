from __future__ import annotations

import pathlib
import pickle

import pytest
import torch

from coaxial.domain.errors import NotFound, UnreadableCheckpoint, UnsafeCheckpoint
from coaxial.engine.safe_load import load_checkpoint_file
from old_checkpoints import write_old_checkpoint
from torch_files import planted, with_network, wrap


def test_an_old_checkpoint_with_paths_in_it_is_readable(tmp_path):
    path = tmp_path / "old.ckpt"
    torch.save({"state_dict": {"a": torch.ones(2)}, "hyper_parameters": {"dataset_dir": pathlib.PosixPath("/x")}}, path)
    contents = load_checkpoint_file(path)
    assert contents["state_dict"]["a"].tolist() == [1, 1]
    assert str(contents["hyper_parameters"]["dataset_dir"]) == "/x"


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("way", planted("true"))
def test_code_in_a_checkpoint_is_named_and_never_run(tmp_path, zipped, way):
    payload, name = planted(f"touch {tmp_path / 'witness'}")[way]
    path = wrap(tmp_path / "evil.ckpt", with_network(payload), zipped=zipped)
    with pytest.raises(UnsafeCheckpoint, match=rf"evil\.ckpt wants to run code when it is opened \({name}\)"):
        load_checkpoint_file(path)
    assert not (tmp_path / "witness").exists()


def test_code_in_a_plain_pickle_is_named_too(tmp_path):
    payload, _ = planted(f"touch {tmp_path / 'witness'}")["GLOBAL"]
    (tmp_path / "evil.ckpt").write_bytes(with_network(payload))
    with pytest.raises(UnsafeCheckpoint, match=r"os\.system"):
        load_checkpoint_file(tmp_path / "evil.ckpt")
    assert not (tmp_path / "witness").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_old_checkpoint_is_read_as_torch_would_read_it_unsafely(tmp_path, zipped):
    path = write_old_checkpoint(tmp_path / "old.ckpt", zipped=zipped)
    contents, unsafe = load_checkpoint_file(path), torch.load(path, weights_only=False)
    assert contents["state_dict"].keys() == unsafe["state_dict"].keys()
    assert all(torch.equal(value, unsafe["state_dict"][key]) for key, value in contents["state_dict"].items())
    settings, expected = contents["hyper_parameters"], unsafe["hyper_parameters"]
    assert settings.keys() == expected.keys()
    assert all(settings[key] == value for key, value in expected.items() if "dir" not in key and key != "dataset")
    assert str(settings["dataset_dir"]) == str(expected["dataset_dir"])


def test_torchs_advice_to_read_a_file_unsafely_is_not_passed_on(tmp_path):
    path = wrap(tmp_path / "odd.ckpt", with_network(b"]Nb"), zipped=True)
    with pytest.raises(pickle.UnpicklingError, match="weights_only"):
        torch.load(path, weights_only=True)
    with pytest.raises(UnreadableCheckpoint) as caught:
        load_checkpoint_file(path)
    assert "weights_only" not in str(caught.value)


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
