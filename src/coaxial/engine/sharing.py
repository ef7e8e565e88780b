"""The part of every batch that one of several processes computes, and the sums over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from coaxial.domain.errors import LostWorker

_PATIENCE = timedelta(minutes=5)
"""How long one waits for the others before it takes them for lost: longer than the longest validation."""


class Share:
    """One process of those that train a run together, with torch's distributed engine between them."""

    def __init__(self, rank: int, world: int, meeting: Path, device: torch.device) -> None:
        """Wait for the others. rank: this one's number, 0 leads; meeting: a file that does not exist yet.

        Raises: LostWorker.
        """
        self.rank = rank
        self.world = world
        # Sums run over NVIDIA's library between GPUs, over sockets between processors.
        backend = "nccl" if device.type == "cuda" else "gloo"
        with _others_there():
            dist.init_process_group(
                backend, init_method=meeting.as_uri(), rank=rank, world_size=world, timeout=_PATIENCE
            )

    def of(self, indices: Sequence[int]) -> Sequence[int]:
        """This one's clips of a batch: every world-th, so that all get clips of like length."""
        return indices[self.rank :: self.world]

    def sum(self, tensors: Sequence[Tensor]) -> list[Summing]:
        """Begin to add up tensors over all processes, in place and one after the other."""
        return [Summing(tensor) for tensor in tensors]

    def agree(self, tensors: Sequence[Tensor]) -> None:
        """Take the leader's values. Raises: LostWorker."""
        with _others_there():
            for tensor in tensors:
                dist.broadcast(tensor.detach(), 0)

    def give_up(self) -> None:
        """Let this device wait no longer for sums with one that has ended; what they hold from now on is worthless."""
        if dist.get_backend() == "nccl" and dist.group.WORLD is not None:  # sockets notice it by themselves
            dist.group.WORLD.abort()

    def leave(self) -> None:
        """Take part no longer."""
        dist.destroy_process_group()


class Summing:
    """A sum on its way."""

    def __init__(self, tensor: Tensor) -> None:
        with _others_there():
            self._work = dist.all_reduce(tensor, async_op=True)

    def wait(self) -> None:
        """What is asked for from here on finds the sum. Raises: LostWorker."""
        with _others_there():
            self._work.wait()


@contextmanager
def _others_there() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise LostWorker(
            f"A process that trained along is gone: {str(error).splitlines()[0]}",
            remedy="The last checkpoint is kept: go on with coaxial resume, with fewer --gpus if one of them fails.",
        ) from error
