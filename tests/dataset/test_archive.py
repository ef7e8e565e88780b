from __future__ import annotations

import errno
import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from coaxial.dataset.archive import ArchiveLimits, unpacked
from coaxial.domain.errors import StorageFailure, UnreadableSource, UnsafeArchive


def _archive(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def _unpack(path: Path, limits: ArchiveLimits | None = None) -> dict[str, bytes]:
    scratch = path.parent / "scratch"
    try:
        with unpacked(path, lambda _: True, scratch=scratch, limits=limits) as files:
            assert all(file.resolve().is_relative_to(scratch.resolve()) for file in files.values())
            return {name: file.read_bytes() for name, file in files.items()}
    finally:
        # Whatever happened, nothing may be left behind, here or beside it.
        assert list(scratch.iterdir()) == []
        assert {file.name for file in path.parent.iterdir()} == {path.name, "scratch"}


def test_every_entry_comes_out_as_it_went_in(tmp_path):
    entries = {"wavs/a.wav": bytes(range(256)) * 40, "metadata.csv": "a|Grüße\n".encode()}
    assert _unpack(_archive(tmp_path / "a.zip", entries)) == entries


def test_what_is_not_wanted_is_never_opened(tmp_path):
    path = _archive(tmp_path / "a.zip", {"a.wav": b"1", "inner.zip": b"2"})
    with unpacked(path, lambda name: name.endswith(".wav"), scratch=tmp_path / "s") as files:
        assert list(files) == ["a.wav"]


@pytest.mark.parametrize(
    "name",
    ["../evil.wav", "wavs/../../evil.wav", "/etc/evil.wav", "C:/evil.wav", "c:evil.wav", "..\\evil.wav", "\\\\host\\x"],
)
def test_a_name_that_leads_outside_is_refused(tmp_path, name):
    path = _archive(tmp_path / "a.zip", {"good.wav": b"1", name: b"2"})
    with pytest.raises(UnsafeArchive, match="outside"):
        _unpack(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path, kind):
    entry = zipfile.ZipInfo("a.wav")
    entry.external_attr = (kind | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(UnsafeArchive, match="link or a device"):
        _unpack(path)


def test_an_entry_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path):
    path = _archive(tmp_path / "a.zip", {"bomb.wav": bytes(20_000_000)})
    with pytest.raises(UnsafeArchive, match="unpacks to"):
        _unpack(path)


def test_a_small_silent_recording_is_no_bomb(tmp_path):
    path = _archive(tmp_path / "a.zip", {"silence.wav": bytes(2_000_000)})
    assert len(_unpack(path)["silence.wav"]) == 2_000_000


def test_a_bomb_that_lies_about_its_size_is_refused_too(tmp_path):
    path = _archive(tmp_path / "a.zip", {"bomb.wav": bytes(20_000_000)})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 1000)
    path.write_bytes(data)
    with pytest.raises((UnsafeArchive, UnreadableSource)):
        _unpack(path)


def test_limits_hold_for_the_number_of_entries_and_for_all_of_them_together(tmp_path):
    path = _archive(tmp_path / "a.zip", {f"{number}.wav": b"12345678" for number in range(20)})
    with pytest.raises(UnsafeArchive, match="20 entries"):
        _unpack(path, ArchiveLimits(entries=19))
    with pytest.raises(UnsafeArchive, match="unpacks to more"):
        _unpack(path, ArchiveLimits(total_bytes=100))
    with pytest.raises(UnsafeArchive, match="unpacks to more"):
        _unpack(path, ArchiveLimits(ratio=0, small_entry=100, small_archive=100))
    assert len(_unpack(path, ArchiveLimits(entries=20, total_bytes=160))) == 20


def test_an_encrypted_archive_is_named_so(tmp_path):
    path = _archive(tmp_path / "a.zip", {"a.wav": b"1"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match="encrypted"):
        _unpack(path)


def test_one_name_twice_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.wav", b"1")
        archive.writestr("a.wav", b"2")
    with pytest.raises(UnsafeArchive, match="two entries"):
        _unpack(path)


def test_what_macos_adds_is_left_out(tmp_path):
    entries = {"a.wav": b"1", "__MACOSX/._a.wav": b"2", ".DS_Store": b"3", "sub/._b.wav": b"4"}
    assert _unpack(_archive(tmp_path / "a.zip", entries)) == {"a.wav": b"1"}


def test_names_in_utf8_without_the_flag_and_in_code_page_437_are_read(tmp_path):
    path = _archive(tmp_path / "a.zip", {"Gruesse.wav": b"1", "Bxr.wav": b"2"})
    data = path.read_bytes().replace(b"Gruesse.wav", "Grüße.wav".encode()).replace(b"Bxr.wav", b"B\x84r.wav")
    path.write_bytes(data)
    assert set(_unpack(path)) == {"Grüße.wav", "Bär.wav"}


def test_names_no_file_system_takes_do_not_matter(tmp_path):
    names = {f"{'long' * 100}.wav": b"1", 'con:<>|?*".wav': b"2", "a/b\x07.wav": b"3", "A.wav": b"4", "a.wav": b"5"}
    assert set(_unpack(_archive(tmp_path / "a.zip", names)).values()) == set(names.values())


@pytest.mark.parametrize("cut", [0.2, 0.9])
def test_a_truncated_archive_is_refused_in_words(tmp_path, cut):
    path = _archive(tmp_path / "a.zip", {"a.wav": bytes(range(256)) * 100}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    with pytest.raises(UnreadableSource, match=r"a\.zip is damaged"):
        _unpack(path)


def test_damage_inside_an_entry_is_noticed(tmp_path):
    path = _archive(tmp_path / "a.zip", {"a.wav": bytes(range(256)) * 100}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match="damaged"):
        _unpack(path)


def test_text_that_calls_itself_a_zip_is_refused_in_words(tmp_path):
    path = tmp_path / "a.zip"
    path.write_text("Dear reader, this is no archive.")
    with pytest.raises(UnreadableSource):
        _unpack(path)


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = _archive(tmp_path / "a.zip", {"a.wav": b"1"})
    monkeypatch.setattr(zipfile.ZipExtFile, "read", full)
    with pytest.raises(StorageFailure, match="full"):
        _unpack(path)


def test_an_archive_with_a_program_in_front_is_read_from_its_end(tmp_path):
    # A self-extracting archive has a program in front of it; the format allows that.
    path = tmp_path / "a.zip"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.wav", b"1")
    path.write_bytes(b"#!/bin/sh\nexit\n" + inner.getvalue())
    assert _unpack(path) == {"a.wav": b"1"}
