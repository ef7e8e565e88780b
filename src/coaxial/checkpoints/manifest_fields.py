"""What may stand in one entry of a manifest, and what it means: from its fields to a checkpoint, and back."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from coaxial.checkpoints.base_checkpoint import UNKNOWN, BaseCheckpoint, Gender
from coaxial.checkpoints.fallback import FALLBACK
from coaxial.domain.errors import InvalidOption
from coaxial.domain.names import check_name
from coaxial.domain.quality import Quality
from coaxial.text.espeak import espeak_voices
from coaxial.text.languages import Language

# Labels that name an aligner and mean the phonemes of an espeak-ng voice: no published checkpoint has others.
PHONEME_LABELS = {"en-us-mfa": "en-us", "en-gb-mfa": "en-gb-x-rp", "sv-se-mfa": "sv"}

_ESPEAK = "espeak"
_RATES = sorted({quality.sample_rate for quality in Quality})
_LONGEST = 2000


class Fault(Exception):
    """One thing that is wrong with an entry; its text follows the entry's name in a sentence."""


def entry_of(language: Language, voice: str, fields: Mapping[str, Any]) -> tuple[BaseCheckpoint | None, list[str]]:
    """The checkpoint that a manifest's fields describe; None with everything that is wrong with them."""
    reader = _Reader(fields)
    voice = reader.of("its name", lambda: _voice(voice)) or voice
    quality = reader.field("quality", _quality) or Quality.MEDIUM
    reader.of("its name", lambda: _agreeing(voice, quality))
    url = reader.field("url", _address, "")
    label = reader.field("phoneme_type", _label, _ESPEAK)
    spoken = language.espeak_voice if label == _ESPEAK else PHONEME_LABELS[label]
    name = reader.field("name", _words)
    entry = BaseCheckpoint(
        language=language.tag,
        voice=voice,
        name=name or voice,
        gender=reader.field("gender", _gender, UNKNOWN),
        dataset=reader.field("dataset", _fact, UNKNOWN),
        quality=quality,
        sample_rate=reader.field("sample_rate", _rate, quality.sample_rate),
        speakers=reader.field("speakers", _known(_counted(1)), None),
        licence=reader.field("licence", _fact, UNKNOWN),
        lineage=reader.field("lineage", _fact, UNKNOWN),
        url=url,
        config_url=reader.field("config_url", _address, ""),
        size=reader.field("size", _known(_counted(1)), None),
        size_estimate=None,
        sha256=reader.field("sha256", _sha256, ""),
        espeak_voice=reader.field("espeak_voice", _espeak_voice, spoken),
        description=reader.field("description", _text, "") or f"{name}, added by hand.",
        speaker_id=reader.field("speaker_id", _counted(0), 0),
        origin="manifest" if url else "imported",
    )
    reader.of("speaker_id", lambda: _within(entry.speaker_id, entry.speakers))
    reader.refuse_others()
    return (None if reader.faults else entry), reader.faults


def fields_of(entry: BaseCheckpoint, language: Language) -> dict[str, Any]:
    """An entry as a manifest writes it down: entry_of() of these fields is the entry again."""
    fields: dict[str, Any] = {
        "name": entry.name,
        "gender": entry.gender.capitalize(),
        "dataset": entry.dataset,
        "quality": entry.quality.value.capitalize(),
        "url": entry.url,
        "config_url": entry.config_url,
        "phoneme_type": _ESPEAK,
        "sample_rate": entry.sample_rate,
        "speaker_id": entry.speaker_id,
        "speakers": entry.speakers,
        "licence": entry.licence,
        "lineage": entry.lineage,
        "description": entry.description,
    }
    if entry.size is not None:
        fields["size"] = entry.size
    if entry.sha256:
        fields["sha256"] = entry.sha256
    if entry.espeak_voice != language.espeak_voice:
        fields["espeak_voice"] = entry.espeak_voice
    return fields


class _Reader:
    """Reads fields one by one and remembers what was wrong, so that a person sees all mistakes at once."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.faults: list[str] = []
        self._fields = fields
        self._known: list[str] = []

    def field(self, name: str, read: Callable[[Any], Any], default: Any = ...) -> Any:
        """A field's value; the default where it is absent, and after a mistake; without a default it must be there."""
        self._known.append(name)
        if name not in self._fields:
            if default is ...:
                self.faults.append(f"{name} is missing")
            return None if default is ... else default
        read_or_default = self.of(name, lambda: read(self._fields[name]))
        return (None if default is ... else default) if read_or_default is None else read_or_default

    def of(self, name: str, read: Callable[[], Any]) -> Any:
        """What read answers; None where it finds a fault, which is noted."""
        try:
            return read()
        except Fault as fault:
            self.faults.append(f"{name} {fault}")
            return None

    def refuse_others(self) -> None:
        """Note every field that means nothing: a misspelled one would silently count for nothing."""
        for name in self._fields:
            if name not in self._known:
                near = difflib.get_close_matches(name, self._known, n=1)
                meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._known)}"
                self.faults.append(f"{_shown(name)} is no field of a checkpoint: {meant}")


