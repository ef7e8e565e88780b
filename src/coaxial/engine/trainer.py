"""The networks of a run, their optimizers, and one update of both."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coaxial.domain.errors import OutOfMemory
from coaxial.domain.options import TrainOptions
from coaxial.domain.progress import Progress
from coaxial.domain.quality import NetworkShape
from coaxial.engine.captured import Captured
from coaxial.engine.checkpoint import checkpoint_contents, load_resumable
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.ema import MovingAverage
from coaxial.engine.gradients import FlatGradients
from coaxial.engine.loss_scale import LossScale
from coaxial.engine.memory import ran_out_of_memory
from coaxial.engine.plan import split_by_frames
from coaxial.engine.sharing import Share
from coaxial.engine.step import StepLosses, losses_and_gradients
from coaxial.engine.vits.batch import Batch, draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer

_GENERATOR_BETAS = (0.8, 0.99)
_DISCRIMINATOR_BETAS = (0.5, 0.9)
_EPSILON = 1e-9

_TERMS = [field.name for field in fields(StepLosses)]


class Trainer:
    """Generator, discriminators, averaged generator and optimizers, and how much fits into memory at once."""

    def __init__(self, shape: NetworkShape, options: TrainOptions, compute: Compute, progress: Progress) -> None:
        torch.manual_seed(options.seed)
        self.shape = shape
        self.compute = compute
        self.generator = Synthesizer(shape).to(compute.device)
        self.discriminator = MultiPeriodDiscriminator().to(compute.device)
        self.average = MovingAverage(self.generator, copy.deepcopy(self.generator))
        self.most_frames: int | None = None
        """Padded frames that are computed at once; None: a whole batch. Halved when memory runs out."""
        self._options = options
        self._progress = progress
        self._share: Share | None = None
        rate = options.first_learning_rate
        # Fused on the CPU as well: a tenth of the time of one small operation after the other (0.12 s against 1.4 s for
        # the discriminators, two cores).
        self._optimizers = [
            torch.optim.AdamW(network.parameters(), lr=first, betas=betas, eps=_EPSILON, fused=True)
            for network, first, betas in (
                (self.generator, rate, _GENERATOR_BETAS),
                (self.discriminator, rate / 2, _DISCRIMINATOR_BETAS),
            )
        ]
        for optimizer in self._optimizers:
            _begin(optimizer)
        self._gradients = [FlatGradients(network) for network in (self.generator, self.discriminator)]
        self._loss_scale = LossScale(compute.device) if compute.precision == "fp16" else None
        self._compute: Callable[[Batch, float], Tensor] = self._weighted
        if compute.device.type == "cuda":
            self._compute = Captured(self._weighted, compute.device, progress)

    def update(self, corpus: Corpus, indices: Sequence[int], step: int, learning_rate: float) -> dict[str, Tensor]:
        """One update of both networks on the clips of these indices; step: its number, 1, 2, …

        Its randomness comes from the run's seed and the step's number alone, so a resumed run repeats it exactly.
        Returns: losses and gradient norms as 0-dim tensors on the device; nothing is waited for.
        Raises: OutOfMemory where not even one clip fits.
        """
        vector = self._within_memory(corpus, indices, step)
        sums = self._share.sum([each.flat for each in self._gradients] + [vector]) if self._share else []
        norms, overflows = [], []
        # One network is updated while the gradients of the other are still summed.
        for place, optimizer in enumerate(self._optimizers):
            if sums:
                sums[place].wait()
            norm = self._gradients[place].norm()
            if self._loss_scale:
                norm, overflowed = self._loss_scale.examine(norm, optimizer)
                overflows.append(overflowed)
            norms.append(norm)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate / (1 + place)
            optimizer.step()
        self.average.update(step)
        if sums:
            sums[-1].wait()
        found = dict(zip(_TERMS, vector.unbind(), strict=True))
        found |= {"generator_gradient": norms[0], "discriminator_gradient": norms[1]}
        if self._loss_scale:
            found["loss_scale"] = self._loss_scale.scale.clone()
            self._loss_scale.adapt(overflows)
        return found

    @property
    def networks(self) -> tuple[nn.Module, ...]:
        """All that compute: generator, discriminators and averaged generator."""
        return self.generator, self.discriminator, self.average.average

    def rehearse(self, corpus: Corpus, indices: Sequence[int]) -> None:
        """Compute an update's losses and gradients and throw them away: finds out the time and memory it takes."""
        self._within_memory(corpus, indices, 0)
        if self.compute.device.type == "cuda":
            torch.cuda.synchronize(self.compute.device)

    def compute_in(self, precision: str) -> None:
        """Take another precision from here on."""
        self._give_memory_back()
        self.compute = replace(self.compute, precision=precision)
        self._loss_scale = LossScale(self.compute.device) if precision == "fp16" else None
        for optimizer in self._optimizers:
            optimizer.grad_scale = optimizer.found_inf = None  # type: ignore[attr-defined]

    def memory_taken(self, corpus: Corpus, indices: Sequence[int]) -> int:
        """Bytes of a GPU's memory that computing a batch takes at its worst, beside what is taken already."""
        device = self.compute.device
        gc.collect()  # what is given back meanwhile would be taken for less
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        self._weighted(corpus.batch(indices), 1.0)
        taken = torch.cuda.max_memory_allocated(device) - before
        torch.cuda.empty_cache()
        return taken

    def checkpoint_bytes(self) -> int:
        """Of a checkpoint: both networks with two moments of every weight, and the average."""
        return 3 * sum(each.flat.nbytes for each in self._gradients) + self._gradients[0].flat.nbytes

    def contents(self, *, step: int, epoch: int, batch_size: int, ours: Mapping[str, Any]) -> dict[str, Any]:
        """A checkpoint's contents: everything that `restore` needs."""
        return checkpoint_contents(
            shape=self.shape,
            networks={"model_g": self.generator.state_dict(), "model_d": self.discriminator.state_dict()},
            optimizers=[optimizer.state_dict() for optimizer in self._optimizers],
            epoch=epoch,
            step=step,
            batch_size=batch_size,
            learning_rate=self._options.first_learning_rate,
            ours={
                **ours,
                "generator_average": self.average.state_dict(),
                "most_frames": self.most_frames,
                "precision": self.compute.precision,
                "loss_scale": self._loss_scale.state() if self._loss_scale else None,
            },
        )

    def restore(self, contents: Mapping[str, Any]) -> None:
        """Take up networks, optimizers and average from a checkpoint's contents."""
        state = contents["state_dict"]
        for prefix, network in (("model_g.", self.generator), ("model_d.", self.discriminator)):
            own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
            network.load_state_dict(own)
        for optimizer, saved in zip(self._optimizers, contents["optimizer_states"], strict=True):
            # Groups say how to compute (fused, foreach), which is this machine's choice, not the file's.
            optimizer.load_state_dict({"state": saved["state"], "param_groups": optimizer.state_dict()["param_groups"]})
        self.average.load_state_dict(contents["coaxial"]["generator_average"])
        self.most_frames = contents["coaxial"]["most_frames"]
        self._restore_precision(contents["coaxial"])

    def restore_from(self, path: Path) -> None:
        """Take up what another process of the same run restored. Raises: as `load_resumable`."""
        self.restore(load_resumable(path))

    def _restore_precision(self, ours: Mapping[str, Any]) -> None:
        """Keep to what an earlier sitting measured, where this device leaves the choice, and to its factor."""
        before = ours.get("precision")
        if self._options.precision == "auto" and self.compute.is_without_bf16 and before in ("fp16", "fp32"):
            self.compute_in(before)
        if self._loss_scale and ours.get("loss_scale") is not None:
            self._loss_scale.restore(ours["loss_scale"])

    def share_with(self, share: Share) -> None:
        """From here on compute a share of every batch, with the leader's weights to begin with."""
        self._share = share
        share.agree([*self.generator.parameters(), *self.discriminator.parameters()])

    def _within_memory(self, corpus: Corpus, indices: Sequence[int], step: int) -> Tensor:
        """Losses (n,) of this process's clips, each weighing as much as any of the batch, and their gradients."""
        own = self._share.of(indices) if self._share else indices
        while True:
            parts = split_by_frames(own, corpus.frames, self.most_frames)
            try:
                return self._accumulate(corpus, parts, len(indices), step)
            except (MemoryError, RuntimeError) as error:
                if not ran_out_of_memory(error):
                    raise
            # Outside the except block: there the traceback still holds the step's tensors.
            self._take_less(parts, corpus.frames)

    def _accumulate(self, corpus: Corpus, parts: Sequence[Sequence[int]], clips: int, step: int) -> Tensor:
        """Losses and gradients in as many parts as memory asks for; each clip weighs the same. clips: of the batch."""
        _seed_step(self._options.seed, step, self._share.rank if self._share else 0)
        for gradients in self._gradients:
            gradients.clear()
        losses = [self._compute(corpus.batch(part), len(part) / clips) for part in parts]
        return torch.stack(losses).sum(0)

    def _weighted(self, batch: Batch, weight: float) -> Tensor:
        """Losses (n,) of a part of a batch, in the order of _TERMS, and its gradients, times its weight."""
        noise = draw_noise(self.shape, batch)
        scale = self._loss_scale.scale * weight if self._loss_scale else weight
        with self.compute.autocast():
            losses = losses_and_gradients(self.generator, self.discriminator, batch, noise, self.shape, scale)
        return torch.stack([getattr(losses, name) for name in _TERMS]) * weight

    def _take_less(self, parts: Sequence[Sequence[int]], frames: Sequence[int]) -> None:
        self._give_memory_back()
        largest = max(len(part) * max(frames[index] for index in part) for part in parts)
        if all(len(part) == 1 for part in parts):
            if isinstance(self._compute, Captured) and self._compute.give_up():
                self._progress.say("Out of memory: steps are not replayed as CUDA graphs, which takes less but longer.")
                return
            raise OutOfMemory(
                f"The memory of {self.compute} is too small for a single clip of {largest} frames.",
                remedy="Close other programs that use it, or leave out the longest recordings.",
            )
        self.most_frames = largest // 2
        self._progress.say(
            f"Out of memory: from here on a batch is computed in parts of at most {self.most_frames} frames. "
            "The batch size and the learning stay the same; each step takes a little longer."
        )

    def _give_memory_back(self) -> None:
        if isinstance(self._compute, Captured):
            self._compute.forget()
        gc.collect()
        if self.compute.device.type == "cuda":
            torch.cuda.empty_cache()


def begin_trainer(shape: NetworkShape, options: TrainOptions, compute: Compute, progress: Progress) -> Trainer:
    """A Trainer at the start of a run. Raises: OutOfMemory where the device has no room for its networks."""
    try:
        return Trainer(shape, options, compute, progress)
    except (MemoryError, RuntimeError) as error:
        if not ran_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"The memory of {compute} is too small for this network and its optimizers.",
            remedy="Close other programs that use it, or prepare the dataset with a smaller --quality.",
        ) from None


def _begin(optimizer: torch.optim.Optimizer) -> None:
    """Make the two moments of every weight, as the first step would: what is measured before it must find them."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }


def _seed_step(seed: int, step: int, rank: int) -> None:
    # Python's and numpy's generators are not used in a step; this one seeds the CPU and every CUDA device.
    torch.manual_seed((seed * 1_000_003 + step + rank * 1_000_000_007) % (1 << 63))
