"""Recordings in lists that a person sorts and searches, and what they change of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from coaxial.domain.errors import NotFound
from coaxial.store.database import Database
from coaxial.store.figures import BADNESS, FIGURES, FLAGGED, has_flag
from coaxial.store.paths import found_path
from coaxial.store.records import RecordingRecord, RecordingState
from coaxial.store.speech import no_profile, no_prompt_list, recording_record
from coaxial.store.tables import Profile, Prompt, PromptList, Recording
from coaxial.store.takes import ListEntry

_ESCAPE = "\\"


@dataclass(frozen=True)
class Wanted:
    """Which recordings; what is empty does not choose."""

    profile: str = ""
    prompt_list: str = ""
    position: int | None = None
    """Of the prompt."""
    states: tuple[RecordingState, ...] = ()
    flag: str = ""
    """One of domain.flags.CODES, or `any`, or `none`."""
    search: str = ""
    """A part of the text or of the source's name, in small or capital letters."""


@dataclass(frozen=True)
class Change:
    """What a person changes of one recording; None stays as it is."""

    id: int
    state: Literal["kept", "excluded"] | None = None
    text: str | None = None
    """Normalised."""
    phonemes: int | None = None
    """Spoken ones of the text."""


_PLACE = (PromptList.name, Prompt.position, Prompt.id)

SORTS: Mapping[str, tuple[Any, ...]] = {
    "prompt": _PLACE,
    "created": (Recording.created,),
    "seconds": (Recording.seconds,),
    "text": (Prompt.text,),
    "noise": (Recording.noise,),
    **{name: (expression,) for name, expression in FIGURES.items()},
    "worst": (BADNESS, -FIGURES["above_noise"]),
}
"""What recordings can be sorted by."""


class Recordings:
    """Store methods about single recordings; part of `Store`."""

    _database: Database
    _data_dir: Path

    def find_recordings(
        self, wanted: Wanted, sort: str, descending: bool, offset: int, limit: int
    ) -> tuple[list[RecordingRecord], int]:
        """A part of the recordings that are wanted, and how many they are. sort: one of SORTS.

        Those that are equal to the sort come in the order of their ids. Raises: NotFound (the profile or prompt list).
        """
        with self._database.reading() as session:
            chosen = _conditions(session, wanted)
            columns = SORTS[sort]
            order = [column.desc() if descending else column for column in columns]
            # Numbers alone are sorted faster than whole rows, and counted faster without tables that nothing asks for.
            query = _joined(select(Recording.id)).where(*chosen).order_by(*order, Recording.id)
            ids = list(session.scalars(query.offset(offset).limit(limit)))
            found = [recording_record(row, self._data_dir) for row in _found(session, ids)]
            count = select(func.count(Recording.id)).select_from(Recording)
            asks_prompts = wanted.prompt_list or wanted.position or wanted.flag or wanted.search
            total = session.scalar((count.join(Recording.prompt) if asks_prompts else count).where(*chosen))
            return found, total or 0

    def recordings_of(self, ids: Sequence[int]) -> list[RecordingRecord]:
        """The recordings of these ids, in that order. Raises: NotFound."""
        with self._database.reading() as session:
            return [recording_record(row, self._data_dir) for row in _found(session, ids)]

    def recording(self, id: int) -> RecordingRecord:
        """One recording. Raises: NotFound."""
        return self.recordings_of([id])[0]

    def change_recordings(self, changes: Sequence[Change]) -> list[RecordingRecord]:
        """Make all changes in one transaction, in their order; answers the recordings as they are then.

        A take that is kept again takes the place of the one that is kept under the same source name. A prompt that
        nobody else reads gets the corrected text; otherwise the recording moves to the prompt that has it.
        Raises: NotFound (any of them; nothing is changed then).
        """
        with self._database.writing() as session:
            rows = {row.id: row for row in _found(session, list(dict.fromkeys(one.id for one in changes)))}
            for change in changes:
                row = rows[change.id]
                if change.text is not None:
                    entry = ListEntry(session, row.prompt.prompt_list_id, self._data_dir)
                    entry.move(row, change.text, change.phonemes)
                if change.state == "kept" and row.state != "kept":
                    _take_the_place(session, row)
                row.state = change.state or row.state
                session.flush()
        return self.recordings_of([change.id for change in changes])

    def delete_recording(self, id: int) -> list[Path]:
        """Remove a recording; answers its original if nothing else refers to it. Raises: NotFound."""
        with self._database.writing() as session:
            (row,) = _found(session, [id])
            file = row.file
            session.delete(row)
            session.flush()
            used = session.scalar(select(Recording.id).where(Recording.file == file).limit(1))
            return [] if used is not None else [found_path(self._data_dir, file)]


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(Recording.profile).join(Recording.prompt).join(Prompt.prompt_list)


def _loaded(query: Select[Any]) -> Select[Any]:
    return _joined(query).options(
        contains_eager(Recording.profile), contains_eager(Recording.prompt).contains_eager(Prompt.prompt_list)
    )


def _found(session: Session, ids: Sequence[int]) -> list[Recording]:
    rows: dict[int, Recording] = {}
    # SQLite takes so many values in one statement, and no more.
    for begin in range(0, len(ids), 500):
        part = ids[begin : begin + 500]
        query = _loaded(select(Recording)).where(Recording.id.in_(part))
        rows |= {row.id: row for row in session.scalars(query).unique()}
    for id in ids:
        if id not in rows:
            raise NotFound(f"There is no recording {id}.", remedy="It may have been deleted; look at the list again.")
    return [rows[id] for id in ids]


def _take_the_place(session: Session, row: Recording) -> None:
    siblings = session.scalars(
        select(Recording)
        .join(Recording.prompt)
        .where(
            Prompt.prompt_list_id == row.prompt.prompt_list_id,
            Recording.profile_id == row.profile_id,
            Recording.source == row.source,
            Recording.state == "kept",
            Recording.id != row.id,
        )
    )
    for sibling in siblings:
        sibling.state = "superseded"


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if wanted.profile:
        id = session.scalar(select(Profile.id).where(Profile.name == wanted.profile))
        if id is None:
            raise no_profile(wanted.profile)
        chosen.append(Recording.profile_id == id)
    if wanted.prompt_list:
        id = session.scalar(select(PromptList.id).where(PromptList.name == wanted.prompt_list))
        if id is None:
            raise no_prompt_list(wanted.prompt_list)
        chosen.append(Prompt.prompt_list_id == id)
    if wanted.position is not None:
        chosen.append(Prompt.position == wanted.position)
    if wanted.states:
        chosen.append(Recording.state.in_(wanted.states))
    if wanted.flag:
        of_flags = {"any": FLAGGED, "none": ~FLAGGED}
        chosen.append(of_flags[wanted.flag] if wanted.flag in of_flags else has_flag(wanted.flag))
    if wanted.search:
        chosen.append(or_(*(_contains(column, wanted.search) for column in (Prompt.text, Recording.source))))
    return chosen


def _contains(column: Any, words: str) -> ColumnElement[bool]:
    # SQLite compares small with capital letters in ASCII alone, so that Ä and ä are looked for both.
    forms = {words} if words.isascii() else {words, words.lower(), words.upper(), words.capitalize()}
    return or_(*(column.ilike(f"%{_escaped(form)}%", escape=_ESCAPE) for form in forms))


def _escaped(words: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        words = words.replace(special, _ESCAPE + special)
    return words