def _voice(given: str) -> str:
    try:
        voice = check_name(given)
    except InvalidOption as refusal:
        raise Fault(f"is refused: {str(refusal).rstrip('.')}") from None
    if re.match(rf"{FALLBACK}(-|$)", voice.casefold()):
        raise Fault(f"is kept for the stand-ins of languages without a checkpoint: choose one other than {FALLBACK}")
    return voice


def _agreeing(voice: str, quality: Quality) -> None:
    for other in Quality:
        if other is not quality and voice.casefold().endswith(f"-{other}"):
            raise Fault(f"ends in {other}, but its quality is {quality}: make them agree")


def _quality(given: Any) -> Quality:
    try:
        return Quality(given.strip().lower())
    except (ValueError, AttributeError):
        raise Fault(f"is {_shown(given)}, but there are only X_low, Low, Medium and High") from None


def _gender(given: Any) -> str:
    gender = given.strip().lower() if isinstance(given, str) else ""
    if gender not in get_args(Gender):
        raise Fault(f"is {_shown(given)}, but it is one of: {', '.join(get_args(Gender))}")
    return gender


def _label(given: Any) -> str:
    label = given.strip().lower() if isinstance(given, str) else ""
    if label != _ESPEAK and label not in PHONEME_LABELS:
        raise Fault(
            f"is {_shown(given)}, whose phonemes cannot be made here: write espeak, which takes the language's voice "
            f"of espeak-ng, or one of {', '.join(PHONEME_LABELS)}"
        )
    return label


def _espeak_voice(given: Any) -> str:
    if not isinstance(given, str) or given not in espeak_voices():
        raise Fault(
            f"is {_shown(given)}, which is no voice of espeak-ng, such as en-us; leave it out for the language's"
        )
    return given


def _rate(given: Any) -> int:
    if isinstance(given, bool) or given not in _RATES:
        raise Fault(f"is {_shown(given)}, but Piper's networks are at {' or '.join(map(str, _RATES))} Hz")
    return int(given)


def _known(read: Callable[[Any], int]) -> Callable[[Any], int | None]:
    """null says that a fact is not known, as leaving it out does."""
    return lambda given: None if given is None else read(given)


def _counted(least: int) -> Callable[[Any], int]:
    def read(given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or given < least:
            raise Fault(f"is {_shown(given)}, but it is a whole number, {least} or more")
        return given

    return read


def _within(speaker_id: int, speakers: int | None) -> None:
    if speakers is not None and speaker_id >= speakers:
        last = speakers - 1
        raise Fault(f"is {speaker_id}, but with {speakers} speakers it is {'0' if not last else f'0 to {last}'}")


def _address(given: Any) -> str:
    """A web address, or nothing where the file is already on this machine."""
    address = _text(given)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        raise Fault(f"is {_shown(given)}, which is no web address") from None
    if parts.scheme not in ("http", "https"):
        raise Fault(
            f"is {_shown(given)}, but only http: and https: addresses can be downloaded; a file on this machine is "
            f"imported instead"
        )
    if not host or re.search(r"[\s\x00-\x1f\x7f\\]", address):
        raise Fault(f"is {_shown(given)}, which is no web address, such as https://example.org/model.ckpt")
    return address


def _sha256(given: Any) -> str:
    digest = _text(given).lower()
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Fault(f"is {_shown(given)}, but it is 64 hexadecimal digits")
    return digest


def _fact(given: Any) -> str:
    fact = _text(given)
    return UNKNOWN if fact.lower() in ("", UNKNOWN) else fact


def _words(given: Any) -> str:
    words = _text(given)
    if not words:
        raise Fault("is empty")
    return words


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise Fault(f"is {_shown(given)}, but it is text in quotes")
    if len(given) > _LONGEST:
        raise Fault(f"is longer than {_LONGEST} characters")
    # Control characters would steer the terminal that shows them; half a surrogate pair cannot be written to a file.
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in given):
        raise Fault(f"is {_shown(given)}, which has a character that cannot be shown")
    return given.strip()


def _shown(given: Any) -> str:
    shown = repr(given)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
