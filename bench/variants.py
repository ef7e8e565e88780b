"""Ways to train that are tried beside the one that a run takes; what helps becomes the engine's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import HOP_LENGTH
from coaxial.engine.checkpoint import newest_resumable
from coaxial.engine.judgement import Judgement, judge, judge_by_torch
from coaxial.engine.listening import validate
from coaxial.engine.schedule import Schedule
from coaxial.engine.train import train
from coaxial.engine.trainer import Trainer, begin_trainer
from coaxial.engine.vits.discriminator import SLOPE, Features, MultiPeriodDiscriminator
from coaxial.engine.vits.precision import full_precision

FIRST_PART = 1 / 3
"""Of the budget, where a variant begins otherwise than it ends."""


@dataclass(frozen=True)
class Variant:
    """What is other than in a run as it is by default."""

    options: Mapping[str, Any] = field(default_factory=dict)
    first_batch: int | None = None
    """Clips of a batch in the first part."""
    judged_late: bool = False
    """No judges in the first part: mel, KL and durations alone."""
    segment: int | None = None
    """Samples of every clip that decoder and judges see."""
    resolutions: bool = False
    """Judges of spectrograms beside those of audio."""
    held: float | None = None
    """Fraction of the budget in which the learning rate stays, before it falls."""
    frozen: tuple[str, ...] = ()
    """Parts of the generator that stay as they are in the base."""
    staying: tuple[str, ...] = ()
    """Parts that stay as they are from where the KL of held-out clips is no longer the lowest yet."""
    text_dropout: float | None = None
    """Of the text encoder."""


VARIANTS: Mapping[str, Variant] = {
    "as-it-is": Variant(),
    "another-seed": Variant({"seed": 4321}),
    "rate-2e-4": Variant({"learning_rate": 2e-4}),
    "rate-4e-4": Variant({"learning_rate": 4e-4}),
    "rate-8e-4": Variant({"learning_rate": 8e-4}),
    "rate-2e-4-constant": Variant({"learning_rate": 2e-4, "final_learning_rate": 1.0}),
    "rate-4e-4-constant": Variant({"learning_rate": 4e-4, "final_learning_rate": 1.0}),
    "rate-2e-4-falls-from-the-start": Variant({"learning_rate": 2e-4}, held=0.0),
    "rate-4e-4-falls-from-the-start": Variant({"learning_rate": 4e-4}, held=0.0),
    "batch-16": Variant({"batch_size": 16}),
    "batch-64": Variant({"batch_size": 64}),
    "batch-64-rate-2e-4": Variant({"batch_size": 64, "learning_rate": 2e-4}),
    "batch-grows-from-8": Variant(first_batch=8),
    "segment-4096": Variant(segment=4096),
    "segment-16384": Variant(segment=16384),
    "resolutions": Variant(resolutions=True),
    "judged-late": Variant(judged_late=True),
    "judged-late-rate-4e-4-constant": Variant({"learning_rate": 4e-4, "final_learning_rate": 1.0}, judged_late=True),
    "frozen-text": Variant(frozen=("enc_p",)),
    "frozen-posterior": Variant(frozen=("enc_q",)),
    "text-stays": Variant(staying=("enc_p",)),
    "text-dropout-0.3": Variant(text_dropout=0.3),
}


def train_variant(variant: Variant, folder: Path, dataset: PreparedDataset, options: TrainOptions) -> None:
    """Train a run, its options those given but for what the variant changes."""
    options = replace(options, **variant.options)
    with ExitStack() as changes:
        if variant.segment:
            changes.enter_context(patch("coaxial.engine.vits.segment.SEGMENT_SAMPLES", variant.segment))
            changes.enter_context(patch("coaxial.engine.vits.segment.SEGMENT_FRAMES", variant.segment // HOP_LENGTH))
        if variant.resolutions:
            changes.enter_context(patch("coaxial.engine.trainer.MultiPeriodDiscriminator", AlsoOfResolutions))
            changes.enter_context(patch("coaxial.engine.step.judge", judge_also_resolutions))
        if variant.held is not None:
            changes.enter_context(patch("coaxial.engine.schedule.Schedule.learning_rate", _falling_after(variant.held)))
        if variant.frozen:
            changes.enter_context(patch("coaxial.engine.train.begin_trainer", _freezing(variant.frozen)))
        if variant.staying:
            staying = _Staying(variant.staying)
            changes.enter_context(patch("coaxial.engine.train.begin_trainer", staying.begin))
            changes.enter_context(patch("coaxial.engine.listening.validate", staying.validate))
        if variant.text_dropout is not None:
            changes.enter_context(patch("coaxial.engine.train.begin_trainer", _dropping(variant.text_dropout)))
        if variant.first_batch or variant.judged_late:
            _train_first_part(variant, folder, dataset, options)
            changes.enter_context(patch("coaxial.engine.train.newest_resumable", _with_batches_of(options.batch_size)))
        train(folder, dataset, options, Silent())


def _train_first_part(variant: Variant, folder: Path, dataset: PreparedDataset, options: TrainOptions) -> None:
    minutes = options.budget.minutes
    assert minutes, "parts are of a budget in minutes"
    first = replace(
        options,
        budget=Budget(minutes=minutes * FIRST_PART),
        final_learning_rate=1.0,  # the whole run's stays for longer than that
        batch_size=variant.first_batch or options.batch_size,
    )
    with ExitStack() as changes:
        if variant.judged_late:
            changes.enter_context(patch("coaxial.engine.step.judge", judge_nothing))
        train(folder, dataset, first, Silent())


def _with_batches_of(batch_size: int | None) -> Any:
    def resumable(*arguments: Any) -> Any:
        path, contents = newest_resumable(*arguments)
        if contents is not None:
            contents["coaxial"]["batch_size"] = batch_size
        return path, contents

    return resumable


def _falling_after(held: float) -> Any:
    def learning_rate(schedule: Schedule, done: float) -> float:
        fallen = max(0.0, done - held) / (1 - held)
        return float(schedule.first_learning_rate * schedule.final_learning_rate**fallen)

    return learning_rate


def _freezing(parts: tuple[str, ...]) -> Any:
    def begin(*arguments: Any) -> Trainer:
        trainer = begin_trainer(*arguments)
        _freeze(trainer, parts)
        return trainer

    return begin


def _freeze(trainer: Trainer, parts: tuple[str, ...]) -> None:
    optimizer = trainer._optimizers[0]
    frozen = {parameter for part in parts for parameter in getattr(trainer.generator, part).parameters()}
    for group in optimizer.param_groups:
        group["params"] = [parameter for parameter in group["params"] if parameter not in frozen]
    for parameter in frozen:
        optimizer.state.pop(parameter, None)


class _Staying:
    def __init__(self, parts: tuple[str, ...]) -> None:
        self._parts = parts
        self._lowest = float("inf")

    def begin(self, *arguments: Any) -> Trainer:
        self._trainer = begin_trainer(*arguments)
        return self._trainer

    def validate(self, *arguments: Any) -> dict[str, float]:
        found = validate(*arguments)
        if self._parts and found["kl"] > self._lowest:
            _freeze(self._trainer, self._parts)
            self._parts = ()
        self._lowest = min(self._lowest, found["kl"])
        return found


def _dropping(dropout: float) -> Any:
    def begin(*arguments: Any) -> Trainer:
        trainer = begin_trainer(*arguments)
        for module in trainer.generator.enc_p.modules():
            if isinstance(module, nn.Dropout):
                module.p = dropout
        return trainer

    return begin


def judge_nothing(_: nn.Module, real: Tensor, generated: Tensor, loss_scale: float | Tensor) -> Judgement:
    """As `judge`, where there are no judges yet."""
    nothing = torch.zeros((), device=real.device)
    return Judgement(nothing, nothing, nothing, torch.zeros_like(generated))


class SpectrogramJudge(nn.Module):
    """Convolutions over magnitudes of one resolution (Jang et al. 2021, as piper.train's use_mrd has it)."""

    def __init__(self, window: int, hop: int, width: int) -> None:
        super().__init__()
        self._window, self._hop, self._width = window, hop, width
        sizes = [(1, 9, 1), (32, 9, 2), (32, 9, 2), (32, 9, 2), (32, 3, 1)]
        norm = nn.utils.parametrizations.weight_norm
        self.convs = nn.ModuleList(
            norm(nn.Conv2d(inputs, 32, (3, kernel), (1, stride), (1, kernel // 2))) for inputs, kernel, stride in sizes
        )
        self.conv_post = norm(nn.Conv2d(32, 1, 3, padding=1))
        self.register_buffer("_shape", torch.hann_window(width), persistent=False)

    def forward(self, audio: Tensor) -> Features:
        """audio: (B, 1, samples)."""
        with full_precision(audio):
            edge = (self._window - self._hop) // 2
            padded = F.pad(audio.float(), (edge, edge), "reflect").squeeze(1)
            spectrum = torch.stft(
                padded, self._window, self._hop, self._width, self._shape, center=False, return_complex=True
            )
            x = torch.sqrt(torch.view_as_real(spectrum).square().sum(-1) + 1e-9).unsqueeze(1)
        features = []
        for layer in self.convs:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        return [*features, self.conv_post(x)]


class MultiResolutionDiscriminator(nn.Module):
    """Three judges of spectrograms."""

    def __init__(self) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            SpectrogramJudge(*each) for each in ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
        )

    def forward(self, real: Tensor, generated: Tensor) -> tuple[list[Features], list[Features]]:
        """real, generated: (B, 1, samples). Returns: each judge's features of the real and of the generated audio."""
        return [judge(real) for judge in self.discriminators], [judge(generated) for judge in self.discriminators]


class AlsoOfResolutions(MultiPeriodDiscriminator):
    """Piper's judges, and those of spectrograms."""

    def __init__(self) -> None:
        super().__init__()
        self.resolutions = MultiResolutionDiscriminator()


def judge_also_resolutions(
    discriminator: AlsoOfResolutions, real: Tensor, generated: Tensor, loss_scale: float | Tensor
) -> Judgement:
    """As `judge`, with the judges of spectrograms too."""
    first = judge(discriminator, real, generated, loss_scale)
    second = judge_by_torch(discriminator.resolutions, real, generated, loss_scale)  # type: ignore[arg-type]
    return Judgement(*(a + b for a, b in zip(vars(first).values(), vars(second).values(), strict=True)))
