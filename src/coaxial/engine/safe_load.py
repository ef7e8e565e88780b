"""Reading checkpoint files of anybody's without running anything that is in them."""

from __future__ import annotations

import pathlib
import pickle
import re
from pathlib import Path
from typing import Any

import torch

from coaxial.domain.errors import NotFound, UnreadableCheckpoint, UnsafeCheckpoint

# Checkpoints of the first Piper trainer carry the folder they were trained in. The pure classes stand in for the real
# ones: they hold the same text and touch no file, whichever system wrote it.
_PATH_CLASSES = [
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
        with torch.serialization.safe_globals(_PATH_CLASSES):
            contents = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except pickle.UnpicklingError as error:
        raise _unpickling_error(path, str(error)) from None
    except (RuntimeError, EOFError, ValueError, KeyError, AttributeError, TypeError, OSError) as error:
        raise UnreadableCheckpoint(
            f"{path.name} is damaged or incomplete: {_first_line(error)}", remedy="Download or copy it again."
        ) from None
    if not isinstance(contents, dict) or not isinstance(contents.get("state_dict"), dict):
        raise UnreadableCheckpoint(
            f"{path.name} holds no trained network: there is no state_dict in it.",
            remedy="Choose a Piper training checkpoint (.ckpt).",
        )
    return contents


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _unpickling_error(path: Path, reason: str) -> UnreadableCheckpoint | UnsafeCheckpoint:
    found = re.search(r"(?:GLOBAL|global:?)\s+`?([\w.]+\.[\w.]+)", reason)
    if found:
        return UnsafeCheckpoint(
            f"{path.name} wants to run code when it is opened ({found.group(1)}); nothing of it was run.",
            remedy="Do not use this file. Fetch the checkpoint from a source you trust.",
        )
    return UnreadableCheckpoint(
        f"{path.name} is not a checkpoint: it is no file that torch saved.",
        remedy="Choose a Piper training checkpoint (.ckpt).",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
