"""Checkpoints made by hand to exhaust a machine or to confuse a reader: refused in little memory and time."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile

import pytest
import torch

from checkpoints.reading import sentence, values_of
from coaxial.checkpoints.headers import read_headers
from coaxial.domain.errors import UnreadableCheckpoint
from torch_files import saved, text, with_network, wrap


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
