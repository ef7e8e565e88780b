"""A step's losses and gradients as CUDA graphs: thousands of launches become one.

A graph replays the same kernels on the same addresses, so there is one for each shape of batch; they share their
memory, since no two run at once and their results are copied out. Random numbers follow torch's generator as they do
eagerly: a replay reads its seed and offset anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from coaxial.domain.progress import Progress
from coaxial.engine.branches import join_all
from coaxial.engine.vits.batch import Batch

if TYPE_CHECKING:
    from torch.cuda import _POOL_HANDLE

_MOST_GRAPHS = 24

CAPTURED_TAKES = 2.2
"""Of the memory that the same computation takes as it is: what branches free is not taken again within a capture."""

Compute = Callable[[Batch, float], Tensor]
"""(batch, weight) to losses (n,): adds weighted gradients to the parameters' `.grad`, draws noise, does not wait."""


class Captured:
    """Calls a computation by replaying it, and as it is where that cannot be done."""

    def __init__(self, compute: Compute, device: torch.device, progress: Progress) -> None:
        self._compute = compute
        self._device = device
        self._progress = progress
        self._graphs: dict[tuple[object, ...], _Graph] = {}
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(device)
        self._works = True

    def __call__(self, batch: Batch, weight: float) -> Tensor:
        """Losses (n,), a tensor of its own, and gradients as the computation gives them."""
        key = (weight, *(tuple(tensor.shape) for tensor in _tensors(batch)))
        graph = self._graphs.get(key)
        if graph is not None:
            return graph.replay(batch)
        if not self._works or len(self._graphs) >= _MOST_GRAPHS:
            return self._compute(batch, weight)
        if not self._graphs:
            return self._first(key, batch, weight)
        captured = self._capture(key, batch, weight)
        return captured.replay(batch) if captured else self._compute(batch, weight)

    def forget(self) -> None:
        """Give the memory of all graphs back."""
        self._graphs.clear()
        self._pool = torch.cuda.graph_pool_handle()

    def give_up(self) -> bool:
        """Compute as it is from here on. Returns: whether that changes anything."""
        did, self._works = self._works, False
        self.forget()
        return did

    def _first(self, key: tuple[object, ...], batch: Batch, weight: float) -> Tensor:
        """Compute as it is, which makes library handles and loads kernels as a capture must not, and then capture."""
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._device)
        before = torch.cuda.memory_allocated(self._device)
        losses = self._compute(batch, weight)
        taken = torch.cuda.max_memory_allocated(self._device) - before
        torch.cuda.empty_cache()
        # Find out now whether there is enough: a capture that runs out of memory has taken seconds for nothing.
        torch.empty(int(taken * CAPTURED_TAKES), dtype=torch.uint8, device=self._device)
        self._capture(key, batch, weight)
        return losses

    def _capture(self, key: tuple[object, ...], batch: Batch, weight: float) -> _Graph | None:
        torch.cuda.empty_cache()
        random = torch.cuda.get_rng_state(self._device)
        try:
            self._graphs[key] = _Graph(self._compute, batch, weight, self._pool, self._stream)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            self._works = False
            # torch's generator goes on believing that it is being captured, and would refuse to draw: renew it.
            fresh = torch.Generator(self._device).graphsafe_get_state()
            torch.cuda.default_generators[self._device.index].graphsafe_set_state(fresh)
            torch.cuda.set_rng_state(random, self._device)
            self._progress.say(
                f"Steps are not replayed as CUDA graphs here, which makes them slower: {str(error).splitlines()[0]}"
            )
            return None
        return self._graphs[key]


class _Graph:
    """One shape's captured computation with the tensors that it reads from and writes to."""

    def __init__(
        self, compute: Compute, batch: Batch, weight: float, pool: _POOL_HANDLE, stream: torch.cuda.Stream
    ) -> None:
        self._batch = Batch(**{name: value.clone() for name, value in vars(batch).items() if value is not None})
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
            try:
                self._losses = compute(self._batch, weight)
            except BaseException:
                with suppress(RuntimeError):  # of a capture that is spoiled already
                    join_all(batch.audio.device)
                raise

    def replay(self, batch: Batch) -> Tensor:
        for static, given in zip(_tensors(self._batch), _tensors(batch), strict=True):
            static.copy_(given)
        self._graph.replay()
        return self._losses.clone()


def _tensors(batch: Batch) -> Sequence[Tensor]:
    return [value for value in vars(batch).values() if value is not None]
