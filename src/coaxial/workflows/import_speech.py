"""Taking recordings and their transcripts in: checked, measured, copied untouched, and written down."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from coaxial.audio.measures import Measures as Measured
from coaxial.audio.measures import measure_all
from coaxial.audio.workers import warm_up
from coaxial.dataset.check import Problem, check_recording
from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.dataset.prepare import PRELOAD
from coaxial.dataset.report import ImportReport, ImportRow
from coaxial.dataset.sources import SourceRow, open_source
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.names import check_name
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.originals import sha256_of, store_original
from coaxial.store.records import RecordingRecord, Take
from coaxial.text.coverage import spoken_of
from coaxial.text.languages import Language, resolve_language
from coaxial.text.phonemes import phonemize
from coaxial.workflows.import_bundles import bundle_is_done, report_of_bundle
from coaxial.workflows.locks import locked, speech_key
from coaxial.workflows.measuring import as_measured, as_measures
from coaxial.workflows.speakers import profiles_of_speakers

CHUNK = 64
"""Rows that are written down together; a kill costs at most so many measurements."""


def import_speech(settings: Settings, source: Path, name: str, language_tag: str, progress: Progress) -> ImportReport:
    """Import a folder, ZIP or transcript table as a profile and a prompt list of this name.

    Several speakers become profiles `NAME-speaker`. What is in the store already counts as taken and is not measured
    again; after a kill the same call goes on. The report is also saved below settings.reports. A source that was sent
    over the network is deleted when some of it was taken.
    Raises: InvalidOption (the name, or it holds another language), UnsupportedLanguage, UnreadableSource,
    UnsafeArchive, StorageFailure, InUse.
    """
    name = check_name(name)
    language = resolve_language(language_tag)
    before = report_of_bundle(settings, source)
    if before is not None:
        return ImportReport.load(before)
    # Phonemes are wanted here, not a voice.
    put_off_piper_runtime()
    with (
        locked(settings, speech_key(name), f"the recordings of {name}"),
        open_store(settings) as store,
        _scratch(settings, name) as scratch,
        open_source(source.expanduser(), scratch) as found,
    ):
        rows = _Rows(found.rows, store.recordings(prompt_list=name, kept_only=False), name)
        store.require_language(name, rows.profiles.values(), language.tag)
        if settings.processes > 1:
            # They start while this process reads.
            warm_up(PRELOAD)
        rows.read(progress)
        importing = _Import(settings, store, name, language, rows)
        with closing(measure_all(rows.unmeasured(), settings.processes, progress)) as measured:
            importing.take_all(measured)
        report = ImportReport(found.title or str(source), importing.fates, (*found.notes, *importing.notes()))
    folder = _report_folder(settings, name)
    report.save(folder)
    progress.say(f"The whole report is in {folder}.")
    if report.taken:
        bundle_is_done(settings, source, folder)
    return replace(report, folder=folder)


@dataclass(frozen=True)
class _Row:
    """A row of the source with what is known of its bytes."""

    source: SourceRow
    sha256: str = ""
    known: RecordingRecord | None = None
    problem: tuple[str, str] | None = None
    """Code and sentence."""

    @property
    def name(self) -> str:
        """What the recording is called in the store: as in the source, spelled in one way."""
        return unicodedata.normalize("NFC", self.source.name).replace("\\", "/").removeprefix("./")

    @property
    def audio(self) -> Path:
        assert self.source.audio is not None
        return self.source.audio

    @property
    def place(self) -> str:
        return f"line {self.source.line}" if self.source.line is not None else self.source.name


class _Rows:
    """The rows of a source beside what the store holds of them."""

    def __init__(self, found: Sequence[SourceRow], stored: Sequence[RecordingRecord], name: str) -> None:
        self._known = {recording.sha256: recording for recording in stored}
        usable = [row.speaker or "" for row in found if row.problem is None]
        self.profiles: Mapping[str, str] = profiles_of_speakers(name, usable, stored)
        self.rows = [_Row(row, problem=row.problem and (row.problem.code, row.problem.sentence)) for row in found]

    def read(self, progress: Progress) -> None:
        """Hash every recording; the same bytes twice are rejected the second time."""
        progress.stage("Reading recordings", total=len(self.rows), unit="files")
        first: dict[str, _Row] = {}
        for position, row in enumerate(self.rows):
            if row.problem is None:
                self.rows[position] = read = self._read(row, first)
                first.setdefault(read.sha256, read)
            progress.advance()

    def unmeasured(self) -> list[Path]:
        """The recordings that have to be measured, in order."""
        return [row.audio for row in self.rows if row.problem is None and row.known is None]

    def _read(self, row: _Row, first: Mapping[str, _Row]) -> _Row:
        try:
            sha256 = sha256_of(row.audio)
        except UnreadableAudio as error:
            return replace(row, problem=("unreadable_audio", error.message))
        if sha256 in first:
            sentence = f"The recording is the same, byte for byte, as that of {first[sha256].place}."
            return replace(row, sha256=sha256, problem=("duplicate_audio", sentence))
        return replace(row, sha256=sha256, known=self._known.get(sha256))


class _Import:
    """One import on its way: every row ends in `fates`, taken or rejected."""

    def __init__(self, settings: Settings, store: Store, name: str, language: Language, rows: _Rows) -> None:
        self._settings, self._store, self._name, self._language = settings, store, name, language
        self._rows = rows
        self._said: dict[str, str] = {}
        self._outcomes: Counter[str] = Counter()
        self.fates: list[ImportRow] = []

    def take_all(self, measured: Iterator[Measured | UnreadableAudio]) -> None:
        """Take or reject every row, writing a chunk of them down at a time."""
        for begin in range(0, len(self._rows.rows), CHUNK):
            judged = [self._judge(row, measured) for row in self._rows.rows[begin : begin + CHUNK]]
            self._write_down([take for _, take in judged if take is not None])
            self.fates += [fate for fate, _ in judged]

    def notes(self) -> tuple[str, ...]:
        """What became of recordings that the store held before."""
        sentences = {
            "known": "{} were in the store already and were not measured again.",
            "corrected": "{} were in the store already and have another transcript, speaker or name now.",
            "replaced": "{} took the place of older recordings of the same name, which are kept as superseded.",
            "excluded": "{} were excluded in the store before, and stay so.",
        }
        return tuple(text.format(self._outcomes[key]) for key, text in sentences.items() if self._outcomes[key])

    def _judge(self, row: _Row, measured: Iterator[Measured | UnreadableAudio]) -> tuple[ImportRow, Take | None]:
        if row.problem is not None:
            return self._fate(row, problem=row.problem), None
        if row.known is not None and self._is_unchanged(row, row.known):
            self._outcomes["known"] += 1
            return self._fate(row, row.known.measures.seconds), None
        result = as_measured(row.known.measures) if row.known is not None else next(measured)
        if isinstance(result, UnreadableAudio):
            return self._fate(row, problem=("unreadable_audio", result.message)), None
        phonemes = phonemize(row.source.text, self._language.espeak_voice)
        problems = check_recording(result, phonemes, row.source.text)
        if problems and problems[0].fatal:
            kept = " The recording in the store stays as it was." if row.known is not None else ""
            return self._fate(row, result.seconds, (problems[0].code, problems[0].sentence + kept)), None
        return self._taken(row, result, problems, len(spoken_of(phonemes).phonemes))

    def _taken(
        self, row: _Row, measured: Measured, problems: Sequence[Problem], phonemes: int
    ) -> tuple[ImportRow, Take | None]:
        try:
            file = store_original(self._settings.recordings, row.audio, row.sha256)
        except UnreadableAudio as error:
            return self._fate(row, measured.seconds, ("unreadable_audio", error.message)), None
        speaker = row.source.speaker or ""
        profile = self._rows.profiles[speaker]
        take = Take(profile, row.source.text, speaker, file, row.sha256, row.name, as_measures(measured), phonemes)
        return self._fate(row, measured.seconds, warnings=[problem.sentence for problem in problems]), take

    def _is_unchanged(self, row: _Row, known: RecordingRecord) -> bool:
        speaker = row.source.speaker or ""
        now = (known.state, known.text, known.speaker, known.profile, known.source)
        return now == ("kept", row.source.text, speaker, self._rows.profiles[speaker], row.name)

    def _fate(
        self,
        row: _Row,
        seconds: float = 0.0,
        problem: tuple[str, str] | None = None,
        warnings: Sequence[str] = (),
    ) -> ImportRow:
        if problem is None:
            earlier = self._said.setdefault(row.source.text, row.place)
            if earlier != row.place:
                warnings = (*warnings, f"Says the same as {earlier}; it is kept as another take of that sentence.")
        code, reason = problem or ("", "")
        return ImportRow(
            line=row.source.line,
            name=row.source.name,
            text=row.source.text,
            speaker=row.source.speaker,
            outcome="rejected" if problem else "taken",
            code=code,
            reason=reason,
            warnings=tuple(warnings),
            seconds=round(seconds, 3),
        )

    def _write_down(self, takes: Sequence[Take]) -> None:
        if not takes:
            return
        # The files must be on the disk before the rows that name them, and one flush is cheaper than one for each.
        os.sync()
        self._outcomes.update(self._store.add_takes(self._name, self._language.tag, takes))


@contextmanager
def _scratch(settings: Settings, name: str) -> Iterator[Path]:
    """A folder for unpacking on the disk that has room for recordings; what a kill left there goes first."""
    folder = settings.data_dir / "scratch" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _report_folder(settings: Settings, name: str) -> Path:
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(settings.reports / each for each in names if not (settings.reports / each).exists())
