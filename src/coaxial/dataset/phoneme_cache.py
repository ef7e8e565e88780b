"""Phoneme ids of transcripts met before: one file per voice, where one per clip would cost more than espeak-ng."""

from __future__ import annotations

import json
from pathlib import Path

from coaxial.domain.files import write_text

PhonemeIds = tuple[int, ...]


class PhonemeCache:
    """Transcript to ids, of one voice and one version of the phonemizer."""

    def __init__(self, folder: Path, espeak_voice: str) -> None:
        # Imported when first needed: workers, which know only the type above, start the sooner.
        from importlib.metadata import version

        self._path = folder / f"phonemes-{espeak_voice}-piper-tts-{version('piper-tts')}.jsonl"
        self._known = _read(self._path)
        self._grown = False

    def get(self, text: str) -> PhonemeIds | None:
        return self._known.get(text)

    def add(self, text: str, phoneme_ids: PhonemeIds) -> None:
        if self._known.get(text) != phoneme_ids:
            self._known[text] = phoneme_ids
            self._grown = True

    def save(self) -> None:
        """Write what was added; of two processes at once the later one's stays. Raises: StorageFailure."""
        if self._grown:
            lines = (json.dumps([text, ids], ensure_ascii=False) + "\n" for text, ids in self._known.items())
            write_text(self._path, "".join(lines), durable=False)
            self._grown = False


def _read(path: Path) -> dict[str, PhonemeIds]:
    """What the file holds; nothing where it is missing or damaged, for it can be made again."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {str(text): tuple(map(int, ids)) for text, ids in rows}
    except (OSError, ValueError, TypeError):
        return {}
