"""The name of a voice's files: `<ll_CC>-<name>-<quality>`, as Piper and Home Assistant tell voices apart."""

from __future__ import annotations

import re
import unicodedata

from coaxial.domain.quality import Quality

_NO_NAME = "voice"

# Latin letters that no mark can be taken off.
_SPELLED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}

_LONGEST = 80
"""Characters; with language, quality and `.onnx.json` the file name stays below every file system's limit."""


def voice_stem(language_code: str, name: str, quality: Quality) -> str:
    """Name of a voice's files without extension. language_code: such as en_US."""
    return f"{language_code}-{file_name_part(name)}-{quality}"


def file_name_part(name: str) -> str:
    """A person's name for a voice as the middle of its file name: lower-case letters, digits and underscores.

    A hyphen would end the name for Piper's own pattern. Latin letters lose their marks, because file names travel
    through ZIPs and shared folders that spell marks differently; letters of other scripts have no such substitute and
    stay (Piper's published `tugão` shows that names need not be ASCII). Never empty.
    """
    folded = unicodedata.normalize("NFC", name).lower()
    spelled = "".join(_letter(character) for character in folded)
    joined = re.sub(r"_+", "_", unicodedata.normalize("NFC", spelled)).strip("_")
    return joined[:_LONGEST].strip("_") or _NO_NAME


def _letter(character: str) -> str:
    if unicodedata.name(character, "").startswith("LATIN "):
        plain = unicodedata.normalize("NFKD", _SPELLED.get(character, character))
        return "".join(part for part in plain if part.isascii() and part.isalnum()) or "_"
    kept = character.isascii() and character.isalnum()
    kept = kept or (not character.isascii() and unicodedata.category(character)[0] in "LMN")
    # A mark that is left over once its Latin letter has none of its own (x̄) goes with it.
    return "" if "\u0300" <= character <= "\u036f" else character if kept else "_"
