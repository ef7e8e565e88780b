"""Telling what kind of audio a file is by its first bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio.encoding import encode, tone
from coaxial.audio.file_kinds import kind_of_bytes, kind_of_file


@pytest.mark.parametrize(
    ("name", "codec", "suffix", "media_type", "plays"),
    [
        ("a.wav", "pcm_s16le", ".wav", "audio/wav", True),
        ("a.flac", "flac", ".flac", "audio/flac", True),
        ("a.opus", "libopus", ".opus", "audio/ogg", True),
        ("a.mp3", "libmp3lame", ".mp3", "audio/mpeg", True),
        ("a.m4a", "aac", ".m4a", "audio/mp4", True),
        ("a.webm", "libopus", ".webm", "audio/webm", True),
        ("a.aiff", "pcm_s24be", ".aiff", "audio/aiff", False),
        ("a.caf", "pcm_s16be", ".caf", "audio/x-caf", False),
        ("a.au", "pcm_s16be", ".au", "audio/basic", False),
        ("a.w64", "pcm_s16le", ".w64", "audio/x-w64", False),
        ("a.aac", "aac", ".aac", "audio/aac", True),
    ],
)
def test_a_file_is_known_by_its_content_whatever_its_name(
    tmp_path: Path, name: str, codec: str, suffix: str, media_type: str, plays: bool
) -> None:
    container = {"aac": "adts", "opus": "ogg"}.get(name[2:])
    file = encode(tmp_path / name, tone(0.5, 48000), 48000, codec, container=container)
    assert tuple(kind_of_file(file.rename(tmp_path / "letter.txt"))) == (suffix, media_type, plays)


@pytest.mark.parametrize("content", [b"", b"\xff", b"RIFF", b"a letter to my aunt", bytes(64)])
def test_what_is_no_audio_has_no_kind(content: bytes) -> None:
    assert kind_of_bytes(content).suffix == ""
