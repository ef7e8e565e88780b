"""Several processes that train one run, one a GPU: the first leads, and the others do as they are told.

A follower knows no budget and no clock. It is told the clips of every update and its learning rate
through a pipe, computes its share of the gradients, and applies the sum as all the others do, so all stay alike.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from coaxial.domain.errors import LostWorker
from coaxial.domain.options import TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import choose_compute
from coaxial.engine.plan import Paddings
from coaxial.engine.rehearsal import rehearse
from coaxial.engine.sharing import Share
from coaxial.engine.trainer import Trainer, begin_trainer


@dataclass(frozen=True)
class _Beginning:
    """What a follower is told before the first update."""

    batch_size: int
    checkpoint: Path | None
    """Where the leader took its weights and optimizers from; None: the leader's weights are all there is."""
    precision: str


@dataclass(frozen=True)
class _Update:
    indices: Sequence[int]
    step: int
    learning_rate: float


class Team:
    """The followers, as the leader sees them."""

    def __init__(self, dataset: PreparedDataset, options: TrainOptions) -> None:
        """Start a process for every device of the options but the first, which is the leader's own."""
        self.size = len(options.devices)
        self._folder = tempfile.TemporaryDirectory(prefix="coaxial-team-")
        self._meeting = Path(self._folder.name) / "meeting"
        self._followers: list[tuple[BaseProcess, Connection]] = []
        self._share: Share | None = None
        self._watcher: threading.Thread | None = None
        self._ends_well = False
        spawn = multiprocessing.get_context("spawn")
        for rank, device in enumerate(options.devices[1:], start=1):
            ours, theirs = spawn.Pipe()
            own = replace(options, device=device, batch_size=None)
            arguments = (rank, self.size, self._meeting, dataset.folder, own, theirs)
            process = spawn.Process(target=_follow, args=arguments, name=f"coaxial-{rank}", daemon=True)
            process.start()
            theirs.close()
            self._followers.append((process, ours))

    def join(self, trainer: Trainer, batch_size: int, checkpoint: Path | None) -> None:
        """Bring all to the same state and let the leader's trainer share its batches.

        Raises: LostWorker, and what kept a follower from beginning.
        """
        if self.size == 1:
            return
        for process, pipe in self._followers:
            with _still_there(process):
                # Asked before anybody waits for the others: one that has no room, say, never comes.
                if (error := pipe.recv()) is not None:
                    raise error
        self._tell(_Beginning(batch_size, checkpoint, trainer.compute.precision))
        self._share = Share(0, self.size, self._meeting, trainer.compute.device)
        trainer.share_with(self._share)
        self._watcher = threading.Thread(target=self._watch, args=(self._share,), daemon=True)
        self._watcher.start()

    def update(self, indices: Sequence[int], step: int, learning_rate: float) -> None:
        """Tell the followers of the update that the leader is about to make. Raises: LostWorker."""
        self._tell(_Update(indices, step, learning_rate))

    def confirm(self) -> None:
        """Make sure that all steps so far were shared by all. Raises: LostWorker, and what a follower died of."""
        for process, pipe in self._followers:
            with _still_there(process):
                if pipe.poll():
                    raise pipe.recv()

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the followers."""
        self._ends_well = error is None
        for process, pipe in self._followers:
            with contextlib.suppress(OSError):
                pipe.send(None)
            process.join(5)
            process.kill()
            pipe.close()
        if self._share is not None and self._watcher is not None:
            self._watcher.join(30)
            self._share.leave()
        self._folder.cleanup()

    def _tell(self, message: _Beginning | _Update) -> None:
        self.confirm()
        for process, pipe in self._followers:
            with _still_there(process):
                pipe.send(message)

    def _watch(self, share: Share) -> None:
        """Wait for a follower's end. A GPU would wait for its part of a sum until the library's own patience ends."""
        wait([process.sentinel for process, _ in self._followers])
        if not self._ends_well:
            share.give_up()


@contextlib.contextmanager
def _still_there(process: BaseProcess) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError):
        raise LostWorker(
            f"The process {process.name} that trained along has ended (exit code {process.exitcode}).",
            remedy="The last checkpoint is kept: go on with coaxial resume, with fewer --gpus if one fails.",
        ) from None


def _follow(
    rank: int, world: int, meeting: Path, dataset_folder: Path, options: TrainOptions, leader: Connection
) -> None:
    """Run in a process of its own until the leader sends nothing more or is gone."""
    # Ctrl-C and a group's termination reach all; the leader, which has a checkpoint to write, decides what they mean.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        _do_as_told(rank, world, meeting, dataset_folder, options, leader)
    except EOFError:
        # The leader is gone. A GPU that waits for its part of a sum would keep this process from ending.
        os._exit(1)
    except Exception as error:
        with contextlib.suppress(OSError):
            leader.send(error)
        raise SystemExit(1) from None


def _do_as_told(
    rank: int, world: int, meeting: Path, dataset_folder: Path, options: TrainOptions, leader: Connection
) -> None:
    dataset = PreparedDataset.load(dataset_folder)
    compute = choose_compute(options.device, options.precision)
    corpus = Corpus(dataset, [clip for clip in dataset.clips if not clip.held_out], compute.device)
    shape = NetworkShape.of(dataset.quality, len(dataset.speakers))
    trainer = begin_trainer(shape, options, compute, Silent())
    leader.send(None)
    beginning = leader.recv()
    if beginning is None:
        return
    if compute.device.type == "cuda":
        corpus.paddings = Paddings.of(corpus.frames, corpus.phonemes, beginning.batch_size, options.seed)
    if beginning.checkpoint is not None:
        trainer.restore_from(beginning.checkpoint)
    if trainer.compute.precision != beginning.precision:
        trainer.compute_in(beginning.precision)
    trainer.share_with(Share(rank, world, meeting, compute.device))
    if compute.device.type == "cuda":
        rehearse(trainer, corpus, beginning.batch_size, options.seed)
    while (told := leader.recv()) is not None:
        trainer.update(corpus, told.indices, told.step, told.learning_rate)
