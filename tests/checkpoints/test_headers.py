from __future__ import annotations

import io
import pathlib
import pickle
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from coaxial.checkpoints.headers import read_headers
from coaxial.checkpoints.tensors import TABLE
from coaxial.checkpoints.unpickling import StoredPath
from coaxial.domain.errors import CoaxialError, NotFound, UnreadableCheckpoint, UnsafeCheckpoint
from torch_files import planted, text, with_network, wrap

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
HARMFUL = list(planted("true"))


def saved(path, state, zipped=True, **more):
    torch.save({"state_dict": state, **more}, path, _use_new_zipfile_serialization=zipped)
    return path


def values_of(headers, name):
    with headers.values() as values:
        return np.concatenate([chunk.copy() for chunk in values.chunks(headers.state[name])])


def appears(witness, seconds=5.0):
    """Whether a file comes to be; what was started to make it may take a moment."""
    end = time.monotonic() + seconds
    while not witness.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return witness.exists()


# What is read


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


# What is refused: code


@pytest.mark.parametrize("way", HARMFUL)
def test_what_is_planted_does_harm_where_it_is_unpickled(tmp_path, way):
    """Else the tests below would prove nothing."""
    payload, _ = planted(f"touch {tmp_path / 'witness'}")[way]
    pickle.loads(with_network(payload))
    assert appears(tmp_path / "witness")


@BOTH_FORMS
@pytest.mark.parametrize("way", HARMFUL)
def test_code_is_named_and_never_run(tmp_path, zipped, way):
    payload, name = planted(f"touch {tmp_path / 'witness'}")[way]
    path = wrap(tmp_path / "evil.ckpt", with_network(payload), zipped=zipped)
    with pytest.raises(UnsafeCheckpoint, match=rf"evil\.ckpt wants to run code .*\({name}\); nothing of it was run"):
        read_headers(path)
    assert not appears(tmp_path / "witness", seconds=0.05)


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_code_in_the_pickles_around_the_legacy_contents_is_named_too(tmp_path, place):
    payload, _ = planted(f"touch {tmp_path / 'witness'}")["GLOBAL"]
    parts = [pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {}, {"state_dict": {}}, [])]
    parts[place] = b"\x80\x02" + payload + b"."
    path = tmp_path / "evil.ckpt"
    path.write_bytes(b"".join(parts))
    with pytest.raises(UnsafeCheckpoint, match=r"os\.system"):
        read_headers(path)
    assert not appears(tmp_path / "witness", seconds=0.05)


@pytest.mark.parametrize("name", ["numpy.load", "argparse.Namespace", "torch.load", "builtins.getattr", "pathlib.Path"])
def test_whatever_else_is_named_is_refused(tmp_path, name):
    module, _, word = name.rpartition(".")
    path = wrap(tmp_path / "a.ckpt", with_network(f"c{module}\n{word}\n".encode()), zipped=True)
    with pytest.raises(UnsafeCheckpoint, match=name):
        read_headers(path)


def test_a_name_that_would_paint_on_the_terminal_is_made_harmless(tmp_path):
    name = b"\x8c\x02os" + b"\x8c\x06\x1b[2Jhi" + b"\x93"
    with pytest.raises(UnsafeCheckpoint) as caught:
        read_headers(wrap(tmp_path / "a.ckpt", with_network(name), zipped=True))
    assert "os.?[2Jhi" in str(caught.value)


