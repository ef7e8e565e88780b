"""A base for every language that espeak-ng can speak, also where nobody has published a checkpoint of it.

The rule: of the published checkpoints of one speaker and of the wanted tier, the first of these that there is

1. one of a language with the very same espeak-ng voice (en-AU takes a British one),
2. one of the same language (fr-BE takes a French one), of the same country before others (a Scot gets a British one),
3. one of the closest relative, where this file names one (Afrikaans takes a Dutch one),
4. one of the same family, as espeak-ng groups its voices (Urdu takes a Hindi one),
5. en-US.lessac in that tier, from which most of the others were trained.

Italian is the exception: its fallback is an English base with espeak-ng's Italian phonemes, as was promised before
anybody published an Italian checkpoint.

This works for any pair of languages because Piper's phoneme ids are symbols of the international phonetic alphabet,
shared by all of them: the dataset is made with the phonemes of its own language, and only the weights are borrowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint
from coaxial.domain.errors import NotFound
from coaxial.domain.quality import Quality
from coaxial.text.espeak import espeak_voices
from coaxial.text.languages import Language, resolve_language

FALLBACK = "fallback"
"""Voice name of every stand-in: it-IT.fallback."""

PROMISED = frozenset({"it-IT"})
"""Languages whose fallback is listed beside checkpoints of their own."""

_ANCHOR = "lessac"

CLOSEST = {
    "af": "nl",
    "an": "es",
    "bg": "ru",
    "bs": "sk",
    "et": "fi",
    "hr": "sk",
    "ht": "fr",
    "is": "no",
    "la": "it",
    "mk": "sk",
    "pap": "es",
    "rup": "ro",
    "sl": "sk",
    "smj": "fi",
    "sr": "sk",
    # Both keep their unstressed vowels and have a voiced h, where Russian has neither.
    "uk": "sk",
}
"""The closest relative that has a base of one speaker, where the family alone would leave the choice to chance, or
where espeak-ng files one family under several names. By descent and sound; nobody has measured it."""

# espeak-ng's folders for what is no family: constructed languages, the rest of the Indo-European ones, and isolates.
_NOT_A_FAMILY = frozenset({"art", "ine", ""})


def fallback_for(
    language: str, published: Sequence[BaseCheckpoint], quality: Quality = Quality.MEDIUM
) -> BaseCheckpoint:
    """The checkpoint that stands in for a language, by the rule above; published: best first within each language.

    Raises: UnsupportedLanguage; NotFound where no checkpoint of the tier can stand in for anything.
    """
    wanted = resolve_language(language)
    fitting = [
        base
        for base in published
        if base.quality is quality
        and base.sample_rate == quality.sample_rate
        and base.of_one_speaker
        and not base.stands_in
    ]
    if not fitting:
        raise NotFound(
            f"No checkpoint of the tier {quality} at {quality.sample_rate} Hz has been published by anybody.",
            remedy="Train in the medium tier, or from random weights.",
        )
    return _standing_in(_nearest(wanted, fitting), wanted)


def _nearest(wanted: Language, fitting: Sequence[BaseCheckpoint]) -> BaseCheckpoint:
    anchors = [base for base in fitting if base.stem == _ANCHOR]
    if wanted.tag in PROMISED:
        return (anchors or fitting)[0]
    group = _group(wanted)
    rules: list[Callable[[Language], bool]] = [
        lambda of: of.espeak_voice == wanted.espeak_voice,
        lambda of: of.code == wanted.code,
        lambda of: of.family == wanted.family,
        lambda of: of.family == CLOSEST.get(wanted.family),
        lambda of: group not in _NOT_A_FAMILY and _group(of) == group,
    ]
    # A language's usual country comes before its others: es before es-MX, whatever the order of tags.
    usual = sorted(fitting, key=lambda base: resolve_language(base.language.split("-")[0]).tag != base.language)
    for rule in rules:
        for base in usual:
            if rule(resolve_language(base.language)):
                return base
    return (anchors or fitting)[0]


def _group(language: Language) -> str:
    return espeak_voices()[language.espeak_voice].group


def _standing_in(base: BaseCheckpoint, wanted: Language) -> BaseCheckpoint:
    other = resolve_language(base.language)
    whose = ", ".join(name for name in (other.name_english, other.country_english) if name)
    return replace(
        base,
        language=wanted.tag,
        voice=FALLBACK if base.quality is Quality.MEDIUM else f"{FALLBACK}-{base.quality}",
        name="Fallback",
        espeak_voice=wanted.espeak_voice,
        description=f"{base.id} ({whose}) stands in for {wanted.name_english} ({wanted.tag}): its weights are "
        f"borrowed, and trained with espeak-ng's phonemes of the voice {wanted.espeak_voice}.",
        stands_in=base.id,
        origin="fallback",
    )
