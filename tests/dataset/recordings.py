"""Recordings to prepare, made from an LJSpeech folder as an import would."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from coaxial.audio.measure import Measures, measure
from coaxial.dataset.prepare import Selected, prepare
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent


def recordings_of(corpus: Path, clips: int | None = None) -> list[Selected]:
    """The first clips of a corpus, measured."""
    rows = [line.split("|") for line in (corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()][:clips]
    paths = [corpus / "wavs" / f"{Path(name).stem}.wav" for name, _ in rows]
    return [select(path, text) for path, (_, text) in zip(paths, rows, strict=True)]


def select(audio: Path, text: str, speaker: str = "robot", id: str | None = None) -> Selected:
    """A measured recording."""
    (found,) = measure([audio])
    assert isinstance(found, Measures), found
    digest = hashlib.sha256(audio.read_bytes()).hexdigest()
    start, end = found.speech_start or 0.0, found.speech_end or found.seconds
    return Selected(id or audio.stem, audio, digest, text, speaker, start, end)


def prepare_into(folder: Path, recordings: list[Selected], **changes: Any) -> PreparedDataset:
    """prepare with the settings of these tests."""
    settings: dict[str, Any] = {
        "name": "robot",
        "datasets_folder": folder / "datasets",
        "clips_folder": folder / "clips",
        "language": "en-US",
        "espeak_voice": "en-us",
        "options": PrepareOptions(),
        "processes": 1,
        "progress": Silent(),
    }
    return prepare(recordings, **(settings | changes))


def products(folder: Path) -> dict[str, tuple[int, int]]:
    """inode and time of change of every cached clip file."""
    files = (folder / "clips").glob("*/*")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


class Log(Silent):
    """A Progress that remembers how much was to be done and was done."""

    def __init__(self) -> None:
        self.total, self.done, self.said = 0.0, 0.0, ""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.total = total or 0

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount

    def say(self, sentence: str) -> None:
        self.said += sentence
