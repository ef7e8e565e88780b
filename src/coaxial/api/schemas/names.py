"""Names and texts of requests, bounded, so that nothing else reaches a workflow."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from coaxial.store import LARGEST_ID

_NAME = r"^[^\x00-\x1f\x7f/\\]+$"
_LINE = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

NewName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=_NAME),
    Field(description="Letters and digits of any script, _ and -.", examples=["anna"]),
]
"""Of something that is to be made; whether it can name files is checked where it is made."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_NAME)]
"""Of something that there is."""

LanguageTag = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=_LINE),
    Field(description="Language tag, in any spelling.", examples=["en-US"]),
]

Line = Annotated[str, StringConstraints(max_length=2000, pattern=_LINE)]
"""Text without line breaks."""

Text = Annotated[str, StringConstraints(max_length=4000, pattern=_TEXT)]
"""Text with line breaks."""

NameInPath = Annotated[str, Path(min_length=1, max_length=120, pattern=_NAME, description="Its name.")]
NameInQuery = Annotated[str, Query(min_length=1, max_length=120, pattern=_NAME)]
LineInQuery = Annotated[str, Query(max_length=200, pattern=_LINE)]
RecordingId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The recording's number.", examples=[42])]
