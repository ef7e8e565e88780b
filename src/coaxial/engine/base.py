"""Starting from the weights of a base checkpoint: weights only, and only where every one of them fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coaxial.domain.errors import BaseMismatch, UnreadableCheckpoint
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.domain.tiers import recognise
from coaxial.engine.safe_load import load_checkpoint_file

_OF_SPEAKERS = ("emb_g.", ".cond.", ".cond_layer.")


@dataclass(frozen=True)
class BaseWeights:
    """What a base checkpoint gives: a network of a known tier."""

    path: Path
    quality: Quality
    shape: NetworkShape
    generator: Mapping[str, Tensor]
    discriminator: Mapping[str, Tensor]
    """Empty where the file has none."""
    epoch: int


def read_base(path: Path) -> BaseWeights:
    """Read a checkpoint of the old or new Piper trainer, or of ours.

    Raises: NotFound, UnreadableCheckpoint, UnsafeCheckpoint, BaseMismatch (no network of Piper's tiers).
    """
    contents = load_checkpoint_file(path)
    state: dict[str, Any] = contents["state_dict"]
    generator = {key.removeprefix("model_g."): value for key, value in state.items() if key.startswith("model_g.")}
    discriminator = {key.removeprefix("model_d."): value for key, value in state.items() if key.startswith("model_d.")}
    settings = contents.get("hyper_parameters")
    sample_rate = settings.get("sample_rate") if isinstance(settings, dict) else None
    rate = int(sample_rate) if isinstance(sample_rate, (int, float, str)) else None
    if not all(isinstance(value, Tensor) for value in (*generator.values(), *discriminator.values())):
        raise UnreadableCheckpoint(f"{path.name} is damaged: its state_dict holds things that are no tensors.")
    found = recognise({key: value.shape for key, value in generator.items()}, rate)
    if found is None:
        raise BaseMismatch(
            f"{path.name} is not a network of one of Piper's tiers (x_low, low, medium, high)"
            + (f" at {rate} Hz." if rate else "."),
            remedy="Choose a Piper VITS checkpoint, or train with --from-scratch.",
        )
    broken = [key for key, value in generator.items() if value.is_floating_point() and not _all_finite(value)]
    if broken:
        raise UnreadableCheckpoint(f"{path.name} is damaged: {len(broken)} of its weights are not numbers (NaN).")
    epoch = contents.get("epoch")
    return BaseWeights(path, found[0], found[1], generator, discriminator, epoch if isinstance(epoch, int) else 0)


def start_from(
    base: BaseWeights, quality: Quality, shape: NetworkShape, generator: nn.Module, discriminator: nn.Module
) -> list[str]:
    """Copy a base's weights into fresh networks of the given tier. Returns: what was and was not loaded, in sentences.

    Raises: BaseMismatch, before anything is copied, where tier, rate, speakers or any tensor do not fit.
    """
    refuse_other_network(base, quality, shape)
    own = generator.state_dict()
    fresh = [key for key in own if key not in base.generator or own[key].shape != base.generator[key].shape]
    unfitting = [key for key in fresh if not any(part in f".{key}" for part in _OF_SPEAKERS)]
    if unfitting:
        raise BaseMismatch(
            f"{base.path.name} does not fit: {len(unfitting)} tensors are missing or of another shape, "
            f"the first is {unfitting[0]}.",
            remedy="Choose a checkpoint written by a Piper trainer for this tier.",
        )
    _copy(own, base.generator, fresh)
    said = [f"Loaded {len(own) - len(fresh)} of {len(own)} generator tensors from {base.path.name} ({base.quality})."]
    if fresh:
        said.append(f"{len(fresh)} tensors of the speaker embedding start fresh: the base has other speakers.")
    return said + _start_discriminator(base, discriminator)


def refuse_other_network(base: BaseWeights, quality: Quality, shape: NetworkShape) -> None:
    """Raise BaseMismatch where the base's tier, rate, speakers or symbols are not the dataset's."""
    if base.quality is not quality:
        raise BaseMismatch(
            f"{base.path.name} is a {base.quality} checkpoint ({base.shape.sample_rate} Hz) and this dataset is "
            f"{quality} ({shape.sample_rate} Hz).",
            remedy=f"Prepare the dataset with --quality {base.quality}, or choose a {quality} checkpoint.",
        )
    if base.shape.num_speakers > 1 and shape.num_speakers == 1:
        raise BaseMismatch(
            f"{base.path.name} speaks with {base.shape.num_speakers} speakers and this dataset has one.",
            remedy="Choose a checkpoint of a single speaker.",
        )
    if base.shape.num_symbols != shape.num_symbols:
        raise BaseMismatch(
            f"{base.path.name} knows {base.shape.num_symbols} phoneme symbols and this dataset uses "
            f"{shape.num_symbols}.",
            remedy="Choose a checkpoint with Piper's default phoneme map.",
        )


def _start_discriminator(base: BaseWeights, discriminator: nn.Module) -> list[str]:
    own = discriminator.state_dict()
    fitting = all(key in base.discriminator and base.discriminator[key].shape == own[key].shape for key in own)
    if fitting and all(_all_finite(base.discriminator[key]) for key in own):
        _copy(own, base.discriminator, [])
        return [f"Loaded all {len(own)} discriminator tensors."]
    return [f"{base.path.name} has no usable discriminator: it starts fresh, so the first minutes sound rougher."]


def _copy(own: Mapping[str, Tensor], given: Mapping[str, Tensor], fresh: list[str]) -> None:
    with torch.no_grad():
        for key, tensor in own.items():
            if key not in fresh:
                tensor.copy_(given[key])


def _all_finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())
