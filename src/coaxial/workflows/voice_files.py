"""The files of a voice, to look at and to take home. A name from outside is looked up among them, never joined."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coaxial.domain.errors import InUse, NotFound
from coaxial.domain.files import file_status
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import VoiceRecord
from coaxial.voices.archive import FolderArchive

_LOOKS = 5


@dataclass(frozen=True)
class VoiceFile:
    """A file of a voice."""

    name: str
    """Below the voice's folder, such as samples/1.wav."""
    size: int
    """Bytes."""
    path: Path


@dataclass(frozen=True)
class Sample:
    """A sentence that the voice spoke when it was exported."""

    file: str
    text: str


@dataclass(frozen=True)
class VoiceDetails:
    """A voice with what its files say; what of them is missing or damaged is empty here."""

    record: VoiceRecord
    files: Sequence[VoiceFile]
    config: Mapping[str, Any]
    """Its `.onnx.json`."""
    card: Mapping[str, Any]
    """Its `card.json`; empty for a voice that was exported before there was one."""
    card_markdown: str
    samples: Sequence[Sample]

    @property
    def can_speak(self) -> bool:
        """Whether both files that Piper needs are there."""
        names = {file.name for file in self.files}
        return {self.record.onnx.name, f"{self.record.onnx.name}.json"} <= names

    @property
    def sample_rate(self) -> int | None:
        """Hz."""
        audio = self.config.get("audio")
        rate = audio.get("sample_rate") if isinstance(audio, dict) else None
        return rate if isinstance(rate, int) else None

    @property
    def speakers(self) -> Sequence[str]:
        """Names, in the order of their numbers; none for a voice of one speaker."""
        named = self.config.get("speaker_id_map")
        numbers = {str(name): number for name, number in named.items()} if isinstance(named, dict) else {}
        return sorted(numbers, key=lambda name: str(numbers[name]).zfill(6))


def voices_in_detail(settings: Settings) -> list[VoiceDetails]:
    """All voices by name."""
    with open_store(settings) as store:
        return [_details(record) for record in store.voices()]


def voice_in_detail(settings: Settings, name: str) -> VoiceDetails:
    """One voice. Raises: NotFound."""
    with open_store(settings) as store:
        return _details(store.voice(name))


def voice_file(settings: Settings, voice: str, name: str) -> Path:
    """A file of a voice by its listed name. Raises: NotFound."""
    with open_store(settings) as store:
        record = store.voice(voice)
    found = next((file for file in _files(record.folder) if file.name == name), None)
    if found is None:
        raise NotFound(f"The voice {voice} has no file {name!r}.", remedy=f"See which it has at /api/voices/{voice}.")
    return found.path


def voice_archive(settings: Settings, voice: str) -> FolderArchive:
    """All files of a voice as a ZIP. Raises: NotFound, InUse (it is exported anew over and over)."""
    with open_store(settings) as store:
        folder = store.voice(voice).folder
    for _ in range(_LOOKS):
        before = _which(folder)
        if before is None:
            raise NotFound(f"The files of the voice {voice} are not in {folder}.", remedy="Export it again.")
        try:
            archive = FolderArchive(folder)
        except FileNotFoundError:
            continue
        # Another export took the place of this one in between.
        if _which(folder) == before:
            return archive
        archive.close()
    raise InUse(f"The voice {voice} is being exported right now.", remedy="Try again when that has ended.")


def _which(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None


def _files(folder: Path) -> Iterator[VoiceFile]:
    for path in sorted(folder.rglob("*")):
        status = file_status(path)
        if status is not None and not path.is_symlink():
            yield VoiceFile(path.relative_to(folder).as_posix(), status.st_size, path)


def _details(record: VoiceRecord) -> VoiceDetails:
    return VoiceDetails(
        record=record,
        files=list(_files(record.folder)),
        config=_json(Path(f"{record.onnx}.json")),
        card=_json(record.folder / "card.json"),
        card_markdown=_text(record.folder / "MODEL_CARD"),
        samples=list(_samples(record.folder)),
    )


def _samples(folder: Path) -> Iterator[Sample]:
    for line in _text(folder / "samples" / "sentences.txt").splitlines():
        file, _, text = line.partition("\t")
        if text:
            yield Sample(f"samples/{file}", text)


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
