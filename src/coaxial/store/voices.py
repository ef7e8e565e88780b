"""Voices: what was exported from runs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coaxial.domain.errors import NotFound
from coaxial.store.database import Database
from coaxial.store.paths import found_path, kept_path
from coaxial.store.records import VoiceRecord
from coaxial.store.tables import Voice, now
from coaxial.store.training import find_run


class Voices:
    """Store methods about exported voices; part of `Store`."""

    _database: Database
    _data_dir: Path

    def voices(self) -> list[VoiceRecord]:
        """All voices by name."""
        with self._database.reading() as session:
            query = select(Voice).options(joinedload(Voice.run)).order_by(Voice.name)
            return [_voice(row, self._data_dir) for row in session.scalars(query)]

    def voice(self, name: str) -> VoiceRecord:
        """One voice. Raises: NotFound."""
        with self._database.reading() as session:
            return _voice(_find_voice(session, name), self._data_dir)

    def add_voice(self, name: str, run: str, checkpoint: str, folder: Path, language: str, quality: str) -> VoiceRecord:
        """Register an exported voice; exporting one again under its name takes the older row's place.

        Raises: NotFound (the run).
        """
        with self._database.writing() as session:
            trained_by = find_run(session, run)
            row = session.scalar(select(Voice).where(Voice.name == name)) or Voice(name=name)
            session.add(row)
            row.run = trained_by
            row.checkpoint = checkpoint
            row.folder = kept_path(self._data_dir, folder)
            row.language, row.quality, row.created = language, quality, now()
            session.flush()
            return _voice(row, self._data_dir)

    def delete_voice(self, name: str) -> Path:
        """Remove a voice's row; answers its folder. Raises: NotFound."""
        with self._database.writing() as session:
            row = _find_voice(session, name)
            session.delete(row)
            return found_path(self._data_dir, row.folder)


def _find_voice(session: Session, name: str) -> Voice:
    found = session.scalar(select(Voice).where(Voice.name == name))
    if found is None:
        raise NotFound(f"There is no voice named {name!r}.", remedy="See which there are with: coaxial voices list")
    return found


def _voice(row: Voice, data_dir: Path) -> VoiceRecord:
    values = {key: getattr(row, key) for key in ("name", "checkpoint", "language", "quality", "created")}
    run = row.run.name if row.run is not None else ""
    return VoiceRecord(**values, run=run, folder=found_path(data_dir, row.folder))
