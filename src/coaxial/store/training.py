"""Datasets, runs and checkpoints: what was made of the speech."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from coaxial.domain.errors import InUse, InvalidOption, NotFound
from coaxial.domain.prepared import PreparedDataset
from coaxial.store.database import Database
from coaxial.store.paths import found_path, kept_path
from coaxial.store.records import (
    CheckpointKind,
    CheckpointRecord,
    DatasetRecord,
    RunRecord,
    RunState,
)
from coaxial.store.tables import Checkpoint, Dataset, DatasetRecording, Recording, Run, now


class Training:
    """Store methods about datasets, runs and checkpoints; part of `Store`."""

    _database: Database
    _data_dir: Path

    def datasets(self) -> list[DatasetRecord]:
        """All datasets, oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(Dataset).order_by(Dataset.created, Dataset.id))
            return [_dataset(row, self._data_dir) for row in rows]

    def dataset(self, name: str) -> DatasetRecord:
        """The dataset of that name, or the newest prepared from a profile or prompt list of that name.

        Raises: NotFound.
        """
        with self._database.reading() as session:
            return _dataset(_find_dataset(session, name), self._data_dir)

    def add_dataset(self, prepared: PreparedDataset, recordings: Iterable[int]) -> DatasetRecord:
        """Register a prepared dataset, named as its folder, and the ids of the recordings it was made of.

        Preparing it again changes nothing.
        """
        name = prepared.folder.name
        with self._database.writing() as session:
            row = session.scalar(select(Dataset).where(Dataset.name == name))
            if row is None:
                row = Dataset(name=name, created=now())
                session.add(row)
            row.selection = prepared.name
            row.fingerprint = prepared.fingerprint
            row.quality = str(prepared.quality)
            row.language = prepared.language
            row.settings = dict(prepared.settings)
            row.clips = len(prepared.clips)
            row.seconds = prepared.seconds
            row.folder = kept_path(self._data_dir, prepared.folder)
            session.flush()
            session.execute(delete(DatasetRecording).where(DatasetRecording.dataset_id == row.id))
            session.add_all(DatasetRecording(dataset_id=row.id, recording_id=recording) for recording in recordings)
            return _dataset(row, self._data_dir)

    def dataset_recordings(self, name: str) -> list[int]:
        """Ids of the recordings a dataset was made of and that still exist. Raises: NotFound."""
        with self._database.reading() as session:
            row = _find_dataset(session, name)
            return list(
                session.scalars(
                    select(DatasetRecording.recording_id)
                    .where(DatasetRecording.dataset_id == row.id)
                    .order_by(DatasetRecording.recording_id)
                )
            )

    def dataset_sources(self, name: str) -> list[tuple[int, str, str]]:
        """Id, source and sha256 of the recordings a dataset was made of and that still exist. Raises: NotFound."""
        with self._database.reading() as session:
            row = _find_dataset(session, name)
            query = select(Recording.id, Recording.source, Recording.sha256).join(
                DatasetRecording, DatasetRecording.recording_id == Recording.id
            )
            found = session.execute(query.where(DatasetRecording.dataset_id == row.id).order_by(Recording.id))
            return [(id, source, sha256) for id, source, sha256 in found]

    def delete_dataset(self, name: str) -> Path:
        """Remove a dataset's row; answers its folder. Raises: NotFound, InUse where a run was trained on it."""
        with self._database.writing() as session:
            row = _find_dataset(session, name)
            run = session.scalar(select(Run).where(Run.dataset_id == row.id).order_by(Run.id).limit(1))
            if run is not None:
                raise InUse(
                    f"The dataset {row.name!r} cannot go while the run {run.name!r} still needs it.",
                    remedy=f"Delete the run first: coaxial runs delete {run.name}",
                )
            session.delete(row)
            return found_path(self._data_dir, row.folder)

    def runs(self, dataset: str | None = None) -> list[RunRecord]:
        """All runs, or those of one dataset, oldest first."""
        query = select(Run).join(Run.dataset).options(joinedload(Run.dataset)).order_by(Run.created, Run.id)
        if dataset is not None:
            query = query.where(Dataset.name == dataset)
        with self._database.reading() as session:
            return [_run(row, self._data_dir) for row in session.scalars(query)]

    def run(self, name: str) -> RunRecord:
        """One run. Raises: NotFound."""
        with self._database.reading() as session:
            return _run(find_run(session, name), self._data_dir)

    def add_run(self, name: str, dataset: str, options: Mapping[str, Any], folder: Path, base: str = "") -> RunRecord:
        """Begin a run of a dataset, state "running", at step 0.

        options: values that JSON can hold. Raises: NotFound (the dataset), InvalidOption (the name is taken).
        """
        with self._database.writing() as session:
            if session.scalar(select(Run.id).where(Run.name == name)) is not None:
                raise InvalidOption(f"There is a run named {name!r} already.", remedy="Choose another name.")
            row = Run(
                name=name,
                dataset=_find_dataset(session, dataset),
                options=dict(options),
                base=base,
                state="running",
                folder=kept_path(self._data_dir, folder),
                created=now(),
            )
            session.add(row)
            session.flush()
            return _run(row, self._data_dir)

    def set_run_state(self, name: str, state: RunState, step: int) -> RunRecord:
        """Write down how far a run is; "finished" also notes when. Raises: NotFound."""
        with self._database.writing() as session:
            row = find_run(session, name)
            row.state = state
            row.step = step
            row.finished = now() if state == "finished" else None
            session.flush()
            return _run(row, self._data_dir)

    def delete_run(self, name: str) -> Path:
        """Remove a run with its checkpoints' rows; its voices stay. Answers its folder. Raises: NotFound."""
        with self._database.writing() as session:
            row = find_run(session, name)
            session.execute(delete(Run).where(Run.id == row.id))
            return found_path(self._data_dir, row.folder)

    def checkpoints(self, run: str) -> list[CheckpointRecord]:
        """The checkpoints of a run by step. Raises: NotFound."""
        with self._database.reading() as session:
            found = find_run(session, run)
            rows = session.scalars(
                select(Checkpoint).where(Checkpoint.run_id == found.id).order_by(Checkpoint.step, Checkpoint.id)
            )
            return [_checkpoint(row, run, self._data_dir) for row in rows]

    def add_checkpoint(
        self, run: str, file: Path, step: int, epoch: int, kind: CheckpointKind, validation_mel: float | None = None
    ) -> CheckpointRecord:
        """Write down a checkpoint file; one written again takes its older row's place. Raises: NotFound (the run)."""
        with self._database.writing() as session:
            found = find_run(session, run)
            kept = kept_path(self._data_dir, file)
            row = session.scalar(select(Checkpoint).where(Checkpoint.run_id == found.id, Checkpoint.file == kept))
            if row is None:
                row = Checkpoint(run_id=found.id, file=kept)
                session.add(row)
            row.step, row.epoch, row.kind, row.validation_mel, row.created = step, epoch, kind, validation_mel, now()
            session.flush()
            return _checkpoint(row, run, self._data_dir)

    def remove_checkpoint(self, run: str, file: Path) -> None:
        """Forget a checkpoint file that is gone; nothing happens where it is unknown. Raises: NotFound (the run)."""
        with self._database.writing() as session:
            found = find_run(session, run)
            kept = kept_path(self._data_dir, file)
            session.execute(delete(Checkpoint).where(Checkpoint.run_id == found.id, Checkpoint.file == kept))


