"""Sentences to read, put into the store before anybody has read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from coaxial.dataset.prompt_file import MAX_BYTES, prompt_candidates
from coaxial.dataset.text_files import DecodedText, decode_text, read_text_file
from coaxial.domain.errors import UnreadableSource
from coaxial.domain.names import check_name
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.text.languages import Language, resolve_language
from coaxial.text.prompt_lists import RejectedPrompt, builtin_facts, builtin_list, check_prompts
from coaxial.workflows.count_phonemes import spoken_phonemes


@dataclass(frozen=True)
class AddedPrompts:
    """What became of sentences that were to be prompts."""

    name: str
    """Of the prompt list."""
    language: str
    """Its tag."""
    added: int
    known: int
    """Sentences that the list had already."""
    rejected: Sequence[RejectedPrompt]
    notes: Sequence[str]
    """What the person should know of how the sentences were read or chosen."""


def builtin_choices() -> list[tuple[str, str, int]]:
    """Tag, name and number of sentences of every list that comes along."""
    return builtin_facts()


def add_builtin_prompts(settings: Settings, name: str, language_tag: str) -> AddedPrompts:
    """Add the sentences that come along for a language, in the order that covers its diphones soonest.

    Raises: InvalidOption (the name, or a list of another language), UnsupportedLanguage, NotFound (none come along).
    """
    name, language = check_name(name), resolve_language(language_tag)
    found = builtin_list(language)
    notes = () if found.tag == language.tag else (f"The sentences are those for {found.name}.",)
    return _add(settings, name, language, found.sentences, (), notes)


def add_own_prompts(settings: Settings, name: str, language_tag: str, source: Path | BinaryIO) -> AddedPrompts:
    """Add a person's own sentences, in their order: a file, or a stream of what was pasted or piped.

    Plain text with one sentence a line, or a table with a column `text`. If no sentence can be a prompt, nothing is
    added and no list made. Raises: InvalidOption (the name, or a list of another language), UnsupportedLanguage,
    UnreadableSource.
    """
    name, language = check_name(name), resolve_language(language_tag)
    decoded = _read(source)
    sentences, rejected = check_prompts(prompt_candidates(decoded.text), language.espeak_voice)
    if not sentences and not rejected:
        raise UnreadableSource("There is no sentence in it.", remedy="Give a file with one sentence a line.")
    return _add(settings, name, language, sentences, rejected, (decoded.note,) if decoded.note else ())


def _read(source: Path | BinaryIO) -> DecodedText:
    if isinstance(source, Path):
        return read_text_file(source.expanduser(), str(source), MAX_BYTES)
    # One byte more shows that there is too much, without reading all of it.
    data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableSource(f"The text has more than {MAX_BYTES:,} bytes, too many for a prompt list.")
    return decode_text(data, "The text")


def _add(
    settings: Settings,
    name: str,
    language: Language,
    sentences: Sequence[str],
    rejected: Sequence[RejectedPrompt],
    notes: Sequence[str],
) -> AddedPrompts:
    added = 0
    if sentences:
        phonemes = {text: spoken_phonemes(text, language.tag) for text in sentences}
        with open_store(settings) as store:
            added = store.add_prompts(name, language.tag, sentences, phonemes)
    return AddedPrompts(name, language.tag, added, len(sentences) - added, rejected, notes)
