"""Names that people give to things: they become file names, on every system."""

from __future__ import annotations

import unicodedata

from coaxial.domain.errors import InvalidOption

MAX_NAME_LENGTH = 60
"""Characters; what is added to a name (a tier, a number, a suffix) still fits every file system."""

_MAX_BYTES = 180


def check_name(name: str) -> str:
    """The name in NFC, if it may name files: letters and digits of any script, `_` and `-`, first no `-`.

    Raises: InvalidOption.
    """
    composed = unicodedata.normalize("NFC", name)
    if not composed:
        raise InvalidOption("A name is missing.", remedy="Give one with letters or digits.")
    if len(composed) > MAX_NAME_LENGTH or len(composed.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        raise InvalidOption(f"The name {composed[:20]!r}… is longer than {MAX_NAME_LENGTH} characters.")
    wrong = next((character for character in composed if not _may_name_files(character)), None)
    if wrong is not None or composed.startswith("-"):
        raise InvalidOption(
            f"The name {composed!r} cannot name files: it has {wrong or '-'!r}{'' if wrong else ' at its beginning'}.",
            remedy="Use letters, digits, _ and -, and begin with a letter or digit.",
        )
    return composed


def name_from(text: str) -> str:
    """Any text as a name: what cannot be in one becomes `_`."""
    composed = unicodedata.normalize("NFC", text)
    fitting = "".join(character if _may_name_files(character) else "_" for character in composed)
    return fitting.lstrip("-")[:MAX_NAME_LENGTH] or "_"


def _may_name_files(character: str) -> bool:
    # Letters, their marks (vowel signs of Indic scripts are marks), and digits.
    return character in "_-" or unicodedata.category(character)[0] in "LMN"
