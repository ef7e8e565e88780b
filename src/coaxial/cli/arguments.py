"""The options that commands share, and the choices of `prepare` and `train` as they are typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from coaxial.domain.errors import InvalidOption
from coaxial.domain.field_docs import field_doc
from coaxial.domain.options import Budget, PrepareOptions, TrainOptions
from coaxial.domain.quality import Quality

DataDir = Annotated[
    Path | None,
    Parameter(help="Folder that holds everything you make. Otherwise COAXIAL_DATA_DIR, or your user data folder."),
]
AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON for another program to read.")]

Gpus = Annotated[
    str | None, Parameter(help="Numbers of the GPUs that train together, such as 0,1; otherwise --device decides.")
]

FINE_TUNING_STEPS = 5000
"""The budget where none is given: about 500 epochs of 300 clips in batches of 32, where fine-tuning has settled."""

FROM_SCRATCH_STEPS = 16_000
"""The same from random weights: a recogniser understood a voice of ten minutes as it did the recordings."""


def device_of(gpus: str | None) -> str | None:
    """Numbers of GPUs as TrainOptions name devices: 0,1 is cuda:0,cuda:1. Raises: InvalidOption."""
    if gpus is None:
        return None
    numbers = [part.strip() for part in gpus.split(",")]
    if not all(number.isdecimal() for number in numbers) or len(set(numbers)) < len(numbers):
        raise InvalidOption(f"--gpus {gpus!r} is no list of different numbers.", remedy="Give it as in: --gpus 0,1")
    return ",".join(f"cuda:{number}" for number in numbers)


def _of(options: type, field: str, **more: Any) -> Parameter:
    return Parameter(help=field_doc(options, field), **more)


@dataclass(frozen=True)
class PrepareFlags:
    """The options of `prepare`."""

    quality: Annotated[Quality, _of(PrepareOptions, "quality", name_transform=str.lower)] = PrepareOptions.quality
    loudness: Annotated[float | None, _of(PrepareOptions, "loudness", negative="--no-loudness")] = (
        PrepareOptions.loudness
    )
    margin: Annotated[float, _of(PrepareOptions, "margin")] = PrepareOptions.margin

    def options(self) -> PrepareOptions:
        """Raises: InvalidOption."""
        return PrepareOptions(quality=self.quality, loudness=self.loudness, margin=self.margin)


@dataclass(frozen=True)
class TrainFlags:
    """The options of `train`."""

    base: Annotated[str | None, _of(TrainOptions, "base_voice")] = None
    checkpoint: Annotated[
        Path | None, Parameter(help="Or a file: checkpoint (.ckpt), or published voice (.onnx with its .onnx.json).")
    ] = None
    from_scratch: Annotated[
        bool,
        Parameter(help="Start from random weights instead: ten minutes of speech are enough, and it takes longer."),
    ] = False
    epochs: Annotated[int | None, _of(Budget, "epochs")] = None
    steps: Annotated[int | None, _of(Budget, "steps")] = None
    minutes: Annotated[float | None, _of(Budget, "minutes")] = None
    batch_size: Annotated[int | Literal["auto"], _of(TrainOptions, "batch_size")] = "auto"
    learning_rate: Annotated[float | Literal["auto"], _of(TrainOptions, "learning_rate")] = "auto"
    final_learning_rate: Annotated[float, _of(TrainOptions, "final_learning_rate")] = TrainOptions.final_learning_rate
    checkpoint_every: Annotated[int | None, _of(TrainOptions, "checkpoint_every")] = TrainOptions.checkpoint_every
    keep: Annotated[int, _of(TrainOptions, "keep")] = TrainOptions.keep
    device: Annotated[str, _of(TrainOptions, "device")] = TrainOptions.device
    gpus: Gpus = None
    precision: Annotated[str, _of(TrainOptions, "precision")] = TrainOptions.precision
    seed: Annotated[int, _of(TrainOptions, "seed")] = TrainOptions.seed

    def options(self) -> TrainOptions:
        """Raises: InvalidOption."""
        if [self.base is not None, self.checkpoint is not None, self.from_scratch].count(True) != 1:
            raise InvalidOption(
                "Training needs just one of --base, --checkpoint and --from-scratch.",
                remedy="See what there is to start from with: coaxial checkpoints list --language en-US",
            )
        return TrainOptions(
            budget=self._budget(),
            base=self.checkpoint,
            base_voice=self.base,
            batch_size=None if self.batch_size == "auto" else self.batch_size,
            learning_rate=None if self.learning_rate == "auto" else self.learning_rate,
            final_learning_rate=self.final_learning_rate,
            checkpoint_every=self.checkpoint_every,
            keep=self.keep,
            device=device_of(self.gpus) or self.device,
            precision=self.precision,
            seed=self.seed,
        )

    def _budget(self) -> Budget:
        if self.epochs is None and self.steps is None and self.minutes is None:
            return Budget(steps=FROM_SCRATCH_STEPS if self.from_scratch else FINE_TUNING_STEPS)
        return Budget(epochs=self.epochs, steps=self.steps, minutes=self.minutes)
