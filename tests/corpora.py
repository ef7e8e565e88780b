"""Corpora that tests make out of the robot's, and what they look for in the store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.store import open_store


def part_of(corpus: Path, folder: Path, rows: Mapping[str, str]) -> Path:
    """A folder with some of a corpus's clips: name in the new table (with speaker, if any) to name in the corpus."""
    wavs = folder / "wavs"
    shutil.rmtree(folder, ignore_errors=True)
    wavs.mkdir(parents=True)
    texts = dict(line.split("|") for line in (corpus / "metadata.csv").read_text(encoding="utf-8").splitlines())
    lines = []
    for row, clip in rows.items():
        name, *speaker = row.split("|")
        shutil.copyfile(corpus / "wavs" / f"{clip}.wav", wavs / f"{name}.wav")
        lines.append("|".join([name, *speaker, texts[clip]]) + "\n")
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def contents(settings: Settings) -> list[tuple[object, ...]]:
    """Everything the store knows about recordings that a second import could spoil."""
    with open_store(settings) as store:
        rows = store.recordings(kept_only=False)
    facts = ["profile", "prompt_list", "position", "text", "speaker", "sha256", "source", "state", "measures"]
    return [
        (*(getattr(one, fact) for fact in facts), one.file.relative_to(settings.data_dir).as_posix()) for one in rows
    ]


class Recorder(Silent):
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.totals: dict[str, float | None] = {}
        self.said: list[str] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.totals[name] = total

    def say(self, sentence: str) -> None:
        self.said.append(sentence)
