"""Files of strangers: whatever is in them, there is an answer or a sentence, and nothing of it is run."""

from __future__ import annotations

import os
import pickletools
import subprocess
import sys
import zipfile

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaxial.checkpoints.inspection import Inspection, inspect_checkpoint
from coaxial.domain.errors import CoaxialError, NotFound, UnsafeCheckpoint
from coaxial.domain.quality import Quality
from old_checkpoints import old_hyper_parameters
from torch_files import planted, with_network, wrap

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for name in ("none.ckpt", "none.onnx"):
        with pytest.raises(NotFound, match=name):
            inspect_checkpoint(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users as POSIX has them")
def test_a_file_that_may_not_be_read_is_said_to_be_so(tmp_path):
    path = tmp_path / "old.ckpt"
    small_checkpoint(path)
    path.chmod(0)
    program = (
        "import os, sys; from pathlib import Path; from coaxial.checkpoints.inspection import inspect_checkpoint\n"
        "from coaxial.domain.errors import CoaxialError\n"
        "os.chdir(Path(sys.argv[1]).parent); os.getuid() or os.setuid(65534)  # root may read everything\n"
        "try: inspect_checkpoint(Path(sys.argv[1]).relative_to(Path.cwd()))\n"
        "except CoaxialError as error: print(error)"
    )
    tmp_path.chmod(0o755)
    said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert "old.ckpt could not be read: Permission denied" in said.stdout + said.stderr


def small_checkpoint(path, zipped=True):
    state = {"model_g.enc_p.emb.weight": torch.randn(4, 3), "model_g.dec.conv_pre.weight": torch.randn(2, 3, 2)}
    contents = {
        "epoch": 3,
        "state_dict": state,
        "optimizer_states": [{"state": {0: {"step": torch.tensor(3.0)}}}],
        "hyper_parameters": old_hyper_parameters(Quality.X_LOW, 1),
    }
    torch.save(contents, path, _use_new_zipfile_serialization=zipped)
    return path.read_bytes()


def inspect_anything(path, raw):
    """Inspect a file's bytes: there is an answer or a sentence, and nothing new in its folder."""
    path.write_bytes(raw)
    before = sorted(path.parent.iterdir())
    try:
        assert isinstance(inspect_checkpoint(path), Inspection)
    except CoaxialError as error:
        assert len(str(error)) < 400
    assert sorted(path.parent.iterdir()) == before


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A folder with small checkpoints: `zip`, `legacy`, and the pickle of the first as `pickle`."""
    folder = tmp_path_factory.mktemp("fuzzed")
    small_checkpoint(folder / "zip")
    small_checkpoint(folder / "legacy", zipped=False)
    with zipfile.ZipFile(folder / "zip") as archive:
        (folder / "pickle").write_bytes(archive.read("zip/data.pkl"))
    return folder


many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


OPCODES = [opcode.code.encode("latin1") for opcode in pickletools.opcodes]


changes = st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 255)), min_size=1, max_size=12)


def changed(raw, flips):
    raw = bytearray(raw)
    for place, difference in flips:
        raw[place % len(raw)] ^= difference
    return bytes(raw)


@BOTH_FORMS
@many
@given(flips=changes)
def test_changed_bytes_end_in_an_answer_or_a_sentence(fuzzed, zipped, flips):
    inspect_anything(fuzzed / "a.ckpt", changed((fuzzed / ("zip" if zipped else "legacy")).read_bytes(), flips))


@many
@given(flips=changes)
def test_changed_bytes_in_a_pickle_whose_checksum_fits_do_so_too(fuzzed, flips):
    path = wrap(fuzzed / "b.ckpt", changed((fuzzed / "pickle").read_bytes(), flips), zipped=True, values=bytes(48))
    inspect_anything(path, path.read_bytes())


@many
@given(opcodes=st.lists(st.one_of(st.binary(max_size=6), st.sampled_from(OPCODES)), max_size=60))
def test_any_opcodes_do_so_too(fuzzed, opcodes):
    path = wrap(fuzzed / "c.ckpt", with_network(b"".join(opcodes)), zipped=True, values=bytes(48))
    inspect_anything(path, path.read_bytes())


@many
@given(raw=st.binary(max_size=40))
def test_any_bytes_of_a_voice_do_so_too(fuzzed, raw):
    inspect_anything(fuzzed / "d.onnx", raw)


@BOTH_FORMS
def test_an_unsafe_checkpoint_is_refused_and_not_run(tmp_path, zipped):
    payload, name = planted(f"touch {tmp_path / 'witness'}")["GLOBAL"]
    with pytest.raises(UnsafeCheckpoint, match=name):
        inspect_checkpoint(wrap(tmp_path / "evil.ckpt", with_network(payload), zipped=zipped))
    assert not (tmp_path / "witness").exists()
