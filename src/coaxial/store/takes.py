"""Taking recordings in: what is new, what is known, what replaces an older take, what has a corrected transcript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaxial.domain.errors import InvalidOption
from coaxial.store.database import Database
from coaxial.store.paths import kept_path
from coaxial.store.records import Take
from coaxial.store.tables import Profile, Prompt, PromptList, Recording

_Named = TypeVar("_Named", Profile, PromptList)

Outcome = Literal["new", "known", "corrected", "replaced", "excluded"]
"""new: a recording was added. known: it was there. corrected: it was there with another transcript, speaker or name.
replaced: it took the place of an older recording of the same source. excluded: it is there, set aside by the person."""


class Takes:
    """Store methods that add recordings; part of `Store`."""

    _database: Database
    _data_dir: Path

    def require_language(self, prompt_list: str, profiles: Iterable[str], language: str) -> None:
        """Do nothing if speech in this language may be added there. Raises: InvalidOption."""
        with self._database.reading() as session:
            for row in session.scalars(select(PromptList).where(PromptList.name == prompt_list)):
                _same_language(row, language)
            for name in sorted(set(profiles)):
                for profile in session.scalars(select(Profile).where(Profile.name == name)):
                    _same_language(profile, language)

    def add_takes(self, prompt_list: str, language: str, takes: Sequence[Take]) -> list[Outcome]:
        """Add recordings with their prompts and profiles in one transaction; what is there already is not added again.

        A recording is known by its bytes within the list. One with the source name of an older recording supersedes
        it; one that is known, under another transcript, moves there. Raises: InvalidOption (another language).
        """
        with self._database.writing() as session:
            entry = ListEntry(session, _find_or_make(session, PromptList, prompt_list, language).id, self._data_dir)
            profiles = {
                name: _find_or_make(session, Profile, name, language)
                for name in dict.fromkeys(take.profile for take in takes)
            }
            return [entry.add(take, profiles[take.profile]) for take in takes]


class ListEntry:
    """One prompt list open for takes, within one transaction."""

    def __init__(self, session: Session, list_id: int, data_dir: Path) -> None:
        self._session = session
        self._list_id = list_id
        self._data_dir = data_dir
        self._prompts = select(Prompt.id).where(Prompt.prompt_list_id == list_id)
        last = session.scalar(select(func.max(Prompt.position)).where(Prompt.prompt_list_id == list_id))
        self._position = last or 0

    def add(self, take: Take, profile: Profile) -> Outcome:
        known = self._session.scalar(
            select(Recording).where(Recording.prompt_id.in_(self._prompts), Recording.sha256 == take.sha256)
        )
        if known is None:
            replaced = self._supersede(take.source, None)
            self._session.add(
                Recording(
                    profile_id=profile.id,
                    prompt_id=self._prompt(take.text, take.phonemes).id,
                    speaker=take.speaker,
                    file=kept_path(self._data_dir, take.file),
                    sha256=take.sha256,
                    source=take.source,
                    **asdict(take.measures),
                )
            )
            self._session.flush()
            return "replaced" if replaced else "new"
        return self._bring_up_to_date(known, take, profile)

    def _bring_up_to_date(self, known: Recording, take: Take, profile: Profile) -> Outcome:
        if known.state == "excluded":
            self._correct(known, take, profile)
            return "excluded"
        replaced = self._supersede(take.source, known.id)
        restored = known.state == "superseded"
        known.state = "kept"
        corrected = self._correct(known, take, profile)
        self._session.flush()
        if replaced or restored:
            return "replaced"
        return "corrected" if corrected else "known"

    def _correct(self, known: Recording, take: Take, profile: Profile) -> bool:
        now = (known.source, known.speaker, known.profile_id, known.prompt.text)
        if now == (take.source, take.speaker, profile.id, take.text):
            return False
        known.source, known.speaker, known.profile_id = take.source, take.speaker, profile.id
        if known.prompt.text != take.text:
            self.move(known, take.text, take.phonemes)
        return True

    def move(self, known: Recording, text: str, phonemes: int | None) -> None:
        """Give a recording another transcript: its prompt's new text, or another prompt."""
        if known.prompt.text == text:
            return
        # A prompt that only this recording reads is the misspelt transcript itself: it is corrected in place, or goes
        # where the right sentence exists already. A prompt that others read stays as it is.
        old = known.prompt
        readers = self._session.scalar(select(func.count(Recording.id)).where(Recording.prompt_id == old.id))
        existing = self._find_prompt(text)
        if readers == 1 and existing is None:
            old.text, old.phonemes = text, phonemes
            return
        known.prompt = existing or self._prompt(text, phonemes)
        self._session.flush()
        if readers == 1:
            self._session.delete(old)

    def _supersede(self, source: str, except_id: int | None) -> bool:
        older = self._session.scalars(
            select(Recording).where(
                Recording.prompt_id.in_(self._prompts), Recording.source == source, Recording.state == "kept"
            )
        )
        replaced = [row for row in older if row.id != except_id]
        for row in replaced:
            row.state = "superseded"
        return bool(replaced)

    def _find_prompt(self, text: str) -> Prompt | None:
        return self._session.scalar(select(Prompt).where(Prompt.prompt_list_id == self._list_id, Prompt.text == text))

    def _prompt(self, text: str, phonemes: int | None) -> Prompt:
        found = self._find_prompt(text)
        if found is not None:
            return found
        self._position += 1
        made = Prompt(prompt_list_id=self._list_id, position=self._position, text=text, phonemes=phonemes)
        self._session.add(made)
        self._session.flush()
        return made


def _find_or_make(session: Session, table: type[_Named], name: str, language: str) -> _Named:
    found = session.scalar(select(table).where(table.name == name))
    if found is not None:
        _same_language(found, language)
        return found
    made = table(name=name, language=language)
    session.add(made)
    session.flush()
    return made


def _same_language(row: Profile | PromptList, language: str) -> None:
    if row.language != language:
        kind = "profile" if isinstance(row, Profile) else "prompt list"
        raise InvalidOption(
            f"The {kind} {row.name!r} is {row.language} and cannot take {language} speech too.",
            remedy=f"Choose another --name, or import with --language {row.language}.",
        )
