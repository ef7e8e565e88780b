"""Reading a prompt list aloud: the takes that a recorder brings, what is read already, and what of it is good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.orm import Session

from coaxial.domain.errors import InvalidOption, NameTaken, NotFound
from coaxial.store.database import Database
from coaxial.store.figures import FIGURES, FLAGGED, GOOD
from coaxial.store.paths import kept_path
from coaxial.store.records import Measures, ProfileRecord, RecordingRecord
from coaxial.store.speech import no_profile, no_prompt_list, recording_record
from coaxial.store.tables import Profile, Prompt, PromptList, Recording, now


@dataclass(frozen=True)
class ReadPrompt:
    """One sentence, and what one profile has read of it."""

    position: int
    text: str
    phonemes: int | None
    recording: int | None
    """The newest kept take; None where nobody has read it."""
    takes: int
    """Of any state."""


@dataclass(frozen=True)
class Tally:
    """What there is of the recordings of one profile."""

    kept: int = 0
    superseded: int = 0
    excluded: int = 0
    flagged: int = 0
    """Kept ones with a flag."""
    good_seconds: float = 0.0
    """Of kept recordings that can be trained on, silence trimmed."""


class GoodReading(NamedTuple):
    """A recording that can be trained on."""

    prompt_list: str
    language: str
    text: str
    seconds: float
    """Silence trimmed."""


@dataclass(frozen=True)
class NewTake:
    """A take that a recorder brings."""

    profile: str
    prompt_list: str
    position: int
    file: Path
    """Where the original lies in the data directory."""
    sha256: str
    measures: Measures
    recorded: datetime | None = None
    """When it was recorded; None: now."""


class Readings:
    """Store methods about reading prompt lists; part of `Store`."""

    _database: Database
    _data_dir: Path

    def add_profile(self, name: str, language: str, consent: str, licence: str) -> ProfileRecord:
        """Make a profile. Raises: NameTaken."""
        with self._database.writing() as session:
            if session.scalar(select(Profile.id).where(Profile.name == name)) is not None:
                raise NameTaken(f"There is a profile named {name!r} already.", remedy="Choose another name, or use it.")
            row = Profile(name=name, language=language, consent=consent, licence=licence, created=now())
            session.add(row)
            session.flush()
            return ProfileRecord(name, language, consent, licence, 0, 0.0, row.created)

    def prompt_to_read(self, profile: str, prompt_list: str, position: int) -> str:
        """The text of a prompt that a profile is about to read.

        Raises: NotFound (profile, list or prompt), InvalidOption (they are in two languages).
        """
        with self._database.reading() as session:
            return _to_read(session, profile, prompt_list, position)[1].text

    def add_reading(self, take: NewTake) -> tuple[RecordingRecord, bool]:
        """Add a take; answers it, and whether it is new.

        Bytes that the prompt has already of this profile are the same take, sent twice: it stays as it is. Otherwise
        the newest kept take is superseded, and kept as such; a take that was recorded before that one and only comes
        later is superseded itself. Raises: as prompt_to_read.
        """
        with self._database.writing() as session:
            profile, prompt = _to_read(session, take.profile, take.prompt_list, take.position)
            its = select(Recording).where(Recording.profile_id == profile.id, Recording.prompt_id == prompt.id)
            row = session.scalar(its.where(Recording.sha256 == take.sha256).order_by(Recording.id.desc()))
            new = row is None
            if row is None:
                row = self._added(session, take, profile, prompt, its)
                session.flush()
            return recording_record(row, self._data_dir), new

    def _added(self, session: Session, take: NewTake, profile: Profile, prompt: Prompt, its: Select[Any]) -> Recording:
        recorded = take.recorded or now()
        kept = its.where(Recording.state == "kept").order_by(Recording.created.desc(), Recording.id.desc())
        before: Recording | None = session.scalar(kept.limit(1))
        late = before is not None and before.created > recorded
        if before is not None and not late:
            before.state = "superseded"
        row = Recording(
            profile=profile,
            prompt=prompt,
            file=kept_path(self._data_dir, take.file),
            sha256=take.sha256,
            # Takes of one source name take each other's place, here as in an import.
            source=f"{take.profile}-{prompt.position:04d}" if before is None else before.source,
            speaker="" if before is None else before.speaker,
            state="superseded" if late else "kept",
            created=recorded,
            **asdict(take.measures),
        )
        session.add(row)
        return row

    def read_prompts(
        self, prompt_list: str, profile: str | None, unread: bool, offset: int, limit: int | None
    ) -> tuple[list[ReadPrompt], int]:
        """Part of a list in its order, with what the profile read of it, and how many prompts there are.

        unread: only those of which no take is kept. Raises: NotFound.
        """
        with self._database.reading() as session:
            list_id = session.scalar(select(PromptList.id).where(PromptList.name == prompt_list))
            if list_id is None:
                raise no_prompt_list(prompt_list)
            profile_id = None if profile is None else _profile_id(session, profile)
            takes = (
                select(
                    Recording.prompt_id,
                    func.count(Recording.id).label("takes"),
                    func.max(case((Recording.state == "kept", Recording.id))).label("kept"),
                )
                .join(Recording.prompt)
                .where(Prompt.prompt_list_id == list_id, Recording.profile_id == profile_id)
                .group_by(Recording.prompt_id)
                .subquery()
            )
            columns = (Prompt.position, Prompt.text, Prompt.phonemes, takes.c.kept, func.coalesce(takes.c.takes, 0))
            query = select(*columns).outerjoin(takes, takes.c.prompt_id == Prompt.id)
            count = select(func.count(Prompt.id)).outerjoin(takes, takes.c.prompt_id == Prompt.id)
            chosen = [Prompt.prompt_list_id == list_id, *([takes.c.kept.is_(None)] if unread else [])]
            page = query.where(*chosen).order_by(Prompt.position, Prompt.id).offset(offset).limit(limit)
            rows = [ReadPrompt(*row) for row in session.execute(page)]
            return rows, session.scalar(count.where(*chosen)) or 0

    def good_readings(self, profile: str) -> list[GoodReading]:
        """Every recording of a profile that is kept and can be trained on. Raises: NotFound."""
        with self._database.reading() as session:
            chosen = (Recording.profile_id == _profile_id(session, profile), GOOD)
            columns = (PromptList.name, PromptList.language, Prompt.text, FIGURES["trimmed"])
            joined = select(*columns).select_from(Recording).join(Recording.prompt).join(Prompt.prompt_list)
            return [GoodReading(*row) for row in session.execute(joined.where(*chosen).order_by(Recording.id))]

    def tallies(self) -> dict[str, Tally]:
        """What there is of the recordings of each profile that has any, by its name."""
        kept = Recording.state == "kept"
        query = (
            select(
                Profile.name,
                *(func.sum(case((Recording.state == one, 1), else_=0)) for one in ("kept", "superseded", "excluded")),
                func.sum(case((kept & FLAGGED, 1), else_=0)),
                func.sum(case((GOOD, FIGURES["trimmed"]), else_=0.0)),
            )
            .select_from(Recording)
            .join(Recording.profile)
            .join(Recording.prompt)
            .group_by(Profile.name)
        )
        with self._database.reading() as session:
            return {name: Tally(*figures) for name, *figures in session.execute(query)}

    def uncounted_prompts(self, limit: int) -> list[tuple[int, str, str]]:
        """Id, text and language of prompts whose phonemes were never counted."""
        query = select(Prompt.id, Prompt.text, PromptList.language).join(Prompt.prompt_list)
        with self._database.reading() as session:
            rows = session.execute(query.where(Prompt.phonemes.is_(None)).order_by(Prompt.id).limit(limit))
            return [(id, text, language) for id, text, language in rows]

    def count_phonemes(self, counted: Mapping[int, int]) -> None:
        """Write down how many phonemes prompts make a voice say, by their ids."""
        with self._database.writing() as session:
            rows: Sequence[dict[str, int]] = [{"id": id, "phonemes": count} for id, count in counted.items()]
            if rows:
                session.execute(update(Prompt), rows)


def _profile_id(session: Session, name: str) -> int:
    found = session.scalar(select(Profile.id).where(Profile.name == name))
    if found is None:
        raise no_profile(name)
    return found


def _to_read(session: Session, profile: str, prompt_list: str, position: int) -> tuple[Profile, Prompt]:
    reader = session.scalar(select(Profile).where(Profile.name == profile))
    if reader is None:
        raise no_profile(profile)
    read = session.scalar(select(PromptList).where(PromptList.name == prompt_list))
    if read is None:
        raise no_prompt_list(prompt_list)
    if reader.language != read.language:
        raise InvalidOption(
            f"The profile {profile!r} is {reader.language} and the prompt list {prompt_list!r} is {read.language}.",
            remedy="Read a list of the profile's language, or make a profile for this one.",
        )
    its = select(Prompt).where(Prompt.prompt_list_id == read.id, Prompt.position == position).order_by(Prompt.id)
    prompt = session.scalar(its.limit(1))
    if prompt is None:
        raise NotFound(
            f"The prompt list {prompt_list!r} has no prompt {position}.", remedy="Look at the list for its positions."
        )
    return reader, prompt
