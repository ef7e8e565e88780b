"""Imports as the HTTP door shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from coaxial.api.paging import Page
from coaxial.api.schemas.names import LanguageTag, NewName
from coaxial.api.schemas.uploads import FileName
from coaxial.dataset.report import ImportRow
from coaxial.dataset.sources import SourceRow
from coaxial.dataset.transcripts import ChosenColumns
from coaxial.workflows.preview_import import ImportPreview
from coaxial.workflows.upload_files import MOST_UPLOADS

_ID = "0f8fad5bd9cb469fa16570867728950e"
_ROW: dict[str, Any] = {
    "line": 12,
    "name": "wavs/a12.wav",
    "text": "The kettle sings before the morning begins.",
    "speaker": "anna",
    "outcome": "taken",
    "code": "",
    "reason": "",
    "warnings": [],
    "seconds": 3.61,
}
_REJECTED: dict[str, Any] = {
    **_ROW,
    "line": 13,
    "name": "wavs/a13.wav",
    "outcome": "rejected",
    "code": "missing_audio",
    "reason": "There is no recording of this name.",
    "seconds": 0.0,
}

UploadIds = Annotated[
    list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]], Field(min_length=1, max_length=MOST_UPLOADS)
]
ColumnNumber = Annotated[int, Field(ge=0, le=999)]


class Columns(BaseModel):
    """How a transcript table is to be read; columns count from 0."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": 0, "text": 2, "speaker": 1, "header": True}]}
    )

    name: ColumnNumber = Field(description="Of the audio file.")
    text: ColumnNumber
    speaker: ColumnNumber | None = None
    delimiter: Literal["", "|", "\t", ";", ","] = Field(default="", description="Empty: as it is found.")
    header: bool = Field(default=False, description="Whether the first row says what the columns are.")
    table: FileName | Literal[""] = Field(default="", description="Which file, where there are several tables.")


class Preview(BaseModel):
    """What is to be looked at."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"uploads": [_ID], "language": "en-US"}]})

    uploads: UploadIds = Field(description="One ZIP; or a transcript table and recordings, or texts beside these.")
    columns: Columns | None = Field(default=None, description="null: as they are recognised.")
    language: LanguageTag | None = Field(default=None, description="Then what a voice of it cannot say is told too.")


class NewImport(BaseModel):
    """What is to be taken in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"uploads": [_ID], "name": "anna", "language": "en-US"}]},
    )

    uploads: UploadIds = Field(description="As in a preview. They are deleted when the import has taken from them.")
    name: NewName = Field(description="Of the profile and of the prompt list; several speakers become NAME-SPEAKER.")
    language: LanguageTag
    columns: Columns | None = Field(default=None, description="null: as they are recognised.")


class Row(BaseModel):
    """One recording of a source, and its fate."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW, _REJECTED]})

    line: int | None = Field(description="Of the transcript table, from 1; null where it is in none.")
    name: str = Field(description="Of the audio file.")
    text: str
    speaker: str | None
    outcome: Literal["taken", "rejected"]
    code: str = Field(description="Why it is rejected, to compare with.")
    reason: str = Field(description="The same in a sentence.")
    warnings: list[str] = Field(description="What is doubtful though it was taken.")
    seconds: float = Field(description="Length of the recording; 0 where it was not read.")


class Column(BaseModel):
    """One column of a transcript table."""

    position: int = Field(description="From 0.")
    title: str = Field(description="As the header has it; empty where there is none.")
    role: Literal["name", "text", "normalised", "speaker", ""] = Field(description="What it is taken for.")
    samples: list[str] = Field(description="What its first rows hold.")


class Table(BaseModel):
    """A transcript table, as it is understood."""

    name: str
    delimiter: str
    header: bool
    columns: list[Column]


class Previewed(BaseModel):
    """What an import would take, as far as can be known without listening."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "corpus.zip",
                    "files": 1201,
                    "recordings": 1200,
                    "table": {
                        "name": "metadata.csv",
                        "delimiter": "|",
                        "header": False,
                        "columns": [
                            {"position": 0, "title": "", "role": "name", "samples": ["a1", "a2", "a3"]},
                            {"position": 1, "title": "", "role": "text", "samples": ["Hello.", "Yes.", "Thank you."]},
                        ],
                    },
                    "rows": 1203,
                    "usable": 1198,
                    "reasons": {"missing_audio": 3, "empty_transcript": 2},
                    "speakers": {},
                    "first": [_ROW],
                    "rejected": [_REJECTED],
                    "notes": [],
                }
            ]
        }
    )

    title: str
    files: int = Field(description="Recordings and texts together.")
    recordings: int
    table: Table | None = Field(description="null where every recording has a text file of its own.")
    rows: int
    usable: int
    reasons: dict[str, int] = Field(description="Rows that will be rejected, by code, the most frequent first.")
    speakers: dict[str, int] = Field(description="Usable rows of each speaker, where speakers are named.")
    first: list[Row] = Field(description="The first rows.")
    rejected: list[Row] = Field(description="The first that will be rejected.")
    notes: list[str] = Field(description="Guesses that were made, such as a table's encoding.")


class ReportPage(Page[Row]):
    """What became of every row, a page of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "corpus.zip",
                    "taken": 1198,
                    "rejected": 5,
                    "warned": 12,
                    "reasons": {"missing_audio": 3, "empty_transcript": 2},
                    "minutes_taken": 92.4,
                    "notes": [],
                    "items": [_ROW, _REJECTED],
                    "total": 1203,
                    "next": "/api/imports/7/report?limit=2&cursor=WzJd",
                }
            ]
        }
    )

    source: str
    taken: int
    rejected: int
    warned: int = Field(description="Taken ones with a warning.")
    reasons: dict[str, int] = Field(description="Rejected ones by code, the most frequent first.")
    minutes_taken: float
    notes: list[str]


def chosen(columns: Columns | None) -> ChosenColumns | None:
    """As `dataset` has them."""
    return None if columns is None else ChosenColumns(**columns.model_dump())


def previewed(preview: ImportPreview) -> Previewed:
    """A preview."""
    table = None
    if preview.table is not None:
        columns = [Column.model_validate({**vars(one), "samples": list(one.samples)}) for one in preview.table.columns]
        table = Table(**{**vars(preview.table), "columns": columns})
    names = ("title", "files", "recordings", "rows", "usable")
    return Previewed(
        **{name: getattr(preview, name) for name in names},
        table=table,
        reasons=dict(preview.reasons),
        speakers=dict(preview.speakers),
        first=[_foreseen(row) for row in preview.first],
        rejected=[_foreseen(row) for row in preview.rejected],
        notes=list(preview.notes),
    )


def row_shown(row: ImportRow) -> Row:
    """A row of a report."""
    return Row.model_validate({**vars(row), "warnings": list(row.warnings)})


def _foreseen(row: SourceRow) -> Row:
    problem = row.problem
    return Row(
        line=row.line,
        name=row.name,
        text=row.text,
        speaker=row.speaker,
        outcome="taken" if problem is None else "rejected",
        code="" if problem is None else problem.code,
        reason="" if problem is None else problem.sentence,
        warnings=[],
        seconds=0.0,
    )
