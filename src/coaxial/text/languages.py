"""Language tags (BCP 47), what people call them, and the espeak-ng voice that speaks them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.espeak import EspeakVoice, espeak_voices

# Piper's British voices are trained with this accent; espeak-ng's own `en` is an older one.
_PREFERRED = {("en", "GB"): "en-gb-x-rp", ("en", "001"): "en-gb-x-rp"}

# Second parts of voice names that look like a country and mean a dialect.
_NOT_A_REGION = frozenset({"ca-ba", "ca-nw", "ca-va", "ru-cl"})

_WORLD = "001"
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True)
class Language:
    """A language that voices can speak."""

    tag: str
    """Such as en-US; for a dialect without a country of its own, the espeak-ng name, such as ca-va."""
    code: str
    """As Piper's voices are named: en_US."""
    espeak_voice: str
    """Such as en-us."""
    family: str
    """ISO 639 code, such as en."""
    region: str
    """ISO 3166 or UN M.49 code, such as US or 419; empty for a language of no country."""
    name_native: str
    name_english: str
    country_english: str


@dataclass(frozen=True)
class _Parts:
    family: str
    script: str
    region: str


@cache
def resolve_language(tag: str) -> Language:
    """The language of a tag in any spelling (en-US, en_us, EN, en-gb-x-rp).

    Raises: UnsupportedLanguage, with the nearest languages that exist.
    """
    wanted = tag.strip().lower().replace("_", "-")
    if not _TAG.fullmatch(wanted):
        raise _unsupported(tag, f"{_shown(tag)} is not a language tag.")
    voices = espeak_voices()
    parts = _parts(wanted, voices)
    if parts.region and parts.region not in _territories():
        raise _unsupported(tag, f"{_shown(tag)} is not a language tag: there is no country {parts.region}.")
    parts = _with_likely_region(parts)
    # A bare family is a language, not the voice of the same name: `pt` is Brazilian to most, and `en` American.
    exact = voices.get(wanted) if "-" in wanted else None
    voice = exact or _voice_of(parts, voices)
    if voice is None:
        name = _name_of(parts.family, "en")
        raise _unsupported(tag, f"espeak-ng has no voice for {_shown(tag)}{f' ({name})' if name else ''}.")
    return _language(parts, voice, usual=_voice_of(parts, voices))


@cache
def supported_languages() -> tuple[Language, ...]:
    """One language for each espeak-ng voice, sorted by tag."""
    languages = {resolve_language(name).tag: resolve_language(name) for name in espeak_voices()}
    languages.update((tag, resolve_language(tag)) for tag in ("pt-PT", "en-US", "en-GB"))
    return tuple(languages[tag] for tag in sorted(languages))


def _parts(wanted: str, voices: dict[str, EspeakVoice]) -> _Parts:
    """Family, script and region; what follows them is read only as part of a voice's name."""
    family, *rest = wanted.split("-")
    alias = get_global("language_aliases").get(family)
    if alias and "_" not in alias:
        family = alias
    script = rest.pop(0).title() if rest and len(rest[0]) == 4 and rest[0].isalpha() else ""
    region = ""
    if rest and wanted not in _NOT_A_REGION and re.fullmatch(r"[a-z]{2}|[0-9]{3}", rest[0]):
        region = rest.pop(0).upper()
        region = (get_global("territory_aliases").get(region) or [region])[0]
    if rest and wanted not in voices:
        raise _unsupported(wanted, f"{_shown(wanted)} is neither a language and a country nor a voice of espeak-ng.")
    return _Parts(family, script, region)


def _with_likely_region(parts: _Parts) -> _Parts:
    """Fill in the country where most speakers live (CLDR likely subtags)."""
    if parts.region:
        return parts
    likely = get_global("likely_subtags")
    full = likely.get(f"{parts.family}_{parts.script}") or likely.get(parts.family) or ""
    region = full.split("_")[-1] if full.count("_") == 2 else ""
    return _Parts(parts.family, parts.script, "" if region == _WORLD else region)


def _voice_of(parts: _Parts, voices: dict[str, EspeakVoice]) -> EspeakVoice | None:
    scripted = voices.get(f"{parts.family}-{parts.script}".lower())
    if scripted:
        return scripted
    region = parts.region
    while region:
        found = _voice_of_region(parts.family, region, voices)
        if found:
            return found
        # CLDR says whose customs a country follows: es-AR those of es-419, en-AU those of en-001.
        parent = get_global("parent_exceptions").get(f"{parts.family}_{region}", "")
        region = parent.split("_")[1] if "_" in parent else ""
    likely = _with_likely_region(_Parts(parts.family, "", "")).region
    found = _voice_of_region(parts.family, likely, voices) if likely else None
    return found or _declaring(parts.family, voices) or voices.get(parts.family)


def _voice_of_region(family: str, region: str, voices: dict[str, EspeakVoice]) -> EspeakVoice | None:
    preferred = _PREFERRED.get((family, region))
    name = f"{family}-{region}".lower()
    if preferred in voices:
        return voices[preferred]
    if name in voices and name not in _NOT_A_REGION:
        return voices[name]
    return _declaring(name, voices)


def _declaring(tag: str, voices: dict[str, EspeakVoice]) -> EspeakVoice | None:
    fitting = [
        (priority, len(voice.name), voice.name)
        for voice in voices.values()
        for declared, priority in voice.languages
        if declared == tag
    ]
    return voices[min(fitting)[2]] if fitting else None


def _language(parts: _Parts, voice: EspeakVoice, usual: EspeakVoice | None) -> Language:
    code = f"{parts.family}_{parts.region}" if parts.region else parts.family
    english = _name_of(parts.family, "en") or voice.title
    return Language(
        tag=code.replace("_", "-") if voice is usual and not _scripted(parts, voice) else voice.name,
        code=code,
        espeak_voice=voice.name,
        family=parts.family,
        region=parts.region,
        name_native=_capitalised(_name_of(parts.family, parts.family) or english),
        name_english=english,
        country_english=_territories().get(parts.region, ""),
    )


def _scripted(parts: _Parts, voice: EspeakVoice) -> bool:
    return bool(parts.script) and voice.name == f"{parts.family}-{parts.script}".lower()


def _name_of(family: str, in_language: str) -> str | None:
    try:
        name = Locale(in_language).languages.get(family)
    except UnknownLocaleError:
        return None
    return str(name) if name else None


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


@cache
def _territories() -> dict[str, str]:
    return {str(code): str(name) for code, name in Locale("en").territories.items()}


def _unsupported(tag: str, message: str) -> UnsupportedLanguage:
    near = _nearest(tag)
    listed = " and ".join(f"{one.tag} ({one.name_english})" for one in near)
    remedy = f"Nearest: {listed}." if near else "Give a tag such as en-US, de-DE or sv-SE."
    return UnsupportedLanguage(message, remedy=remedy)


def _nearest(tag: str) -> list[Language]:
    """At most three languages whose tag or English name is spelled like tag."""
    voices = espeak_voices()
    wanted = tag.strip().lower().replace("_", "-")[:40]
    family = wanted.split("-")[0]
    known = {name: name for name in voices}
    for name, voice in voices.items():
        known.setdefault(voice.title.split(" (")[0].lower(), name)
    names = [family] if family in voices else []
    names += [known[word] for word in difflib.get_close_matches(wanted, known, n=3, cutoff=0.75)]
    languages = {resolve_language(name).tag: resolve_language(name) for name in names}
    return list(languages.values())[:3]


def _shown(tag: str) -> str:
    return repr(tag if len(tag) <= 40 else f"{tag[:40]}…")
