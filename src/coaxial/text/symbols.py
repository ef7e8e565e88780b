"""Characters of a transcript that a voice cannot say as a person would have read them.

espeak-ng never refuses: a star becomes "symbol two six zero five", a Cyrillic word in English text its letters'
names, an emoji its Unicode name, a circled digit nothing at all. Phonemes that nobody spoke teach a network wrongly,
so these are found before.
"""

from __future__ import annotations

import unicodedata
from functools import cache

# Beyond Latin-1, where espeak-ng knows the symbols' names in most languages.
_SPOKEN_SYMBOLS = frozenset("€₩₹₨№™−≈≠≤≥∞√←↑→↓⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⅓⅔")

_SYMBOL_CATEGORIES = frozenset({"Sm", "Sc", "Sk", "So", "No", "Co", "Cn", "Cs"})
_LETTER_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lo"})

# Beside Latin: the script's word in Unicode's names of its letters, and the voices that read it instead of spelling it.
# Tried with every voice; Japanese and Hakka are not among those that read Chinese characters.
_READERS = {
    "ARABIC": "ar fa sd ug ur",
    "ARMENIAN": "hy hyw",
    "BENGALI": "as bn bpy",
    "BOPOMOFO": "cmn yue",
    "CHEROKEE": "chr",
    "CJK": "cmn yue",
    "CYRILLIC": "ab ba be bg bs cv kk ky lfn mk mn nog ru sr tt uk uz",
    "DEVANAGARI": "hi kok mr ne sd",
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "IDEOGRAPHIC": "cmn yue",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "MALAYALAM": "ml",
    "MYANMAR": "my shn",
    "ORIYA": "or",
    "SHAVIAN": "en",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
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
    return frozenset({"LATIN"} | {script for script, readers in _READERS.items() if family in readers.split()})
