"""What espeak-ng inside piper-tts can speak, read from its own data files.

The files are those of espeak-ng's `espeak-ng-data/lang` (docs/voices.md in its repository); the folder is found
without importing piper, which would load onnxruntime.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coaxial.domain.errors import NotFound

_DEFAULT_PRIORITY = 5


@dataclass(frozen=True)
class EspeakVoice:
    """One way to speak a language."""

    name: str
    """What piper's configuration calls it, such as en-gb-x-rp."""
    title: str
    """English name, such as English (Received Pronunciation)."""
    languages: tuple[tuple[str, int], ...]
    """Lower-case tags it declares, each with its priority: the lowest number suits the tag best."""
    group: str
    """ISO 639-5 code of the family espeak-ng files it under, such as roa for the Romance languages; may be empty."""


@cache
def espeak_voices() -> dict[str, EspeakVoice]:
    """All voices that can really speak, by name. Raises: NotFound where piper-tts is not installed."""
    data = _data_folder()
    voices = {}
    for file in sorted((data / "lang").rglob("*")):
        if file.is_file():
            voice, dictionary = _parse(file, group=file.parent.name if file.parent != data / "lang" else "")
            # Without its pronunciation dictionary espeak-ng accepts the voice and then says nothing.
            if (data / f"{dictionary}_dict").is_file():
                voices[voice.name] = voice
    return voices


def _data_folder() -> Path:
    spec = importlib.util.find_spec("piper")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "espeak-ng-data"
        if (folder / "lang").is_dir():
            return folder
    raise NotFound(
        "The pronunciation data of piper-tts was not found, so no text can be turned into phonemes.",
        remedy="Install it again: pip install --force-reinstall piper-tts",
    )


def _parse(file: Path, group: str) -> tuple[EspeakVoice, str]:
    name = file.name.lower()
    title, dictionary = name, name.split("-")[0]
    languages: list[tuple[str, int]] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split("//")[0].split()
        if len(words) < 2:
            continue
        if words[0] == "name":
            title = " ".join(words[1:])
        elif words[0] == "dictionary":
            dictionary = words[1]
        elif words[0] == "language":
            priority = int(words[2]) if len(words) > 2 and words[2].isdigit() else _DEFAULT_PRIORITY
            languages.append((words[1].lower(), priority))
    return EspeakVoice(name, title, tuple(languages), group), dictionary
