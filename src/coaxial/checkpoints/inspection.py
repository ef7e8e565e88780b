"""What a checkpoint is and whether a dataset can start from it, told from its headers: torch stays out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coaxial.checkpoints.claims import count_of, sample_rate_of
from coaxial.checkpoints.headers import CheckpointHeaders, read_headers
from coaxial.checkpoints.layout import Layout, discriminator_layout, generator_layout
from coaxial.checkpoints.origin import Writer, leftovers_in, writer_of
from coaxial.checkpoints.tensors import TensorHeader
from coaxial.checkpoints.voice_file import is_voice, read_voice_file
from coaxial.domain.errors import NotFound
from coaxial.domain.fitting import misfits
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.domain.tiers import recognise

_GENERATOR, _DISCRIMINATOR, _MULTI_RESOLUTION = "model_g.", "model_d.", "model_mrd."


@dataclass(frozen=True)
class Inspection:
    """What a checkpoint or a published voice is."""

    path: Path
    byte_count: int
    """Of the file."""
    is_voice: bool
    """Whether it is an exported voice (`.onnx`), of which only the fields down to writer are known."""
    quality: Quality | None
    """Tier, told from the tensors' shapes, or a voice's from its size; None for a network that is none of Piper's."""
    shape: NetworkShape | None
    """The network, with its symbols and speakers; None as quality."""
    sample_rate: int | None
    """In Hz, as the file says it; None where it says nothing."""
    writer: Writer = Writer.UNKNOWN
    generator_parameters: int | None = None
    discriminator_parameters: int | None = None
    """Of the multi-period discriminator and, where there is one, the multi-resolution one."""
    epoch: int | None = None
    step: int | None = None
    """`global_step` as it stands in the file. piper.train counts two per batch, one for each optimizer."""
    has_discriminator: bool = False
    """Whether every tensor of the multi-period discriminator is there."""
    has_multi_resolution_discriminator: bool = False
    has_optimizer_states: bool = False
    missing: tuple[str, ...] = ()
    """Tensors of the tier's networks that are absent or of another shape; no discriminator at all is none missing."""
    unknown: tuple[str, ...] = ()
    """Tensors that the tier's networks do not have."""
    broken_weights: int | None = None
    """Tensors of generator and discriminators with values that are not finite; None where values were not looked at."""
    first_broken: str | None = None
    """The name of the first of them."""
    broken_generator: bool | None = None
    """Whether any of them are the generator's; broken discriminators would start fresh. None as broken_weights."""
    leftovers: tuple[str, ...] = ()
    """What other programs fail on when they read the file, in words."""

    @property
    def num_symbols(self) -> int | None:
        return self.shape.num_symbols if self.shape else None

    @property
    def num_speakers(self) -> int | None:
        return self.shape.num_speakers if self.shape else None


def inspect_checkpoint(path: Path, *, weights: bool = True) -> Inspection:
    """Tell what a training checkpoint or a voice is, whoever wrote it. Nothing in it is run, and few MB are in memory.

    weights: read the weights' values too, to find any that are NaN or infinite. A voice's are never read.

    Raises: NotFound, UnreadableCheckpoint, UnsafeCheckpoint, UnreadableVoice.
    """
    if not path.is_file():
        raise NotFound(f"There is no checkpoint file {path}.")
    if is_voice(path):
        voice = read_voice_file(path)
        return Inspection(path, voice.byte_count, True, voice.quality, voice.shape, voice.sample_rate)
    headers = read_headers(path)
    return _inspection(headers, _broken(headers) if weights else None)


def fits(inspection: Inspection, quality: Quality, speakers: int, num_symbols: int) -> list[str]:
    """Why a dataset of this tier cannot start from an inspected base, in sentences; empty where it can."""
    name = inspection.path.name
    if inspection.quality is None or inspection.shape is None:
        return [f"{name} is not a network of one of Piper's tiers (x_low, low, medium, high)."]
    why = misfits(name, inspection.quality, inspection.shape, quality, speakers, num_symbols)
    sentences = [str(error) for error in why]
    missing = [key for key in inspection.missing if key.startswith(_GENERATOR)]
    if missing:
        sentences.append(
            f"{name} does not fit: {len(missing)} tensors are missing or of another shape, the first is {missing[0]}."
        )
    if inspection.broken_generator:
        sentences.append(
            f"{name} is damaged: {inspection.broken_weights} of its tensors hold values that are not numbers (NaN), "
            f"the first is {inspection.first_broken}."
        )
    return sentences


def _inspection(headers: CheckpointHeaders, broken: list[str] | None) -> Inspection:
    contents, state = headers.contents, headers.state
    settings = contents.get("hyper_parameters")
    settings = settings if isinstance(settings, dict) else {}
    sample_rate = sample_rate_of(contents)
    found = recognise({key: tensor.shape for key, tensor in _part(state, _GENERATOR).items()}, sample_rate)
    missing, unknown = _compared(state, found[1]) if found else ((), ())
    has_critic = bool(_part(state, _DISCRIMINATOR))
    return Inspection(
        path=headers.path,
        byte_count=headers.byte_count,
        is_voice=False,
        quality=found[0] if found else None,
        shape=found[1] if found else None,
        sample_rate=sample_rate,
        writer=writer_of(contents, settings),
        generator_parameters=_parameters(state, _GENERATOR),
        discriminator_parameters=_parameters(state, _DISCRIMINATOR, _MULTI_RESOLUTION),
        epoch=count_of(contents, "epoch"),
        step=count_of(contents, "global_step"),
        has_discriminator=has_critic and not any(key.startswith(_DISCRIMINATOR) for key in missing),
        has_multi_resolution_discriminator=bool(_part(state, _MULTI_RESOLUTION)),
        has_optimizer_states=bool(contents.get("optimizer_states")),
        missing=missing,
        unknown=unknown,
        broken_weights=None if broken is None else len(broken),
        first_broken=broken[0] if broken else None,
        broken_generator=None if broken is None else any(name.startswith(_GENERATOR) for name in broken),
        leftovers=tuple(leftovers_in(settings)),
    )


def _compared(state: Mapping[str, TensorHeader], shape: NetworkShape) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the tensors that are missing or of another shape, and of those that are too many."""
    expected: Layout = {f"{_GENERATOR}{key}": size for key, size in generator_layout(shape).items()}
    if _part(state, _DISCRIMINATOR):
        expected |= {f"{_DISCRIMINATOR}{key}": size for key, size in discriminator_layout().items()}
    missing = (key for key, size in expected.items() if key not in state or state[key].shape != size)
    unknown = (key for key in state if key not in expected and not key.startswith(_MULTI_RESOLUTION))
    return tuple(missing), tuple(unknown)


def _part(state: Mapping[str, TensorHeader], prefix: str) -> dict[str, TensorHeader]:
    """The tensors of a network, their names without its prefix."""
    return {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}


def _parameters(state: Mapping[str, TensorHeader], *prefixes: str) -> int:
    return sum(tensor.elements for key, tensor in state.items() if key.startswith(prefixes))


def _broken(headers: CheckpointHeaders) -> list[str]:
    """Names of the networks' tensors with values that are not finite."""
    networks = (_GENERATOR, _DISCRIMINATOR, _MULTI_RESOLUTION)
    with headers.values() as values:
        return [
            name
            for name, tensor in headers.state.items()
            if name.startswith(networks) and not all(np.isfinite(chunk).all() for chunk in values.chunks(tensor))
        ]
