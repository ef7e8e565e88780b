"""What an import would make of files, before anything is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coaxial.dataset.audio_index import is_audio_name
from coaxial.dataset.bundle import Bundle
from coaxial.dataset.sources import Source, SourceRow, bundled_files, read_files
from coaxial.dataset.transcripts import Reason, Table
from coaxial.settings import Settings
from coaxial.text.languages import resolve_language
from coaxial.text.symbols import describe_character, unsayable

SHOWN = 20
"""First rows, and first rejected rows, that are shown."""

_SAMPLES = 3


@dataclass(frozen=True)
class PreviewedColumn:
    """One column of a transcript table."""

    position: int
    """From 0."""
    title: str
    """As the header has it; empty where there is none."""
    role: str
    """name, text, normalised or speaker; empty for one that is not read."""
    samples: tuple[str, ...]
    """What its first rows hold."""


@dataclass(frozen=True)
class PreviewedTable:
    """The transcript table, as it is understood."""

    name: str
    delimiter: str
    header: bool
    columns: tuple[PreviewedColumn, ...]


@dataclass(frozen=True)
class ImportPreview:
    """What would be taken, as far as can be known without listening."""

    title: str
    files: int
    recordings: int
    """Audio files."""
    table: PreviewedTable | None
    """None: every recording has a text file of its own."""
    rows: int
    usable: int
    reasons: Mapping[str, int]
    """Rows that will be rejected, by code, the most frequent first."""
    speakers: Mapping[str, int]
    """Usable rows of each speaker, where speakers are named."""
    first: Sequence[SourceRow]
    rejected: Sequence[SourceRow]
    """The first of them."""
    notes: Sequence[str]


def preview_import(settings: Settings, bundle: Bundle, language_tag: str = "") -> ImportPreview:
    """Look at the texts of a bundle and at the names of its recordings. language_tag: what a voice of it cannot say is
    then told too; empty: it is not.

    Raises: UnreadableSource (no table and no texts), UnsafeArchive, UnsupportedLanguage, StorageFailure.
    """
    espeak_voice = resolve_language(language_tag).espeak_voice if language_tag else ""
    with bundled_files(bundle, settings.data_dir / "scratch" / "previews", sound=False) as files:
        found = read_files(files, bundle.title, bundle.columns)
    rows = [_judged(row, espeak_voice) for row in found.rows]
    rejected = [row for row in rows if row.problem is not None]
    usable = [row for row in rows if row.problem is None]
    return ImportPreview(
        title=found.title,
        files=len(files),
        recordings=sum(map(is_audio_name, files)),
        table=None if found.table is None else _shown(found, found.table),
        rows=len(rows),
        usable=len(usable),
        reasons=dict(Counter(row.problem.code for row in rejected if row.problem).most_common()),
        speakers=dict(Counter(row.speaker for row in usable if row.speaker).most_common()),
        first=rows[:SHOWN],
        rejected=rejected[:SHOWN],
        notes=found.notes,
    )


def _judged(row: SourceRow, espeak_voice: str) -> SourceRow:
    if row.problem is not None or not espeak_voice:
        return row
    strange = unsayable(row.text, espeak_voice)
    if not strange:
        return row
    shown = ", ".join(map(describe_character, strange[:5]))
    return replace(row, problem=Reason("unsayable_symbols", f"The voice cannot say {shown}."))


def _shown(found: Source, table: Table) -> PreviewedTable:
    layout = table.layout
    roles = {layout.name: "name", layout.text: "text"}
    if layout.normalised is not None:
        roles[layout.normalised] = "normalised"
    if layout.speaker is not None:
        roles[layout.speaker] = "speaker"
    width = max((len(row.fields) for row in table.rows[:SHOWN]), default=max(roles) + 1)
    header = table.header or ()
    columns = tuple(
        PreviewedColumn(
            position=position,
            title=header[position] if position < len(header) else "",
            role=roles.get(position, ""),
            samples=tuple(row.fields[position] for row in table.rows[:_SAMPLES] if position < len(row.fields)),
        )
        for position in range(width)
    )
    return PreviewedTable(found.table_name, table.delimiter, table.header is not None, columns)
