"""Characters of a transcript that a voice cannot say as a person would have read them.

espeak-ng never refuses: a star becomes "symbol two six zero five", a Cyrillic word in English text its letters'
names, an emoji its Unicode name, a circled digit nothing at all. Phonemes that nobody spoke teach a network wrongly,
so these are found before.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

# Beyond Latin-1, where espeak-ng knows the symbols' names in most languages.
_SPOKEN_SYMBOLS = frozenset("€₩₹₨№™−≈≠≤≥∞√←↑→↓⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⅓⅔")

_SYMBOL_CATEGORIES = frozenset({"Sm", "Sc", "Sk", "So", "No", "Co", "Cn", "Cs"})
_LETTER_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lo"})

# How unicodedata begins the names of a script's letters, where CLDR's name of the script is another.
_LETTER_NAMES = {
    "Hans": ("CJK", "IDEOGRAPHIC", "BOPOMOFO"),
    "Hant": ("CJK", "IDEOGRAPHIC", "BOPOMOFO"),
    "Jpan": ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"),
    "Kore": ("CJK", "HANGUL"),
    "Beng": ("BENGALI",),
    "Orya": ("ORIYA",),
}
_KLINGON = "piqd"


def unsayable(text: str, espeak_voice: str) -> tuple[str, ...]:
    """The characters of text that espeak_voice cannot say, each once, in the order they appear."""
    if text.isascii():
        return ()
    return tuple(character for character in dict.fromkeys(text) if not _sayable(character, espeak_voice))


def describe_character(character: str) -> str:
    """A character and its Unicode name, for a message: '★' (BLACK STAR)."""
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    return f"'{character}' ({name})" if character.isprintable() else name


@cache
def _sayable(character: str, espeak_voice: str) -> bool:
    # Below lie ASCII, Latin-1 and the Latin letters of Europe's languages.
    if character < "\u0250" or character in _SPOKEN_SYMBOLS:
        return True
    family = espeak_voice.split("-")[0]
    category = unicodedata.category(character)
    if category == "Co":
        return family == _KLINGON
    if category in _SYMBOL_CATEGORIES:
        return False
    if category in _LETTER_CATEGORIES:
        words = unicodedata.name(character, "").replace("-", " ").split()
        return not _letter_names(family).isdisjoint(words)
    return True


@cache
def _letter_names(family: str) -> frozenset[str]:
    """Words that name the scripts a language is written in; Latin words turn up in all of them."""
    family = get_global("language_aliases").get(family, family)
    scripts = {
        subtag
        for tag, full in get_global("likely_subtags").items()
        if tag.split("_")[0] == family
        for subtag in (*tag.split("_"), *full.split("_"))
        if len(subtag) == 4
    }
    english = Locale("en").scripts
    names = {"LATIN"}
    for script in scripts:
        names.update(_LETTER_NAMES.get(script) or [str(english.get(script, script)).upper()])
    return frozenset(names)
