"""What a torch checkpoint holds, read without torch and without running anything that is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from coaxial.checkpoints.containers import Opened, damaged, no_network, open_checkpoint, read_container, values_start
from coaxial.checkpoints.tensors import TensorHeader
from coaxial.checkpoints.unpickling import ForbiddenCall, MalformedPickle
from coaxial.domain.errors import NotFound, UnreadableCheckpoint, UnsafeCheckpoint

_CHUNK_BYTES = 4 << 20
_LONGEST_NAME = 100


@dataclass(frozen=True)
class CheckpointHeaders:
    """A checkpoint's contents, with headers in the place of tensors."""

    path: Path
    byte_count: int
    """Of the file."""
    _opened: Opened

    @property
    def contents(self) -> Mapping[Any, Any]:
        """What torch.load would give; tensors as TensorHeader, paths as StoredPath, sets as lists."""
        return self._opened.contents

    @property
    def state(self) -> Mapping[str, TensorHeader]:
        """The network's tensors by name. Raises: UnreadableCheckpoint where there are none."""
        state = self.contents.get("state_dict")
        if not isinstance(state, dict):
            raise no_network(self.path)
        if not all(isinstance(value, TensorHeader) for value in state.values()):
            raise UnreadableCheckpoint(f"{self.path.name} is damaged: its state_dict holds things that are no tensors.")
        # A view that shows one value many times could claim a network of any size.
        if not all(tensor.is_dense for tensor in state.values() if tensor.elements):
            raise damaged(self.path, "its tensors are no tensors of their own")
        # Names are shown to people, on terminals too, which obey some characters.
        if not all(isinstance(key, str) and key.isprintable() for key in state):
            raise UnreadableCheckpoint(f"{self.path.name} is damaged: its tensors have names that are no words.")
        return state

    @contextmanager
    def values(self) -> Iterator[TensorValues]:
        """Give the tensors' values, from the open file. Raises: UnreadableCheckpoint."""
        with open_checkpoint(self.path) as file:
            yield TensorValues(self.path, self._opened, file)


def read_headers(path: Path) -> CheckpointHeaders:
    """Read what a checkpoint of anybody's holds.

    Raises: NotFound, UnreadableCheckpoint (no checkpoint, truncated, damaged), UnsafeCheckpoint (it names something to
    call that is not on the list; nothing was called).
    """
    if not path.is_file():
        raise NotFound(f"There is no checkpoint file {path}.")
    try:
        with open_checkpoint(path) as file:
            return CheckpointHeaders(path, path.stat().st_size, read_container(path, file))
    except ForbiddenCall as error:
        raise UnsafeCheckpoint(
            f"{path.name} wants to run code when it is opened ({_shown(error.name)}); nothing of it was run.",
            remedy="Do not use this file. Fetch the checkpoint from a source you trust.",
        ) from None
    except MalformedPickle as error:
        raise damaged(path, str(error)) from None


def _shown(name: str) -> str:
    """A stranger's word as it can be put into a sentence on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_LONGEST_NAME])


class TensorValues:
    """Reads tensors' values from the open checkpoint."""

    def __init__(self, path: Path, opened: Opened, file: BinaryIO) -> None:
        self._path = path
        self._opened = opened
        self._file = file

    def chunks(self, tensor: TensorHeader) -> Iterator[NDArray[Any]]:
        """The values of a dense tensor, in the order of the file, a few MB at a time.

        Yields: (n,) arrays of the tensor's type; bfloat16 comes as float32. An array is only good until the next.
        Raises: UnreadableCheckpoint (cut off; a view whose elements lie apart or on each other).
        """
        if tensor.elements and not tensor.is_dense:
            raise damaged(self._path, "its tensors are no tensors of their own")
        place = self._opened.places[tensor.storage.key]
        item = tensor.dtype.item_bytes
        left = tensor.elements * item
        self._file.seek(values_start(self._path, self._file, place) + tensor.offset * item)
        buffer = bytearray(min(left, _CHUNK_BYTES))
        while left:
            view = memoryview(buffer)[: min(left, _CHUNK_BYTES)]
            if self._file.readinto(view) != len(view):  # type: ignore[attr-defined]
                raise damaged(self._path, "it ends before its tensors do")
            left -= len(view)
            yield self._decoded(view, tensor.dtype.name)

    def _decoded(self, raw: memoryview, name: str) -> NDArray[Any]:
        order: Literal["<", ">"] = "<" if self._opened.little_endian else ">"
        if name == "bfloat16":
            return (np.frombuffer(raw, order + "u2").astype(np.uint32) << 16).view(np.float32)
        try:
            return np.frombuffer(raw, np.dtype(name).newbyteorder(order))
        except TypeError:
            raise damaged(self._path, f"its weights are {name}, which no Piper trainer writes") from None
