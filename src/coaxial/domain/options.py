"""What a person can choose; each dataclass's field documentation is the `--help` of its command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coaxial.domain.errors import InvalidOption
from coaxial.domain.quality import Quality

RATE_FROM_RANDOM_WEIGHTS, RATE_FROM_A_BASE = 4e-4, 2e-4
"""Learning rates where none is asked for: the one that learns more (docs/training-log.md), and Piper's."""


@dataclass(frozen=True)
class PrepareOptions:
    """How recordings become a dataset."""

    quality: Quality = Quality.MEDIUM
    """Size of the network; decides sample rate and which base checkpoints fit."""
    loudness: float | None = -23.0
    """Loudness of every clip in LUFS (ITU-R BS.1770), lowered where it would clip. Without it, as recorded."""
    margin: float = 0.25
    """Seconds of silence kept before and after the speech of each clip."""

    def __post_init__(self) -> None:
        if self.loudness is not None and not -50.0 <= self.loudness <= -9.0:
            raise InvalidOption(f"A loudness of {self.loudness} LUFS is not between -50 and -9.")
        if not 0.0 <= self.margin <= 2.0:
            raise InvalidOption(f"A margin of {self.margin} seconds is not between 0 and 2.")


@dataclass(frozen=True)
class Budget:
    """When to stop: epochs, steps or minutes, exactly one of them. There is always an end."""

    epochs: int | None = None
    """Passes over all clips."""
    steps: int | None = None
    """Updates of the network."""
    minutes: float | None = None
    """Minutes of training, pauses not counted."""

    def __post_init__(self) -> None:
        given = {name: value for name, value in vars(self).items() if value is not None}
        if len(given) != 1:
            raise InvalidOption("A budget is one of --epochs, --steps and --minutes, and just one.")
        ((name, value),) = given.items()
        if not 0 < value < 10_000_000:
            raise InvalidOption(f"--{name} {value} is not a budget: it must be more than 0 and finite.")


@dataclass(frozen=True)
class TrainOptions:
    """How a run is trained."""

    budget: Budget
    """When to stop."""
    base: Path | None = None
    """Checkpoint file (.ckpt), or published voice (.onnx), to start from; None starts from random weights."""
    base_voice: str | None = None
    """Base checkpoint to start from by its id, such as en-US.amy; fetched if it is not on this machine."""
    batch_size: int | None = None
    """Clips per update. Left open, the device's memory and the dataset's size decide."""
    learning_rate: float | None = None
    """Of the generator at the start; the discriminators take half. Left open, 4e-4 from scratch, 2e-4 from a base."""
    final_learning_rate: float = 0.05
    """What the learning rate has fallen to at the end of the budget, as a fraction of the first; 1 keeps it."""
    checkpoint_every: int | None = None
    """Steps between checkpoints. Left open, a tenth of the budget, at most 1000 steps."""
    keep: int = 3
    """How many numbered checkpoints stay, beside the last and the best."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N; several with commas train together."""
    precision: str = "auto"
    """auto, fp32, bf16 or fp16. GPUs without bf16 take fp16 or fp32, whichever turns out faster."""
    seed: int = 1234
    """Of every random number in the run."""

    def __post_init__(self) -> None:
        if self.batch_size is not None and not 1 <= self.batch_size <= 4096:
            raise InvalidOption(f"A batch size of {self.batch_size} is not between 1 and 4096.")
        if self.learning_rate is not None and not 0.0 < self.learning_rate <= 0.1:
            raise InvalidOption(f"A learning rate of {self.learning_rate} is not above 0 and at most 0.1.")
        if not 0.0 < self.final_learning_rate <= 1.0:
            raise InvalidOption(
                f"A final learning rate of {self.final_learning_rate} is no fraction: above 0, at most 1."
            )
        if self.checkpoint_every is not None and self.checkpoint_every < 1:
            raise InvalidOption("Checkpoints are written every 1 step or more.")
        if self.keep < 1:
            raise InvalidOption("At least 1 checkpoint is kept.")
        if self.batch_size is not None and self.batch_size < len(self.devices):
            raise InvalidOption(f"A batch of {self.batch_size} cannot be shared among {len(self.devices)} devices.")
        if not 0 <= self.seed < 2**63:
            raise InvalidOption(f"A seed of {self.seed} is not between 0 and 2^63 - 1.")
        _refuse_uneven(self.devices)
        if self.precision not in ("auto", "fp32", "bf16", "fp16"):
            raise InvalidOption(f"Precision {self.precision!r} is none of auto, fp32, bf16 and fp16.")

    @property
    def first_learning_rate(self) -> float:
        """The learning rate that was asked for, or the one that suits where the run starts from."""
        if self.learning_rate is not None:
            return self.learning_rate
        is_from_base = self.base is not None or self.base_voice is not None
        return RATE_FROM_A_BASE if is_from_base else RATE_FROM_RANDOM_WEIGHTS

    @property
    def devices(self) -> list[str]:
        """Of the processes that train together, the leader's first."""
        return [name.strip() for name in self.device.split(",")]


def _refuse_uneven(devices: list[str]) -> None:
    """Raise InvalidOption for devices that cannot train together: one GPU twice, or GPUs beside processors."""
    gpus = ["cuda:0" if name == "cuda" else name for name in devices if name != "cpu"]
    if len(devices) > 1 and (len(set(gpus)) < len(gpus) or 0 < len(gpus) < len(devices) or "auto" in gpus):
        raise InvalidOption(
            f"The devices {', '.join(devices)} cannot train together.",
            remedy="Name different GPUs, as in --device cuda:0,cuda:1, or --gpus 0,1.",
        )
