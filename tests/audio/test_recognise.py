"""A speech recogniser listens to recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.audio.recognise import hear, recogniser_of
from coaxial.domain.errors import UnreadableAudio


def test_it_is_there_for_english_alone() -> None:
    name = recogniser_of("en")
    assert name is not None and name.startswith("pocketsphinx ")
    assert recogniser_of("sv") is None


def test_it_understands_a_person_who_reads(speech: Path) -> None:
    (file,) = (speech / "kathleen").rglob("arctic_a0001_*.opus")
    heard = hear(file).split()
    assert {"author", "danger", "trail"} <= set(heard)


def test_what_is_no_sound_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "words.wav"
    file.write_text("no sound")
    with pytest.raises(UnreadableAudio, match=r"could not listen to words\.wav: .+"):
        hear(file)
