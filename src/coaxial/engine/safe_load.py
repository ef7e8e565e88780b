"""Reading checkpoint files of anybody's without running anything that is in them."""

from __future__ import annotations

import pathlib
import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from coaxial.domain.errors import NotFound, UnreadableCheckpoint, UnsafeCheckpoint

# Checkpoints of the first Piper trainer carry the folder they were trained in. The pure classes stand in for the real
# ones: they hold the same text and touch no file, whichever system wrote it.
_PATH_CLASSES: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (pathlib.PurePosixPath, "pathlib.PosixPath"),
    (pathlib.PurePosixPath, "pathlib._local.PosixPath"),
    (pathlib.PurePosixPath, "pathlib.PurePosixPath"),
    (pathlib.PureWindowsPath, "pathlib.WindowsPath"),
    (pathlib.PureWindowsPath, "pathlib._local.WindowsPath"),
]

_MOST_PICKLE_BYTES = 16 << 20
"""Of a file's pickle that is looked at to name what it would call; tensors lie outside of it."""


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
    except pickle.UnpicklingError as error:
        raise _unpickling_error(path, str(error)) from None
    except (
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        OSError,
        AssertionError,
    ) as error:
        if not _is_zip(path):
            raise _unpickling_error(path, "") from None
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
    called = [found.group(1)] if found else _callables(path)
    if called:
        return UnsafeCheckpoint(
            f"{path.name} wants to run code when it is opened ({called[0]}); nothing of it was run.",
            remedy="Do not use this file. Fetch the checkpoint from a source you trust.",
        )
    return UnreadableCheckpoint(
        f"{path.name} is not a checkpoint: it is no file that torch saved.",
        remedy="Choose a Piper training checkpoint (.ckpt).",
    )


def _callables(path: Path) -> list[str]:
    """Names that a pickle would import, read from its opcodes without running any of them."""
    names: list[str] = []
    strings: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(_pickle_bytes(path)):
            if opcode.name in ("GLOBAL", "INST"):
                names.append(str(argument).replace(" ", "."))
            elif opcode.name == "STACK_GLOBAL":
                names.append(".".join(strings[-2:]))
            elif isinstance(argument, str):
                strings.append(argument)
    except (ValueError, EOFError, IndexError, OSError, zipfile.BadZipFile):
        pass  # no pickle from here on: what was found until here is all there is
    return [name for name in names if name.split(".")[0] not in ("torch", "collections", "pathlib")]


def _pickle_bytes(path: Path) -> bytes:
    if not _is_zip(path):
        with path.open("rb") as file:
            return file.read(_MOST_PICKLE_BYTES)
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
        if name is None:
            return b""
        with archive.open(name) as file:
            return file.read(_MOST_PICKLE_BYTES)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
