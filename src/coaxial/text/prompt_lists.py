"""Sentences to read: the lists that come along, and what a sentence must be to become a prompt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

from coaxial.domain.errors import NotFound
from coaxial.text.coverage import reading_order, spoken
from coaxial.text.languages import Language, resolve_language
from coaxial.text.normalise import MAX_CHARACTERS, normalise_transcript
from coaxial.text.symbols import describe_character, unsayable

LONGEST = 15.0
"""Seconds, estimated, that a prompt may take to read: forty to sixty words, more than one breath carries."""

# The file of each language's sentences. The English ones are spelled as both countries spell.
_FILES = {
    "en-US": "en-US",
    "en-GB": "en-US",
    "sv-SE": "sv-SE",
    "it-IT": "it-IT",
    "de-DE": "de-DE",
    "es-ES": "es-ES",
    "fr-FR": "fr-FR",
}


class BuiltinList(NamedTuple):
    """A prompt list that comes along."""

    tag: str
    """Such as en-US."""
    name: str
    """Of the language, in English, such as English (United States)."""
    sentences: tuple[str, ...]
    """In the order that covers most diphones soonest."""


class Candidate(NamedTuple):
    """A sentence that somebody wants read."""

    line: int
    """In its file, from 1."""
    text: str


@dataclass(frozen=True)
class RejectedPrompt:
    """A sentence that cannot be a prompt, and why."""

    line: int
    text: str
    code: str
    """For programs."""
    reason: str
    """For the person."""


def builtin_lists() -> list[BuiltinList]:
    """All lists that come along."""
    return [builtin_list(resolve_language(tag)) for tag in _FILES]


def builtin_facts() -> list[tuple[str, str, int]]:
    """Tag, English name and number of sentences of all lists that come along; they are not put in order for that."""
    return [(tag, _name_of(tag), len(written_sentences(tag))) for tag in _FILES]


def builtin_list(language: Language) -> BuiltinList:
    """The list for a language: its own, else that of the same language in another country, ordered for its voice.

    Raises: NotFound, with the languages that there are.
    """
    relatives = (tag for tag in _FILES if tag.split("-")[0] == language.family)
    tag = language.tag if language.tag in _FILES else next(relatives, None)
    if tag is None:
        raise NotFound(
            f"There is no built-in prompt list for {language.tag} ({language.name_english}), only for: "
            f"{', '.join(_FILES)}.",
            remedy="Bring your own sentences, one a line: coaxial prompt-lists add NAME --language TAG --file FILE",
        )
    return BuiltinList(tag, _name_of(tag), _in_reading_order(tag, language.espeak_voice))


def _name_of(tag: str) -> str:
    named = resolve_language(tag)
    return f"{named.name_english} ({named.country_english})"


def written_sentences(tag: str) -> tuple[str, ...]:
    """The sentences of a built-in list as they stand in its file. Raises: KeyError."""
    file = resources.files(__package__).joinpath("prompts", f"{_FILES[tag]}.txt")
    return tuple(file.read_text(encoding="utf-8").splitlines())


def check_prompts(candidates: Iterable[Candidate], espeak_voice: str) -> tuple[list[str], list[RejectedPrompt]]:
    """Normalised sentences that can be prompts, in order, and the others with the reason.

    Raises: UnsupportedLanguage.
    """
    taken: dict[str, int] = {}
    sentences: list[str] = []
    rejected: list[RejectedPrompt] = []
    for candidate in candidates:
        text = normalise_transcript(candidate.text)
        first = taken.get(text.casefold())
        problem = _problem(text, espeak_voice) if first is None else _duplicate(first)
        if problem is None:
            taken[text.casefold()] = candidate.line
            sentences.append(text)
        else:
            rejected.append(RejectedPrompt(candidate.line, text, *problem))
    return sentences, rejected


def _duplicate(first: int) -> tuple[str, str]:
    return "duplicate", f"The sentence stands in line {first} already."


def _problem(text: str, espeak_voice: str) -> tuple[str, str] | None:
    if not text:
        return "empty", "There is no sentence."
    if len(text) > MAX_CHARACTERS:
        return "too_long", f"The sentence has {len(text):,} characters; nobody reads it in one breath. Divide it."
    strange = unsayable(text, espeak_voice)
    if strange:
        shown = ", ".join(describe_character(character) for character in strange[:5])
        more = " and others" if len(strange) > 5 else ""
        return "unsayable_symbols", f"The voice cannot say {shown}{more}; write what is to be spoken instead."
    said = spoken(text, espeak_voice)
    if not said.phonemes:
        return "nothing_to_say", "The sentence holds no word that could be spoken."
    if said.seconds > LONGEST:
        return (
            "too_long",
            f"Reading the sentence takes about {said.seconds:.0f} seconds, more than one breath carries "
            f"({LONGEST:.0f} are the most). Divide it.",
        )
    return None


@cache
def _in_reading_order(tag: str, espeak_voice: str) -> tuple[str, ...]:
    sentences = written_sentences(tag)
    return tuple(sentences[position] for position in reading_order(sentences, espeak_voice))
