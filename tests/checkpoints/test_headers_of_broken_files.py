"""Checkpoints that are cut off, and files of other kinds: told for what they are."""

from __future__ import annotations

import io
import pathlib
import pickle
import zipfile

import pytest
import torch

from checkpoints.reading import sentence, values_of
from coaxial.checkpoints.headers import read_headers
from coaxial.checkpoints.unpickling import StoredPath
from coaxial.domain.errors import NotFound, UnreadableCheckpoint
from torch_files import saved

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


@BOTH_FORMS
def test_a_truncated_checkpoint_is_said_to_be_incomplete_wherever_it_ends(tmp_path, zipped):
    whole = saved(tmp_path / "a.ckpt", {"a": torch.randn(50), "b": torch.randn(20, 3)}, zipped).read_bytes()
    path = tmp_path / "cut.ckpt"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreadableCheckpoint, match=r"cut\.ckpt is (damaged or incomplete|not a checkpoint): "):
            read_headers(path)


@BOTH_FORMS
def test_a_file_that_is_cut_after_it_was_opened_is_noticed(tmp_path, zipped):
    path = saved(tmp_path / "a.ckpt", {"a": torch.randn(500_000)}, zipped)
    headers = read_headers(path)
    path.write_bytes(path.read_bytes()[:1_000_000])
    with pytest.raises(UnreadableCheckpoint, match="ends before its tensors do"):
        values_of(headers, "a")


def test_files_of_other_kinds_are_told(tmp_path):
    (tmp_path / "text.ckpt").write_text("Dear diary, today I renamed a file.\n" * 100)
    assert "is not a checkpoint" in sentence(tmp_path / "text.ckpt")
    (tmp_path / "empty.ckpt").touch()
    assert "is not a checkpoint" in sentence(tmp_path / "empty.ckpt")
    with zipfile.ZipFile(tmp_path / "photos.ckpt", "w") as archive:
        archive.writestr("photos/1.jpg", b"x")
    assert "is not a checkpoint" in sentence(tmp_path / "photos.ckpt")
    (tmp_path / "plain.ckpt").write_bytes(pickle.dumps({"state_dict": {}}))
    assert "is not a checkpoint" in sentence(tmp_path / "plain.ckpt")
    torch.save({"weights": torch.ones(3)}, tmp_path / "bare.ckpt")
    assert "no state_dict" in sentence(tmp_path / "bare.ckpt")
    torch.save([1, 2], tmp_path / "list.ckpt")
    assert "no state_dict" in sentence(tmp_path / "list.ckpt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), tmp_path / "program.ckpt")
    assert "TorchScript" in sentence(tmp_path / "program.ckpt")
    with pytest.raises(NotFound):
        read_headers(tmp_path / "none.ckpt")
    with pytest.raises(NotFound):
        read_headers(tmp_path)


def test_a_file_that_torch_cannot_read_safely_is_not_said_to_be_readable(tmp_path):
    path, raw = tmp_path / "a.ckpt", io.BytesIO()
    torch.save({"state_dict": {"a": torch.ones(3)}}, raw, pickle_protocol=4)
    path.write_bytes(raw.getvalue())
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    assert "in a form that torch does not read safely" in sentence(path)


def test_names_of_tensors_that_are_no_words_are_refused(tmp_path):
    assert "names that are no words" in sentence(saved(tmp_path / "a.ckpt", {"\x1b[2J": torch.ones(3)}))
    assert isinstance(read_headers(saved(tmp_path / "b.ckpt", {}, p=pathlib.PosixPath("a"))).contents["p"], StoredPath)
