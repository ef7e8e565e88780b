"""Reading checkpoint files of anybody's without running anything that is in them."""

from __future__ import annotations

import pathlib
import pickle
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from coaxial.checkpoints.containers import damaged, no_network
from coaxial.checkpoints.headers import read_headers
from coaxial.domain.errors import CoaxialError, NotFound

# Checkpoints of the first Piper trainer carry the folder they were trained in. The pure classes stand in for the real
# ones: they hold the same text and touch no file, whichever system wrote it.
_PATH_CLASSES: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (pathlib.PurePosixPath, "pathlib.PosixPath"),
    (pathlib.PurePosixPath, "pathlib._local.PosixPath"),
    (pathlib.PurePosixPath, "pathlib.PurePosixPath"),
    (pathlib.PureWindowsPath, "pathlib.WindowsPath"),
    (pathlib.PureWindowsPath, "pathlib._local.WindowsPath"),
]


def load_checkpoint_file(path: Path) -> dict[str, Any]:
    """A checkpoint's contents, its tensors mapped from the file (on the CPU) and not yet read.

    Raises: NotFound, UnreadableCheckpoint (not a checkpoint, truncated), UnsafeCheckpoint (code inside; not run).
    """
    if not path.is_file():
        raise NotFound(f"There is no checkpoint file {path}.")
    try:
        with torch.serialization.safe_globals(_PATH_CLASSES), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols: the error below says what matters
            contents = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        OSError,
        AssertionError,
        OverflowError,
        struct.error,
    ) as error:
        raise _named(path, error) from None
    if not isinstance(contents, dict) or not isinstance(contents.get("state_dict"), dict):
        raise no_network(path)
    return contents


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _named(path: Path, error: Exception) -> CoaxialError:
    """What is wrong with a file that torch refused, in words for a person: read again by what can call nothing."""
    try:
        read_headers(path)
    except CoaxialError as found:
        return found
    said = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
    if isinstance(error, pickle.UnpicklingError) or not said[:1].isalpha():
        # torch's own words go on to advise reading it unsafely, or are a place in its source.
        said = "torch cannot read what it says of itself"
    return damaged(path, said)
