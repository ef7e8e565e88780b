"""Voices that stay loaded: once for all who ask, anew after an export, and no more than memory was given for."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest

from coaxial.domain.errors import NotFound, UnreadableVoice
from coaxial.voices.loaded import LoadedVoices
from coaxial.voices.package import staged

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)


@pytest.fixture
def voices(choir: Path, tmp_path: Path) -> list[Path]:
    """Three voices to spoil: their `.onnx` files."""
    for number in range(3):
        shutil.copytree(choir.parent, tmp_path / str(number))
    return [tmp_path / str(number) / choir.name for number in range(3)]


def test_a_voice_is_loaded_once_however_many_ask_at_that_moment(voices: list[Path]) -> None:
    loaded = LoadedVoices(1e9)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: loaded.voice(voices[0]), range(8)))
    assert len({id(voice) for voice in found}) == 1
    began = time.monotonic()
    assert loaded.voice(voices[0]) is found[0]
    assert time.monotonic() - began < 0.05


def test_a_voice_that_was_exported_anew_is_loaded_anew(voices: list[Path]) -> None:
    loaded = LoadedVoices(1e9)
    before = loaded.voice(voices[0])
    with staged(voices[0].parent, NOW) as folder:
        shutil.copytree(voices[1].parent, folder, dirs_exist_ok=True, copy_function=shutil.copy)
    assert loaded.voice(voices[0]) is not before
    assert len(loaded) == 1


def test_the_longest_unused_go_where_memory_ends_and_the_last_one_stays(voices: list[Path]) -> None:
    size = voices[0].stat().st_size
    loaded = LoadedVoices(2.5 * 1.5 * size)
    first, second = loaded.voice(voices[0]), loaded.voice(voices[1])
    assert loaded.voice(voices[0]) is first
    loaded.voice(voices[2])
    assert len(loaded) == 2
    assert loaded.voice(voices[0]) is first
    assert loaded.voice(voices[1]) is not second
    small = LoadedVoices(1)
    assert small.voice(voices[0]) is small.voice(voices[0])


def test_a_voice_that_cannot_be_loaded_is_told_to_all_and_tried_again_when_it_was_mended(voices: list[Path]) -> None:
    loaded = LoadedVoices(1e9)
    good = voices[0].read_bytes()
    voices[0].write_bytes(b"not a model")
    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(loaded.voice, voices[0]) for _ in range(4)]:
            with pytest.raises(UnreadableVoice):
                future.result()
    assert len(loaded) == 0
    voices[0].write_bytes(good)
    assert loaded.voice(voices[0]).sample_rate == 16000
    with pytest.raises(NotFound):
        loaded.voice(voices[0].with_name("other.onnx"))


def test_a_voice_that_is_deleted_is_not_spoken_with_from_memory(voices: list[Path]) -> None:
    loaded = LoadedVoices(1e9)
    loaded.voice(voices[0])
    voices[0].unlink()
    with pytest.raises(NotFound):
        loaded.voice(voices[0])
