"""Finding the file that a transcript table means.

Names are looked up among the files that are there and never opened as paths, so none can lead out of the source.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from coaxial.dataset.transcripts import Reason

AUDIO_SUFFIXES = (
    *(".wav", ".flac", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".wv", ".ape", ".tta"),
    *(".opus", ".ogg", ".oga", ".m4a", ".mp4", ".aac", ".mp3", ".webm", ".mka", ".wma", ".amr", ".3gp"),
)
"""From the ones that keep the sound whole to the ones that do not: where a name fits several files, the first wins."""

_FOLDERS = ("", "wavs/", "wav/", "audio/", "clips/", "recordings/")

_DEEPEST = 20
"""Folders of a name that are looked at."""


def is_audio_name(name: str) -> bool:
    """Whether a file name is that of a recording, by its extension."""
    return name.lower().endswith(AUDIO_SUFFIXES)


class AudioIndex:
    """The recordings of a source, by every name that a table may use for them."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """files: path within the source (NFC, `/` between folders) to the file."""
        self._exact: dict[str, Path] = {}
        self._folded: defaultdict[str, list[Path]] = defaultdict(list)
        preference = {suffix: rank for rank, suffix in enumerate(AUDIO_SUFFIXES)}
        recordings = [(name, file) for name, file in files.items() if is_audio_name(name)]
        recordings.sort(key=lambda item: preference[PurePosixPath(item[0]).suffix.lower()])
        for name, file in recordings:
            self._exact[name] = file
            self._folded[name.casefold()].append(file)
        for name, file in recordings:
            self._exact.setdefault(_without_suffix(name), file)
            self._folded[_without_suffix(name).casefold()].append(file)

    def holds(self, name: str) -> bool:
        """Whether a field of a table names a recording."""
        return bool(name.strip()) and len(name) < 1000 and self.find(name.strip())[0] is not None

    def find(self, name: str) -> tuple[Path | None, Reason | None]:
        """The recording of that name, with or without extension and folder; else why there is none."""
        wanted = unicodedata.normalize("NFC", name).replace("\\", "/")
        parts = [part for part in wanted.split("/") if part not in ("", ".")]
        if ".." in parts:
            return None, Reason("unsafe_name", "The name points outside the source's folder.")
        # A table made elsewhere may hold whole paths; what matters is their end.
        for start in range(max(0, len(parts) - _DEEPEST), len(parts)):
            file = self._lookup("/".join(parts[start:]))
            if file:
                return file, None
        return None, Reason("missing_audio", "There is no recording of this name.")

    def _lookup(self, path: str) -> Path | None:
        # A recording may lie there in another format than when the table was written.
        for form in dict.fromkeys((path, _without_suffix(path))):
            for folder in _FOLDERS:
                exact = self._exact.get(folder + form)
                if exact:
                    return exact
            for folder in _FOLDERS:
                folded = self._folded.get((folder + form).casefold())
                if folded:
                    return folded[0]
        return None


def _without_suffix(name: str) -> str:
    return str(PurePosixPath(name).with_suffix("")) if is_audio_name(name) and PurePosixPath(name).stem else name
