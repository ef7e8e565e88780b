"""Originals on disk: stored by content, never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import UnreadableAudio
from coaxial.store.originals import original_path, remove_original, sha256_of, store_original


def test_an_original_is_kept_byte_for_byte_under_its_hash(tmp_path: Path) -> None:
    source = tmp_path / "Take 1.WAV"
    source.write_bytes(b"RIFF" * 1000)
    sha256 = sha256_of(source)
    kept = store_original(tmp_path / "recordings", source, sha256)
    assert kept == tmp_path / "recordings" / sha256[:2] / f"{sha256}.wav"
    assert kept.read_bytes() == source.read_bytes()


def test_an_original_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(b"sound")
    kept = store_original(tmp_path / "recordings", source, sha256_of(source))
    before = kept.stat()
    assert store_original(tmp_path / "recordings", source, sha256_of(source)).stat() == before


def test_a_file_that_changes_while_it_is_imported_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(b"sound")
    sha256 = sha256_of(source)
    source.write_bytes(b"other")
    with pytest.raises(UnreadableAudio, match="changed while it was imported"):
        store_original(tmp_path / "recordings", source, sha256)
    assert [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()] == []


def test_removing_an_original_never_leaves_the_recordings_folder(tmp_path: Path) -> None:
    outside = tmp_path / "mine.wav"
    outside.write_bytes(b"sound")
    remove_original(tmp_path / "recordings", outside)
    assert outside.exists()
    kept = store_original(tmp_path / "recordings", outside, sha256_of(outside))
    remove_original(tmp_path / "recordings", kept)
    remove_original(tmp_path / "recordings", kept)
    assert not kept.parent.exists()
    assert original_path(tmp_path, Path("x.sh/../y"), "ab" * 32).suffix == ""
