"""Every loss of every step, exactly once, in `metrics.jsonl` and in TensorBoard files.

A line holds nothing that differs between two runs of the same work (no clock), so that a run that was killed
and resumed leaves the same file as one that was not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from coaxial.domain.errors import TrainingDiverged
from coaxial.domain.files import atomic_write, storage_errors
from coaxial.engine.board import Board

_LIMITS = {"mel": 30.0, "kl": 1e5, "duration": 1e5, "generator": 1e6, "discriminator": 1e5}
"""Beyond any loss of a network that still learns: log-mels differ by 17 at the very most."""

_SMALLEST_SCALE = 2.0**-8
"""Of fp16's gradients: they would be beyond ten million."""


class MetricsLog:
    """Collects the steps' losses as tensors on the device and writes them in one go, with one wait for the device."""

    def __init__(self, folder: Path, step: int) -> None:
        """Continue the log after `step`; lines of later steps, of work that was lost, are dropped."""
        self._path = folder / "metrics.jsonl"
        self._pending: list[tuple[dict[str, Any], list[str], Tensor]] = []
        self._asked: list[_Asked] = []
        self.latest: dict[str, float] = {}
        """Losses of the latest step that was written."""
        self._keep_until(step)
        with storage_errors(self._path):
            self._file = self._path.open("a", encoding="utf-8")
            self._board = Board(folder / "tensorboard", step)

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()

    @property
    def pending(self) -> int:
        """Steps that are collected and not yet written."""
        return len(self._pending)

    def collect(self, step: int, epoch: int, learning_rate: float, losses: Mapping[str, Tensor]) -> None:
        """Remember one step's losses (0-dim tensors); waits for nothing."""
        head = {"step": step, "epoch": epoch, "learning_rate": learning_rate}
        self._pending.append((head, list(losses), torch.stack([value.float() for value in losses.values()])))

    def flush(self, wait: bool = True) -> None:
        """Write what was collected; without waiting, what the flush before asked the device for, and ask for the rest.

        Raises: TrainingDiverged at the first step whose losses are NaN or exploded.
        """
        if self._pending:
            values = torch.stack([values for _, _, values in self._pending])
            self._asked.append(_Asked([(head, names) for head, names, _ in self._pending], values))
            self._pending.clear()
        while len(self._asked) > (0 if wait else 1):
            self._record(self._asked.pop(0))

    def _record(self, asked: _Asked) -> None:
        lines = []
        for (head, names), row in zip(asked.heads, asked.rows(), strict=True):
            losses = dict(zip(names, row, strict=True))
            _refuse_divergence(head["step"], losses)
            lines.append(json.dumps({**head, **losses}) + "\n")
            self._board.add("train", {**losses, "learning_rate": head["learning_rate"]}, head["step"])
            self.latest = losses
        self._append("".join(lines))

    def validated(self, step: int, epoch: int, losses: Mapping[str, float]) -> None:
        """Write what validation found after a step."""
        self._append(json.dumps({"step": step, "epoch": epoch, "validation": dict(losses)}) + "\n")
        self._board.add("validation", losses, step)

    def sync(self) -> None:
        """Make sure that all lines are on the disk before a checkpoint says that they are."""
        with storage_errors(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._board.flush()

    def _append(self, text: str) -> None:
        with storage_errors(self._path):
            self._file.write(text)
            self._file.flush()

    def _keep_until(self, step: int) -> None:
        if not self._path.exists():
            return
        kept = []
        for line in _whole_lines(self._path):
            found = json.loads(line)
            if found["step"] <= step:
                kept.append(line)
                self.latest = found if "validation" not in found else self.latest
        with atomic_write(self._path) as file:
            file.write(b"".join(kept))


class _Asked:
    """Losses of some steps on their way from the device."""

    def __init__(self, heads: list[tuple[dict[str, Any], list[str]]], values: Tensor) -> None:
        self.heads = heads
        self._values = values
        self._arrived: torch.cuda.Event | None = None
        if values.is_cuda:
            self._values = torch.empty(values.shape, pin_memory=True).copy_(values, non_blocking=True)
            self._arrived = torch.cuda.Event()
            self._arrived.record()

    def rows(self) -> list[list[float]]:
        if self._arrived is not None:
            self._arrived.synchronize()
        rows: list[list[float]] = self._values.tolist()
        return rows


def _whole_lines(path: Path) -> list[bytes]:
    """Lines that were written to their end; a power cut can leave half a line or zeros."""
    lines = path.read_bytes().splitlines(keepends=True)
    return [line for line in lines if line.startswith(b"{") and line.endswith(b"}\n")]


def _refuse_divergence(step: int, losses: Mapping[str, float]) -> None:
    if losses.get("loss_scale", 1.0) < _SMALLEST_SCALE:
        raise TrainingDiverged(
            f"Training broke down at step {step}: its gradients are beyond fp16 however they are scaled. "
            "The last good checkpoint is kept.",
            remedy="Train again with --precision fp32.",
        )
    for name, value in losses.items():
        if not -_LIMITS.get(name, 1e12) <= value <= _LIMITS.get(name, 1e12):
            raise TrainingDiverged(
                f"Training broke down at step {step}: the {name} loss is {value:.4g}. "
                "The last good checkpoint is kept.",
                remedy="Train again with a smaller --learning-rate, and listen to the clips for noise or wrong texts.",
            )