def _find_dataset(session: Session, name: str) -> Dataset:
    found = session.scalar(select(Dataset).where(Dataset.name == name)) or session.scalar(
        select(Dataset).where(Dataset.selection == name).order_by(Dataset.id.desc()).limit(1)
    )
    if found is None:
        raise NotFound(f"There is no dataset named {name!r}.", remedy=f"Prepare one with: coaxial prepare {name}")
    return found


def find_run(session: Session, name: str) -> Run:
    found = session.scalar(select(Run).where(Run.name == name))
    if found is None:
        raise NotFound(f"There is no run named {name!r}.", remedy="See which there are with: coaxial runs list")
    return found


def _dataset(row: Dataset, data_dir: Path) -> DatasetRecord:
    values = {key: getattr(row, key) for key in ("name", "selection", "fingerprint", "quality", "language", "settings")}
    return DatasetRecord(
        **values, clips=row.clips, seconds=row.seconds, folder=found_path(data_dir, row.folder), created=row.created
    )


def _run(row: Run, data_dir: Path) -> RunRecord:
    values = {key: getattr(row, key) for key in ("name", "options", "base", "state", "step", "created", "finished")}
    return RunRecord(**values, dataset=row.dataset.name, folder=found_path(data_dir, row.folder))


def _checkpoint(row: Checkpoint, run: str, data_dir: Path) -> CheckpointRecord:
    values = {key: getattr(row, key) for key in ("step", "epoch", "kind", "validation_mel", "created")}
    return CheckpointRecord(**values, run=run, file=found_path(data_dir, row.file))
