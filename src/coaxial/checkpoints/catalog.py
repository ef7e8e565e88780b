"""Every base checkpoint that can be named: those published, the user's own, and the stand-ins.

The published ones are data, `catalog.json` beside this file; in it the order within a language is our judgement of
which base serves better.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import get_args

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint, Gender, as_specification, folded
from coaxial.checkpoints.fallback import FALLBACK, PROMISED, fallback_for
from coaxial.domain.errors import InvalidOption, NotFound, UnsupportedLanguage
from coaxial.domain.quality import Quality
from coaxial.text.languages import resolve_language

__all__ = ["BaseCheckpoint", "Catalog", "as_specification", "published_checkpoints"]

# Medium is what datasets are prepared for unless told otherwise, and runs on small machines.
_TIERS = (Quality.MEDIUM, Quality.HIGH, Quality.LOW, Quality.X_LOW)


@cache
def published_checkpoints() -> tuple[BaseCheckpoint, ...]:
    """What `catalog.json` in this package lists, best first within each language."""
    text = resources.files("coaxial.checkpoints").joinpath("catalog.json").read_text(encoding="utf-8")
    listed = json.loads(text)["checkpoints"]
    entries = [BaseCheckpoint(**{**fields, "quality": Quality(fields["quality"])}) for fields in listed]
    return tuple(sorted(entries, key=_suitability))


class Catalog:
    """The published checkpoints and a user's own; an own one takes the place of a published one of the same id."""

    def __init__(self, own: Iterable[BaseCheckpoint] = ()) -> None:
        entries = {(entry.language, folded(entry.voice)): entry for entry in (*published_checkpoints(), *own)}
        self._by_language: dict[str, list[BaseCheckpoint]] = {}
        for entry in sorted(entries.values(), key=_suitability):
            self._by_language.setdefault(entry.language, []).append(entry)

    def all(self) -> list[BaseCheckpoint]:
        """Everything of every language that is listed, by language, best first."""
        return [entry for tag in self.languages() for entry in self.of_language(tag)]

    def languages(self) -> list[str]:
        """Tags of the languages with checkpoints of their own, sorted; all others have a fallback."""
        return sorted(self._by_language)

    def of_language(self, tag: str) -> list[BaseCheckpoint]:
        """A language's checkpoints, best first; its fallback last, where none of its own is of one speaker.

        Raises: UnsupportedLanguage.
        """
        tag = resolve_language(tag).tag
        own = self._by_language.get(tag, [])
        if tag in PROMISED or not any(entry.of_one_speaker for entry in own):
            return [*own, fallback_for(tag, published_checkpoints())]
        return list(own)

    def find(self, language: str, voice: str | None = None, *, quality: Quality | None = None) -> BaseCheckpoint:
        """The checkpoint of an id (en-US.amy), or of a language and a voice in it; the tag in any spelling.

        A voice's tier can follow its name (lessac-high). Where it does not, and quality is given, the voice is found
        in that tier if it has it: a bare name then means what fits the dataset.

        Raises: NotFound, with the nearest ids.
        """
        if voice is None:
            language, _, voice = language.partition(".")
        asked = f"{language}.{voice}" if voice else language
        try:
            tag = resolve_language(language).tag
        except UnsupportedLanguage:
            raise self._not_found(asked) from None
        wanted = folded(voice)
        stem, tier = _split_tier(wanted)
        if stem == FALLBACK:
            return fallback_for(tag, published_checkpoints(), tier or quality or Quality.MEDIUM)
        entries = self._by_language.get(tag, [])
        if quality is not None:
            for entry in entries:
                if folded(entry.stem) == wanted and entry.quality is quality:
                    return entry
        for entry in entries:
            if folded(entry.voice) == wanted:
                return entry
        for entry in entries:
            if folded(entry.stem) == stem and entry.quality is tier:
                return entry
        raise self._not_found(asked)

    def recommend(self, language: str, gender: str | None = None, quality: Quality | None = None) -> BaseCheckpoint:
        """The base to start a voice of one speaker from; gender is a wish, quality (medium if not given) a must.

        Without quality a language that has only another tier gets that; with it, the fallback of the tier.

        Raises: UnsupportedLanguage; InvalidOption for a gender that no entry can have; NotFound where there is no
        checkpoint of the tier in any language.
        """
        wished = _gender(gender)
        fitting = [entry for entry in self.of_language(language) if entry.of_one_speaker]
        if quality is not None:
            fitting = [e for e in fitting if e.quality is quality and e.sample_rate == quality.sample_rate]
        matching = [entry for entry in fitting if entry.gender == wished]
        best = matching or fitting
        return best[0] if best else fallback_for(language, published_checkpoints(), quality or Quality.MEDIUM)

    def _not_found(self, asked: str) -> NotFound:
        near = self._nearest(asked)
        return NotFound(
            f"There is no base checkpoint {asked[:80]!r}.",
            remedy=f"Nearest: {', '.join(near)}." if near else "Name one as language.voice, such as en-US.amy.",
        )

    def _nearest(self, asked: str) -> list[str]:
        """At most four ids: those of the same voice, else those spelled alike, else those of the language."""
        language, _, voice = asked[:80].partition(".")
        ids = {entry.id.lower(): entry for entries in self._by_language.values() for entry in entries}
        try:
            tag = resolve_language(language).tag
            of_tag = [entry.id for entry in self.of_language(tag)]
            spelled = f"{tag}.{voice}".lower()
        except UnsupportedLanguage:
            of_tag, spelled = [], asked.lower()
        stem = _split_tier(folded(voice or language))[0]
        same = [entry.id for entry in ids.values() if folded(entry.stem) == stem]
        alike = [ids[name].id for name in difflib.get_close_matches(spelled, ids, n=4, cutoff=0.75)]
        found = sorted(same, key=lambda name: name not in of_tag) + (alike if voice else []) + of_tag
        return list(dict.fromkeys(found))[:4]


def _suitability(entry: BaseCheckpoint) -> tuple[bool, int, int]:
    """Sorts the best first; equal ones keep their order."""
    speakers = 0 if entry.speakers == 1 else 1 if entry.of_one_speaker else 2
    return bool(entry.stands_in), speakers, _TIERS.index(entry.quality)


def _split_tier(voice: str) -> tuple[str, Quality | None]:
    for quality in Quality:
        if voice.endswith(f"-{quality}"):
            return voice.removesuffix(f"-{quality}"), quality
    return voice, None


def _gender(given: str | None) -> str | None:
    if given is None or not given.strip():
        return None
    wished = given.strip().casefold()
    if wished not in get_args(Gender):
        raise InvalidOption(
            f"{given[:40]!r} is not a gender that checkpoints are listed with.",
            remedy=f"Choose one of: {', '.join(get_args(Gender))}.",
        )
    return wished
