"""Profiles, prompt lists, prompts and recordings: what is in the store of a person's speech, and removing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.store.database import Database
from coaxial.store.paths import found_path
from coaxial.store.records import Measures, ProfileRecord, PromptListRecord, PromptRecord, RecordingRecord
from coaxial.store.tables import Profile, Prompt, PromptList, Recording


class Speech:
    """Store methods about speech; part of `Store`."""

    _database: Database
    _data_dir: Path

    def profiles(self) -> list[ProfileRecord]:
        """All profiles by name."""
        with self._database.reading() as session:
            return [_profile(*row) for row in session.execute(_profiles().order_by(Profile.name))]

    def profile(self, name: str) -> ProfileRecord:
        """One profile. Raises: NotFound."""
        with self._database.reading() as session:
            row = session.execute(_profiles().where(Profile.name == name)).first()
        if row is None:
            raise no_profile(name)
        return _profile(*row)

    def prompt_lists(self) -> list[PromptListRecord]:
        """All prompt lists by name."""
        with self._database.reading() as session:
            lists = session.scalars(select(PromptList).order_by(PromptList.name)).all()
            return [_prompt_list(session, row) for row in lists]

    def prompt_list(self, name: str) -> PromptListRecord:
        """One prompt list. Raises: NotFound."""
        with self._database.reading() as session:
            return _prompt_list(session, _find_list(session, name))

    def prompts(self, prompt_list: str) -> list[PromptRecord]:
        """The sentences of a list in their order. Raises: NotFound."""
        with self._database.reading() as session:
            found = _find_list(session, prompt_list)
            rows = session.scalars(
                select(Prompt).where(Prompt.prompt_list_id == found.id).order_by(Prompt.position, Prompt.id)
            )
            return [PromptRecord(prompt_list, row.position, row.text) for row in rows]

    def add_prompts(
        self, prompt_list: str, language: str, sentences: Sequence[str], phonemes: Mapping[str, int] | None = None
    ) -> int:
        """Add sentences behind those that the list has, in one transaction, and make the list where there is none.

        phonemes: how many each sentence makes a voice say, where that is known. Answers how many sentences were new.
        Raises: InvalidOption (the list is in another language).
        """
        with self._database.writing() as session:
            found = session.scalar(select(PromptList).where(PromptList.name == prompt_list))
            if found is None:
                found = PromptList(name=prompt_list, language=language)
                session.add(found)
                session.flush()
            elif found.language != language:
                raise InvalidOption(
                    f"The prompt list {prompt_list!r} is {found.language} and cannot take {language} sentences too.",
                    remedy="Choose another name for the new list.",
                )
            there = session.scalars(select(Prompt).where(Prompt.prompt_list_id == found.id)).all()
            known = {prompt.text for prompt in there}
            last = max((prompt.position for prompt in there), default=0)
            new = [text for text in dict.fromkeys(sentences) if text not in known]
            session.add_all(
                Prompt(prompt_list_id=found.id, position=position, text=text, phonemes=(phonemes or {}).get(text))
                for position, text in enumerate(new, start=last + 1)
            )
            return len(new)

    def recordings(
        self, *, profile: str | None = None, prompt_list: str | None = None, kept_only: bool = True
    ) -> list[RecordingRecord]:
        """Recordings of a profile, of a list, or of both together, in the order of the prompts."""
        query = _recordings()
        if profile is not None:
            query = query.where(Profile.name == profile)
        if prompt_list is not None:
            query = query.where(PromptList.name == prompt_list)
        if kept_only:
            query = query.where(Recording.state == "kept")
        return self._recordings(query)

    def selected_recordings(self, name: str) -> list[RecordingRecord]:
        """Kept recordings whose profile or prompt list is `name`."""
        return self._recordings(
            _recordings().where(or_(Profile.name == name, PromptList.name == name), Recording.state == "kept")
        )

    def describe_profile(self, name: str, consent: str | None, licence: str | None) -> ProfileRecord:
        """Write down what a speaker agreed to and the licence of the voice; None leaves what was there.

        Raises: NotFound.
        """
        with self._database.writing() as session:
            profile = session.scalar(select(Profile).where(Profile.name == name))
            if profile is None:
                raise no_profile(name)
            profile.consent = profile.consent if consent is None else consent
            profile.licence = profile.licence if licence is None else licence
        return self.profile(name)

    def delete_profile(self, name: str) -> list[Path]:
        """Remove a profile with its recordings; answers the original files that nothing refers to any more.

        Raises: NotFound.
        """
        with self._database.writing() as session:
            profile = session.scalar(select(Profile).where(Profile.name == name))
            if profile is None:
                raise no_profile(name)
            files = _files(session, Recording.profile_id == profile.id)
            session.execute(delete(Profile).where(Profile.id == profile.id))
            return self._unused(session, files)

    def delete_prompt_list(self, name: str) -> list[Path]:
        """Remove a list with its prompts and their recordings; answers the originals nothing refers to any more.

        Raises: NotFound.
        """
        with self._database.writing() as session:
            found = _find_list(session, name)
            prompts = select(Prompt.id).where(Prompt.prompt_list_id == found.id)
            files = _files(session, Recording.prompt_id.in_(prompts))
            session.execute(delete(PromptList).where(PromptList.id == found.id))
            return self._unused(session, files)

    def _recordings(self, query: Select[Any]) -> list[RecordingRecord]:
        with self._database.reading() as session:
            return [recording_record(row, self._data_dir) for row in session.scalars(query)]

    def _unused(self, session: Session, files: Sequence[str]) -> list[Path]:
        still = set(session.scalars(select(Recording.file)))
        return [found_path(self._data_dir, file) for file in files if file not in still]


def no_profile(name: str) -> NotFound:
    return NotFound(f"There is no profile named {name!r}.", remedy="See which there are with: coaxial profiles list")


def no_prompt_list(name: str) -> NotFound:
    return NotFound(
        f"There is no prompt list named {name!r}.", remedy="See which there are with: coaxial prompt-lists list"
    )


def _find_list(session: Session, name: str) -> PromptList:
    found = session.scalar(select(PromptList).where(PromptList.name == name))
    if found is None:
        raise no_prompt_list(name)
    return found


def _profiles() -> Any:
    return (
        select(Profile, func.count(Recording.id), func.sum(Recording.seconds))
        .outerjoin(Recording, (Recording.profile_id == Profile.id) & (Recording.state == "kept"))
        .group_by(Profile.id)
    )


def _profile(row: Profile, recordings: int, seconds: float | None) -> ProfileRecord:
    return ProfileRecord(
        name=row.name,
        language=row.language,
        consent=row.consent,
        licence=row.licence,
        recordings=recordings,
        seconds=round(seconds or 0.0, 3),
        created=row.created,
    )


def _prompt_list(session: Session, row: PromptList) -> PromptListRecord:
    prompts = session.scalar(select(func.count(Prompt.id)).where(Prompt.prompt_list_id == row.id)) or 0
    recordings = session.scalar(
        select(func.count(Recording.id)).join(Prompt).where(Prompt.prompt_list_id == row.id, Recording.state == "kept")
    )
    return PromptListRecord(row.name, row.language, prompts, recordings or 0, row.created)


def _recordings() -> Select[Any]:
    return (
        select(Recording)
        .join(Recording.profile)
        .join(Recording.prompt)
        .join(Prompt.prompt_list)
        .options(joinedload(Recording.profile), joinedload(Recording.prompt).joinedload(Prompt.prompt_list))
        .order_by(PromptList.name, Prompt.position, Prompt.id, Recording.id)
    )


def _files(session: Session, condition: ColumnElement[bool]) -> list[str]:
    return list(session.scalars(select(Recording.file).where(condition).distinct()))


def recording_record(row: Recording, data_dir: Path) -> RecordingRecord:
    """One row, with its prompt and profile loaded, as a plain value."""
    return RecordingRecord(
        id=row.id,
        profile=row.profile.name,
        prompt_list=row.prompt.prompt_list.name,
        position=row.prompt.position,
        text=row.prompt.text,
        speaker=row.speaker,
        file=found_path(data_dir, row.file),
        sha256=row.sha256,
        source=row.source,
        state=row.state,  # type: ignore[arg-type]
        measures=Measures(
            seconds=row.seconds,
            rate=row.rate,
            channels=row.channels,
            speech_start=row.speech_start,
            speech_end=row.speech_end,
            peak=row.peak,
            loudness=row.loudness,
            noise=row.noise,
            clipped=row.clipped,
            begins=row.begins,
            ends=row.ends,
        ),
        created=row.created,
        phonemes=row.prompt.phonemes,
    )
