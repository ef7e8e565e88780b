"""Starting from the weights of a base, a checkpoint or a voice: weights only, and only where every one of them fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from coaxial.checkpoints.claims import count_of, sample_rate_of
from coaxial.domain.errors import BaseMismatch, UnreadableCheckpoint
from coaxial.domain.fitting import misfits
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.domain.tiers import recognise
from coaxial.engine.checkpoint import averaged_generator, of_network
from coaxial.engine.export import ONLY_FOR_TRAINING
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
    is_voice: bool = False
    """Whether it comes from a published voice, which has nothing of what only training needs."""
    notes: tuple[str, ...] = ()
    """What a person should know of where the weights come from, in sentences."""


def read_base(path: Path, *, averaged: bool = False) -> BaseWeights:
    """Read a checkpoint of the old or new Piper trainer, or of ours, or a published voice (`.onnx` with its JSON).

    averaged: of a checkpoint of ours the averaged weights, which are heard, in place of the trained ones.
    Raises: NotFound, UnreadableCheckpoint, UnreadableVoice, UnsafeCheckpoint, BaseMismatch (no network of a tier).
    """
    if path.suffix.lower() == ".onnx":
        # The ONNX libraries take a while to import, and no other base needs them.
        from coaxial.engine.recovery.generator import recover_generator

        voice = recover_generator(path)
        return BaseWeights(path, voice.quality, voice.shape, voice.generator, {}, 0, is_voice=True, notes=voice.notes)
    contents = load_checkpoint_file(path)
    generator = (averaged_generator(contents, path) if averaged else None) or of_network(contents, "model_g", path)
    discriminator = of_network(contents, "model_d", path)
    rate = sample_rate_of(contents)
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
    unsaid = f"{path.name} does not say its sample rate: {found[1].sample_rate} Hz is assumed."
    return BaseWeights(
        path,
        quality=found[0],
        shape=found[1],
        generator=generator,
        discriminator=discriminator,
        epoch=count_of(contents, "epoch") or 0,
        notes=() if rate else (unsaid,),
    )


def start_from(
    base: BaseWeights, quality: Quality, shape: NetworkShape, generator: nn.Module, discriminator: nn.Module
) -> list[str]:
    """Copy a base's weights into fresh networks of the given tier. Returns: what was and was not loaded, in sentences.

    Raises: BaseMismatch, before anything is copied, where tier, rate, speakers or any tensor do not fit.
    """
    refuse_other_network(base, quality, shape)
    own = generator.state_dict()
    fresh = [key for key in own if key not in base.generator or own[key].shape != base.generator[key].shape]
    unheard = [key for key in fresh if base.is_voice and key.startswith(ONLY_FOR_TRAINING)]
    of_speakers = [key for key in fresh if any(part in f".{key}" for part in _OF_SPEAKERS) and key not in unheard]
    unfitting = [key for key in fresh if key not in unheard and key not in of_speakers]
    if unfitting:
        raise BaseMismatch(
            f"{base.path.name} does not fit: {len(unfitting)} tensors are missing or of another shape, "
            f"the first is {unfitting[0]}.",
            remedy="Choose a checkpoint written by a Piper trainer for this tier.",
        )
    _copy(own, base.generator, fresh)
    said = [f"Loaded {len(own) - len(fresh)} of {len(own)} generator tensors from {base.path.name} ({base.quality})."]
    said += base.notes
    if of_speakers:
        said.append(f"{len(of_speakers)} tensors of the speaker embedding start fresh: the base has other speakers.")
    if unheard:
        said.append(
            f"{len(unheard)} tensors start fresh, because a voice has nothing of them: the posterior encoder, and what "
            "the duration predictor only learns with. Expect more steps than from a training checkpoint."
        )
    return said + _start_discriminator(base, discriminator)


def completed(base: BaseWeights, rest: BaseWeights) -> BaseWeights:
    """A base with what it lacks taken from another of the same tier: posterior encoder, discriminators.

    Best is the checkpoint that the voice was itself fine-tuned from: their latents mean the same.
    Raises: BaseMismatch where the other is of another tier, has speakers that the base has not, or has nothing to give.
    """
    if rest.quality is not base.quality:
        raise BaseMismatch(
            f"{rest.path.name} is a {rest.quality} checkpoint and {base.path.name} is {base.quality}: one cannot "
            "complete the other.",
            remedy=f"Choose a {base.quality} checkpoint.",
        )
    if rest.shape.num_speakers > 1 and base.shape.num_speakers == 1:
        raise BaseMismatch(
            f"{rest.path.name} listens for {rest.shape.num_speakers} speakers and {base.path.name} has one.",
            remedy="Choose a checkpoint of a single speaker.",
        )
    if rest.is_voice:
        raise BaseMismatch(
            f"{rest.path.name} is a voice: it has no posterior encoder and no discriminators either.",
            remedy="Choose a training checkpoint (.ckpt).",
        )
    lacking = {
        key: value
        for key, value in rest.generator.items()
        if key.startswith(ONLY_FOR_TRAINING) and key not in base.generator
    }
    taken = [f"{len(lacking)} of these tensors, which only training needs,"] if lacking else []
    if rest.discriminator and not base.discriminator:
        taken.append("the discriminators")
    note = f"{' and '.join(taken) or 'Nothing of it'} came from {rest.path.name}."
    return replace(
        base,
        generator={**base.generator, **lacking},
        discriminator=base.discriminator or rest.discriminator,
        notes=(*base.notes, note),
    )


def refuse_other_network(base: BaseWeights, quality: Quality, shape: NetworkShape) -> None:
    """Raise BaseMismatch where the base's tier, rate, speakers or symbols are not the dataset's."""
    why = misfits(base.path.name, base.quality, base.shape, quality, shape.num_speakers, shape.num_symbols)
    if why:
        raise why[0]


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