@pytest.mark.parametrize("code", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"], ids=["EXT1", "EXT2", "EXT4"])
def test_the_registry_of_extensions_is_never_asked(tmp_path, code):
    import copyreg

    copyreg.add_extension("os", "system", 1)
    try:
        with pytest.raises(UnreadableCheckpoint, match="EXT"):
            read_headers(wrap(tmp_path / "a.ckpt", with_network(code), zipped=True))
    finally:
        copyreg.remove_extension("os", "system", 1)


# What is refused: files that are made to exhaust a machine, and damaged ones


def sentence(path):
    """What the reader says of a file it refuses, having taken little memory and time for it."""
    tracemalloc.start()
    start = time.monotonic()
    try:
        with pytest.raises(CoaxialError) as caught:
            assert read_headers(path).state is None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 60e6
    assert time.monotonic() - start < 60
    return str(caught.value)


def storage_pickle(elements, shape, stride, offset=0):
    """The pickle of a state with one tensor of a storage `0` of float32."""

    def number(value):
        raw = value.to_bytes(9, "little", signed=True)
        return b"\x8a" + bytes([len(raw)]) + raw

    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(elements) + b"tQ"
    size = b"(" + b"".join(map(number, shape)) + b"t(" + b"".join(map(number, stride)) + b"t"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + size + b"\x89NtR"
    return b"\x80\x02}" + text("state_dict") + b"}" + text("a") + tensor + b"ss."


def test_a_tensor_made_by_hand_is_read(tmp_path):
    """Else the tests below would prove nothing."""
    path = wrap(tmp_path / "a.ckpt", storage_pickle(6, (2, 3), (3, 1)), zipped=True, values=bytes(24))
    assert read_headers(path).state["a"].elements == 6
    assert torch.load(path, weights_only=True)["state_dict"]["a"].shape == (2, 3)


@pytest.mark.parametrize(
    ("elements", "shape", "stride", "offset"),
    [
        (7, (2, 3), (3, 1), 0),  # a storage longer than its bytes
        (6, (2, 4), (3, 1), 0),  # a tensor longer than its storage
        (6, (2, 3), (3, 1), 1),
        (6, (2, 3), (3, 1), -1),
        (6, (2, 3), (-3, 1), 3),
        (6, (1 << 40, 1 << 40), (0, 0), 0),  # one value, shown 2^80 times
        (6, (2, 3), (0, 1), 0),
        (6, (1 << 70,), (1,), 0),
        (6, (1,) * 1000, (1,) * 1000, 0),
        (1 << 62, (2, 3), (3, 1), 0),
    ],
)
def test_tensors_that_are_not_in_the_file_are_refused(tmp_path, elements, shape, stride, offset):
    pickled = storage_pickle(elements, shape, stride, offset)
    path = wrap(tmp_path / "a.ckpt", pickled, zipped=True, values=bytes(24))
    assert "a.ckpt is damaged" in sentence(path)


def test_a_storage_that_is_not_there_is_missed(tmp_path):
    path = tmp_path / "a.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", storage_pickle(6, (2, 3), (3, 1)))
    assert "values of its tensors are missing" in sentence(path)


def test_compressed_parts_are_refused(tmp_path):
    path = tmp_path / "a.ckpt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    assert "compressed" in sentence(path)


def test_parts_that_lie_over_each_other_are_refused(tmp_path):
    path = tmp_path / "a.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", storage_pickle(6, (2, 3), (3, 1)))
        archive.writestr("archive/data/0", bytes(24))
        archive.writestr("archive/data/1", bytes(24))
        archive.infolist()[2].header_offset = archive.infolist()[1].header_offset
    assert "lie over each other" in sentence(path)


def test_a_part_that_says_less_of_itself_than_the_table_of_contents_is_refused(tmp_path):
    path = saved(tmp_path / "a.ckpt", {"a": torch.ones(3)})
    raw = bytearray(path.read_bytes())
    entry = raw.index(b"a/data/0") - 30
    raw[entry + 26 : entry + 30] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    with pytest.raises(UnreadableCheckpoint, match="table of contents"):
        values_of(read_headers(path), "a")


def test_a_table_of_contents_of_two_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "a.ckpt"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.seek(2_100_000_000)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2_000_000_000, 4, 0))
    assert "table of contents is too long" in sentence(path)


def test_a_pickle_longer_than_any_checkpoints_is_not_read(tmp_path):
    path = wrap(tmp_path / "a.ckpt", bytes(17 << 20), zipped=True)
    assert "longer than that of any checkpoint" in sentence(path)


def test_a_pickle_of_more_steps_than_any_checkpoints_is_given_up(tmp_path):
    path = wrap(tmp_path / "a.ckpt", b"\x80\x02" + b"N0" * 1_100_000 + b".", zipped=True)
    assert "far more than a checkpoint has" in sentence(path)


def nested(depth):
    """A tuple of the tuple below it, twice; Python would take 2^depth steps to hash it."""
    return b"N" + b"q\x01h\x01\x86" * depth


@pytest.mark.parametrize(
    "payload",
    [
        b"}" + nested(200) + b"Ns",  # hashed as a key
        b"}(" + b"N" * 100_000 + b"tNs",
        b"}]Ns",
        b"\x96" + (1 << 40).to_bytes(8, "little"),  # a bytearray of a terabyte
        b"\x8d" + (1 << 40).to_bytes(8, "little"),
        b"cbuiltins\nbytearray\n\x8a\x05\x00\x00\x00\x00\x01\x85R" + b"}]Ns",
        b"]" * 5 + b"R",
        b"}R",
        b"h\x09",
        b"0" * 50,
        b"Q",
        text("x") + b"Q",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"cpathlib\nPosixPath\n(" + text("x") * 1000 + b"tR",
    ],
)
def test_pickles_made_to_confuse_end_in_a_sentence(tmp_path, payload):
    assert "a.ckpt is damaged" in sentence(wrap(tmp_path / "a.ckpt", with_network(payload), zipped=True))


def test_numbers_of_the_memo_take_no_memory(tmp_path):
    """Python's own unpickler (3.11) allocates a table up to the highest one: 64 GB."""
    path = wrap(tmp_path / "a.ckpt", with_network(b"Nr\xff\xff\xff\xff"), zipped=True)
    tracemalloc.start()
    contents = read_headers(path).contents
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()
    assert contents["surprise"] is None


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
