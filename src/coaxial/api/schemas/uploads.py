"""Files that come in parts, as the HTTP door shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from coaxial.api.paging import LARGEST_INTEGER, Page
from coaxial.store.uploads import UploadRecord

_UPLOAD: dict[str, Any] = {
    "id": "0f8fad5bd9cb469fa16570867728950e",
    "file_name": "corpus.zip",
    "size": 734003200,
    "offset": 10485760,
    "complete": False,
    "sha256": "",
    "created": "2026-05-04T09:30:00Z",
    "expires": "2026-05-11T09:31:20Z",
    "href": "/api/uploads/0f8fad5bd9cb469fa16570867728950e",
}

UploadId = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="The upload's id.", examples=["0f8fad5bd9cb469fa16570867728950e"])
]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]


class NewUpload(BaseModel):
    """A file that is to come."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"file_name": "corpus.zip", "size": 734003200}]}
    )

    file_name: FileName = Field(description="With its folders where it comes out of one: wavs/a.wav.")
    size: int = Field(ge=0, le=LARGEST_INTEGER, description="In bytes.")
    sha256: str = Field(
        default="", pattern="^([0-9a-f]{64})?$", description="Compared when all has come; empty: it is not."
    )


class Upload(BaseModel):
    """A file that comes in parts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UPLOAD]})

    id: str
    file_name: str
    size: int
    offset: int = Field(description="Bytes that have come and are on the disk; where to go on.")
    complete: bool
    sha256: str = Field(description="That was announced; empty where none was.")
    created: datetime
    expires: datetime = Field(description="When it is deleted, unless more comes or it is imported.")
    href: str = Field(description="Where its parts are sent, and where it is asked for.")


class UploadPage(Page[Upload]):
    """A page of uploads."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_UPLOAD], "total": 1}]})


def shown(record: UploadRecord) -> Upload:
    """An upload."""
    names = ("id", "file_name", "size", "offset", "complete", "sha256", "created", "expires")
    return Upload(**{name: getattr(record, name) for name in names}, href=f"/api/uploads/{record.id}")
