"""How far a profile is with a prompt list: what to read next, what is said already, and how much of it is good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.readings import GoodReading, ReadPrompt
from coaxial.text.coverage import reading_order, spoken
from coaxial.text.inventory import phoneme_inventory
from coaxial.text.languages import resolve_language

GOALS = (10.0, 30.0, 60.0, 120.0, 180.0)
"""Minutes of good speech: ten already work, thirty are good, and from three hours on more adds little."""

Order = Literal["list", "coverage"]


@dataclass(frozen=True)
class Progress:
    """Of one profile through one prompt list; of the list alone where no profile is asked for."""

    prompts: int
    read: int
    """Prompts of which a take is kept."""
    list_minutes: float
    """Estimated, of reading the whole list."""
    good_minutes: float
    """Of this list's recordings that can be trained on, silence trimmed."""
    profile_good_minutes: float
    """The same of all recordings of the profile."""
    inventory: int | None
    """Phonemes that speakers of the language need; None where nobody has measured them."""
    list_phonemes: int
    """Different ones that the list makes a voice say; of the inventory where there is one."""
    said_phonemes: int
    unsaid: tuple[str, ...]
    """Of the inventory, else of the list, what no good recording of the profile says yet."""
    not_in_list: tuple[str, ...]
    """Of the inventory, what the list never says."""
    list_diphones: int
    said_diphones: int
    """Of the list's."""


def prompts_to_read(
    settings: Settings, prompt_list: str, profile: str | None, order: Order, unread: bool, offset: int, limit: int
) -> tuple[list[ReadPrompt], int]:
    """Part of a prompt list with what the profile read of it, and how many prompts there are.

    order coverage: what is unread first, ordered by the diphones that it adds, a second of speech, to the profile's
    good recordings; then what is read. unread: only that. Raises: NotFound.
    """
    with open_store(settings) as store:
        if order == "list":
            return store.read_prompts(prompt_list, profile, unread, offset, limit)
        language = store.prompt_list(prompt_list).language
        prompts, _ = store.read_prompts(prompt_list, profile, False, 0, None)
        already = _of_language(store.good_readings(profile), language) if profile is not None else []
    waiting = [prompt for prompt in prompts if prompt.recording is None]
    rest = [] if unread else [prompt for prompt in prompts if prompt.recording is not None]
    put_off_piper_runtime()
    voice = resolve_language(language).espeak_voice
    chosen = reading_order([one.text for one in waiting], voice, [one.text for one in already], most=offset + limit)
    ordered = [waiting[position] for position in chosen]
    if len(chosen) == len(waiting):
        ordered += rest
    return ordered[offset : offset + limit], len(waiting) + len(rest)


def reading_progress(settings: Settings, prompt_list: str, profile: str | None) -> Progress:
    """How far a profile is with a prompt list. Raises: NotFound."""
    with open_store(settings) as store:
        language = store.prompt_list(prompt_list).language
        prompts, _ = store.read_prompts(prompt_list, profile, False, 0, None)
        readings = store.good_readings(profile) if profile is not None else []
    put_off_piper_runtime()
    voice = resolve_language(language).espeak_voice
    inventory = phoneme_inventory(voice)
    phonemes, diphones, seconds = _said([one.text for one in prompts], voice)
    said, said_diphones, _ = _said([one.text for one in _of_language(readings, language)], voice)
    needed = inventory or phonemes
    return Progress(
        prompts=len(prompts),
        read=sum(one.recording is not None for one in prompts),
        list_minutes=seconds / 60,
        good_minutes=sum(one.seconds for one in readings if one.prompt_list == prompt_list) / 60,
        profile_good_minutes=sum(one.seconds for one in readings) / 60,
        inventory=len(inventory) or None,
        list_phonemes=len(phonemes & needed),
        said_phonemes=len(said & needed),
        unsaid=tuple(sorted(needed - said)),
        not_in_list=tuple(sorted(inventory - phonemes)),
        list_diphones=len(diphones),
        said_diphones=len(diphones & said_diphones),
    )


def _of_language(readings: Iterable[GoodReading], language: str) -> list[GoodReading]:
    return [one for one in readings if one.language == language]


def _said(sentences: Sequence[str], espeak_voice: str) -> tuple[set[str], set[str], float]:
    """Phonemes and diphones of sentences, and the seconds that reading them takes."""
    phonemes: set[str] = set()
    diphones: set[str] = set()
    seconds = 0.0
    for sentence, times in Counter(sentences).items():
        one = spoken(sentence, espeak_voice)
        phonemes.update(one.phonemes)
        diphones.update(one.diphones)
        seconds += times * one.seconds
    return phonemes, diphones, seconds
