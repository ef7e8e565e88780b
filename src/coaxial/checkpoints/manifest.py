"""A user's own base checkpoints: a JSON file in the data directory, language → voice → fields.

Entries with a `url` can be downloaded; those without one were imported from a file on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint, folded
from coaxial.checkpoints.manifest_fields import entry_of, fields_of
from coaxial.domain.errors import InUse, InvalidOption, NotFound, StorageFailure, UnsupportedLanguage
from coaxial.domain.files import storage_errors, write_text
from coaxial.text.languages import resolve_language

_WAIT_SECONDS = 60.0
_MOST_FAULTS_TOLD = 10

_Written = dict[str, dict[str, dict[str, Any]]]


def read_manifest(path: Path) -> list[BaseCheckpoint]:
    """The entries of a manifest, in its order; none where there is no such file.

    Raises: InvalidOption, with every mistake in the file; StorageFailure.
    """
    return _entries(path, _written(path))


def add_to_manifest(path: Path, entry: BaseCheckpoint, *, replace: bool = False) -> None:
    """Add an entry, and make the file where there is none; replace: also where the manifest has one of that id.

    Raises: InvalidOption (the entry or the file has a mistake, or the id is taken), InUse, StorageFailure.
    """
    language = resolve_language(entry.language)
    checked, faults = entry_of(language, entry.voice, fields_of(entry, language))
    if checked is None:
        raise InvalidOption(f"{entry.id} cannot be added: {'; '.join(faults)}.")
    with _held(path):
        written = _written(path)
        taken = [own for own in _entries(path, written) if _is(own, checked.id)]
        if taken and not replace:
            raise InvalidOption(
                f"{path} has a checkpoint {taken[0].id} already.",
                remedy="Choose another voice name, or remove that first.",
            )
        for own in taken:
            _drop(written, own)
        written.setdefault(_key_of(written, checked.language), {})[checked.voice] = fields_of(checked, language)
        _write(path, written)


def remove_from_manifest(path: Path, name: str) -> BaseCheckpoint:
    """Remove the entry of an id such as en-US.custom, and answer what it was; downloaded files are not touched.

    Raises: NotFound, with the ids that there are; InvalidOption (the file has a mistake), InUse, StorageFailure.
    """
    with _held(path):
        written = _written(path)
        entries = _entries(path, written)
        for own in entries:
            if _is(own, name):
                _drop(written, own)
                _write(path, written)
                return own
    listed = ", ".join(own.id for own in entries)
    raise NotFound(
        f"The manifest {path} has no checkpoint {name[:80]!r}.",
        remedy=f"It has: {listed}." if listed else "It has none at all.",
    )


def _written(path: Path) -> _Written:
    """The file as it is written, with the shape of a manifest; the fields are not looked at."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageFailure(
            f"The manifest {path} cannot be read: {error.strerror}.", remedy="Make it a file that you can read."
        ) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8 text") from None
    try:
        written = json.loads(text, object_pairs_hook=_without_twins)
    except json.JSONDecodeError as error:
        raise _unreadable(path, f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})") from None
    except ValueError as error:
        raise _unreadable(path, f"it has a number that is none ({error})") from None
    except _Twice as twice:
        raise _unreadable(path, f"the name {str(twice)!r} is there twice in one place") from None
    except RecursionError:
        raise _unreadable(path, "it is nested far deeper than a manifest") from None
    if not isinstance(written, dict):
        raise _unreadable(path, "it does not hold languages")
    for language, voices in written.items():
        if not isinstance(voices, dict):
            raise _unreadable(path, f"{language!r} does not hold voices")
        for voice, fields in voices.items():
            if not isinstance(fields, dict):
                raise _unreadable(path, f"in {language!r}, voice {voice!r} does not hold fields")
    return written


def _entries(path: Path, written: _Written) -> list[BaseCheckpoint]:
    entries: list[BaseCheckpoint] = []
    faults: list[str] = []
    for tag, voices in written.items():
        try:
            language = resolve_language(tag)
        except UnsupportedLanguage as refusal:
            faults.append(f"in language {tag!r}: {refusal}".rstrip("."))
            continue
        for voice, fields in voices.items():
            entry, wrong = entry_of(language, voice, fields)
            if entry and any(_is(other, entry.id) for other in entries):
                wrong = ["it is there already, in another spelling"]
            elif entry:
                entries.append(entry)
            faults += [f"in language {tag}, voice {voice[:60]}: {fault}" for fault in wrong]
    if faults:
        raise _faulty(path, faults)
    return entries


def _faulty(path: Path, faults: list[str]) -> InvalidOption:
    told = "".join(f"\n  {fault}." for fault in faults[:_MOST_FAULTS_TOLD])
    more = len(faults) - _MOST_FAULTS_TOLD
    count = "a mistake" if len(faults) == 1 else f"{len(faults)} mistakes"
    return InvalidOption(
        f"The manifest {path} has {count}:{told}{f'{chr(10)}  and {more} more.' if more > 0 else ''}",
        remedy="Correct the file; until then none of its checkpoints can be used.",
    )


def _unreadable(path: Path, why: str) -> InvalidOption:
    return InvalidOption(
        f"The manifest {path} cannot be read: {why}.",
        remedy='Its form is {"en-US": {"amy": {"name": "Amy", "quality": "Medium", "url": "https://…"}}}.',
    )


class _Twice(Exception):
    """A name that an object of the file has twice: the first of them would be lost without a word."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _is(entry: BaseCheckpoint, name: str) -> bool:
    """Whether a name in any spelling is the entry's id: files of both would be the same file on some systems."""
    language, _, voice = name.partition(".")
    try:
        tag = resolve_language(language).tag
    except UnsupportedLanguage:
        return False
    return (entry.language, folded(entry.voice)) == (tag, folded(voice))


def _key_of(written: _Written, tag: str) -> str:
    """The language as the file spells it already, else its tag."""
    return next((spelled for spelled in written if resolve_language(spelled).tag == tag), tag)


def _drop(written: _Written, entry: BaseCheckpoint) -> None:
    for spelled in [key for key in written if resolve_language(key).tag == entry.language]:
        for voice in [name for name in written[spelled] if _is(entry, f"{entry.language}.{name}")]:
            del written[spelled][voice]
        if not written[spelled]:
            del written[spelled]


def _write(path: Path, written: _Written) -> None:
    write_text(path, json.dumps(written, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """One writer at a time, over all processes, from reading to writing: else of two additions one would be lost."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))
        try:
            lock.acquire(timeout=_WAIT_SECONDS)
        except Timeout:
            raise InUse(
                f"Another command is changing {path} right now.", remedy="Wait until it has finished, and try again."
            ) from None
        try:
            yield
        finally:
            lock.release()
