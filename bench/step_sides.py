"""The sides of train_step.py: piper.train's step, ours, and ours as a run makes it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alignment import maximum_path
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.captured import Captured
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.step import losses_and_gradients
from coaxial.engine.trainer import Trainer
from coaxial.engine.vits.batch import Batch, TrainingNoise, draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from piper_reference import piper_losses, piper_model

TERMS = {"mel": "mel", "kl": "kl", "duration": "dur", "feature": "fm", "adversarial": "gen", "discriminator": "disc"}
"""Our name of each loss to piper.train's."""


class Peer:
    """piper.train's step as shipped."""

    def __init__(self, shape: NetworkShape, device: torch.device, bf16: bool) -> None:
        self._shape = shape
        torch.manual_seed(0)
        self.model = piper_model(shape).to(device).train()
        sys.modules["piper.train.vits.monotonic_align"].maximum_path = maximum_path  # type: ignore[attr-defined]
        (self._for_g, self._for_d), _ = self.model.configure_optimizers()
        self._autocast = _autocast(device, bf16)

    def step(self, batch: Batch) -> None:
        noise = draw_noise(self._shape, batch)
        with self._autocast():
            loss_g, loss_d, _ = piper_losses(self.model, batch, noise)
        self._for_g.zero_grad()
        loss_g.backward()
        self._for_g.step()
        self._for_d.zero_grad()
        loss_d.backward()
        self._for_d.step()

    def losses(self, batch: Batch, noise: TrainingNoise) -> dict[str, Tensor]:
        with torch.no_grad(), self._autocast():
            metrics = piper_losses(self.model.eval(), batch, noise)[2]
        self.model.train()
        return {name: metrics[theirs].float() for name, theirs in TERMS.items()}


class Ours:
    """This project's step, eager."""

    def __init__(self, shape: NetworkShape, device: torch.device, bf16: bool) -> None:
        self._shape = shape
        self._networks = Synthesizer(shape).to(device), MultiPeriodDiscriminator().to(device)
        self._optimizers = [
            torch.optim.AdamW(network.parameters(), lr=rate, betas=betas, eps=1e-9, fused=True)
            for network, rate, betas in zip(self._networks, (2e-4, 1e-4), ((0.8, 0.99), (0.5, 0.9)), strict=True)
        ]
        self._autocast = _autocast(device, bf16)

    def take_weights(self, model: Any) -> None:
        for network, theirs in zip(self._networks, (model.model_g, model.model_d), strict=True):
            network.load_state_dict(theirs.state_dict())

    def step(self, batch: Batch) -> None:
        noise = draw_noise(self._shape, batch)
        with self._autocast():
            losses_and_gradients(*self._networks, batch, noise, self._shape)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def losses(self, batch: Batch, noise: TrainingNoise) -> dict[str, Tensor]:
        with self._autocast():
            found = losses_and_gradients(*(net.eval() for net in self._networks), batch, noise, self._shape)
        for network in self._networks:
            network.train().zero_grad()
        return {name: getattr(found, name) for name in TERMS}


class Replayed:
    """An update as a run makes it: replayed, with its data, gradient norms and the moving average."""

    def __init__(self, shape: NetworkShape, device: torch.device, bf16: bool) -> None:
        self._shape = shape
        self._device = device
        self._trainer = Trainer(
            shape, TrainOptions(Budget(steps=1)), Compute(device, "bf16" if bf16 else "fp32"), Printed()
        )
        self._networks = self._trainer.generator, self._trainer.discriminator
        self._steps = 0

    def take_weights(self, model: Any) -> None:
        for network, theirs in zip(self._networks, (model.model_g, model.model_d), strict=True):
            network.load_state_dict(theirs.state_dict())
        self._trainer.average.reset()

    def take_clips(self, corpus: Corpus, planned: list[list[int]]) -> None:
        """The clips of a run, and its batches; every shape of theirs is captured."""
        self._corpus, self._planned = corpus, planned
        for indices in sorted(planned, key=corpus.padded_frames, reverse=True):
            self._trainer.rehearse(corpus, indices)

    def step(self, place: int) -> None:
        self._steps += 1
        self._trainer.update(self._corpus, self._planned[place], self._steps, 2e-4)

    def losses(self, batch: Batch, noise: TrainingNoise) -> dict[str, Tensor]:
        """Of a replay; a run draws its noise within it."""

        def compute(given: Batch, weight: float) -> Tensor:
            with self._trainer.compute.autocast():
                found = losses_and_gradients(*self._networks, given, noise, self._shape, weight)
            return torch.stack([getattr(found, name) for name in TERMS])

        for network in self._networks:
            network.eval()
        captured = Captured(compute, self._device, Printed())
        captured(batch, 1.0)
        found = captured(batch, 1.0)
        for network in self._networks:
            network.train()
        return dict(zip(TERMS, found.unbind(), strict=True))


class Printed(Silent):
    def say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)


def _autocast(device: torch.device, bf16: bool) -> Callable[[], Any]:
    return (lambda: torch.autocast(device.type, dtype=torch.bfloat16)) if bf16 else nullcontext
