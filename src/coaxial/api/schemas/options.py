"""Options of training as the HTTP door takes them: made of the dataclass that the command line's are made of.

So the text below a field there is its description here, and the tooltip in the page.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pydantic
from pydantic import BaseModel, ConfigDict, create_model

from coaxial.domain.field_docs import field_doc
from coaxial.domain.options import TrainOptions

_LARGEST = 2**63 - 1
_Words = Annotated[str, pydantic.Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Whole = Annotated[int, pydantic.Field(ge=-_LARGEST, le=_LARGEST)]
_Real = Annotated[float, pydantic.Field(allow_inf_nan=False)]


def model_of(options: type, name: str, example: dict[str, Any]) -> type[BaseModel]:
    """A model with the fields of a dataclass, their defaults and their documentation.

    Without those that are paths: a door that is reached from elsewhere opens no file of somebody's choice.
    """
    kinds = get_type_hints(options)
    declared: dict[str, Any] = {
        field.name: (
            _kind(kinds[field.name]),
            pydantic.Field(_default(field), description=field_doc(options, field.name)),
        )
        for field in fields(options)
        if not _is_path(kinds[field.name])
    }
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})
    return create_model(name, __config__=config, __doc__=options.__doc__, **declared)


def _default(field: Field[Any]) -> Any:
    return ... if field.default is MISSING else field.default


def _is_path(kind: Any) -> bool:
    return kind is Path or Path in get_args(kind)


def _kind(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return Union[tuple(_kind(one) for one in get_args(kind))]  # noqa: UP007  made of what is found
    if is_dataclass(kind) and isinstance(kind, type):
        return model_of(kind, kind.__name__, {"minutes": 30.0})
    return {str: _Words, int: _Whole, float: _Real}.get(kind, kind)


TrainingOptions: Any = model_of(
    TrainOptions,
    "TrainingOptions",
    {"budget": {"minutes": 30.0}, "base_voice": "en-US.lessac", "batch_size": 16},
)
"""Of a run."""
