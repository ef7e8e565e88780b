"""What a checkpoint is and whether a dataset can start from it, told from its headers: torch stays out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from coaxial.checkpoints.headers import CheckpointHeaders, read_headers
from coaxial.checkpoints.tensors import TensorHeader
from coaxial.checkpoints.unpickling import StoredPath
from coaxial.domain.fitting import misfits
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.domain.tiers import recognise

_GENERATOR, _DISCRIMINATOR, _MULTI_RESOLUTION = "model_g.", "model_d.", "model_mrd."

_OLD_ARGUMENTS = frozenset({"sample_bytes", "dataset_dir", "gpus", "auto_select_gpus", "max_phoneme_ids"})
"""Hyper-parameters that only the command line of rhasspy/piper's trainer left in its files."""

_FAILING_ARGUMENTS = frozenset({"sample_bytes", "channels", "dataset_dir"})
"""Those that piper.train's command line does not know, so that `--ckpt_path` fails on them."""

_NEW_ARGUMENTS = frozenset({"learning_rate_d", "betas_d", "use_mrd", "warmstart_ckpt", "_instantiator"})


class Writer(str, Enum):
    """Which program wrote a checkpoint."""

    OLD_PIPER = "piper (old trainer)"
    PIPER_TTS = "piper-tts"
    COAXIAL = "coaxial"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Inspection:
    """What a checkpoint or a published voice is."""

    path: Path
    byte_count: int
    """Of the file."""
    is_voice: bool
    """Whether it is an exported voice (`.onnx`), which holds no discriminator, rather than a checkpoint."""
    quality: Quality | None
    """Tier, told from the tensors' shapes; None for a network that is none of Piper's."""
    shape: NetworkShape | None
    """The network, with its symbols and speakers; None as quality."""
    sample_rate: int | None
    """In Hz, as the file says it; None where it says nothing."""
    generator_parameters: int
    discriminator_parameters: int
    """Of the multi-period discriminator and, where there is one, the multi-resolution one."""
    epoch: int | None
    step: int | None
    """`global_step` as it stands in the file. piper.train counts two per batch, one for each optimizer."""
    writer: Writer
    has_discriminator: bool
    has_multi_resolution_discriminator: bool
    has_optimizer_states: bool
    broken_weights: int | None
    """Tensors of generator and discriminators with values that are not finite; None where values were not looked at."""
    first_broken: str | None
    """The name of the first of them."""
    leftovers: tuple[str, ...]
    """What other programs fail on when they read the file, in words."""

    @property
    def num_symbols(self) -> int | None:
        return self.shape.num_symbols if self.shape else None

    @property
    def num_speakers(self) -> int | None:
        return self.shape.num_speakers if self.shape else None


def inspect_checkpoint(path: Path, *, weights: bool = True) -> Inspection:
    """Tell what a training checkpoint is, whoever wrote it. Nothing in it is run; memory stays below some ten MB.

    weights: read the weights' values too, to find any that are NaN or infinite.

    Raises: NotFound, UnreadableCheckpoint, UnsafeCheckpoint.
    """
    headers = read_headers(path)
    state = headers.state
    generator = _part(state, _GENERATOR)
    settings = headers.contents.get("hyper_parameters")
    settings = settings if isinstance(settings, dict) else {}
    sample_rate = _sample_rate(settings)
    found = recognise({key: tensor.shape for key, tensor in generator.items()}, sample_rate)
    broken = _broken(headers) if weights else None
    return Inspection(
        path=path,
        byte_count=headers.byte_count,
        is_voice=False,
        quality=found[0] if found else None,
        shape=found[1] if found else None,
        sample_rate=sample_rate,
        generator_parameters=_parameters(generator.values()),
        discriminator_parameters=_parameters(_part(state, _DISCRIMINATOR, _MULTI_RESOLUTION).values()),
        epoch=_count(headers.contents.get("epoch")),
        step=_count(headers.contents.get("global_step")),
        writer=_writer(headers.contents, settings),
        has_discriminator=bool(_part(state, _DISCRIMINATOR)),
        has_multi_resolution_discriminator=bool(_part(state, _MULTI_RESOLUTION)),
        has_optimizer_states=bool(headers.contents.get("optimizer_states")),
        broken_weights=None if broken is None else len(broken),
        first_broken=broken[0] if broken else None,
        leftovers=tuple(_leftovers(settings)),
    )


def fits(inspection: Inspection, quality: Quality, speakers: int, num_symbols: int) -> list[str]:
    """Why a dataset of this tier cannot start from an inspected base, in sentences; empty where it can."""
    if inspection.quality is None or inspection.shape is None:
        return [f"{inspection.path.name} is not a network of one of Piper's tiers (x_low, low, medium, high)."]
    why = misfits(inspection.path.name, inspection.quality, inspection.shape, quality, speakers, num_symbols)
    sentences = [str(error) for error in why]
    if inspection.broken_weights:
        sentences.append(
            f"{inspection.path.name} is damaged: {inspection.broken_weights} of its tensors hold values that are not "
            f"numbers (NaN), the first is {inspection.first_broken}."
        )
    return sentences


def _part(state: Mapping[str, TensorHeader], *prefixes: str) -> dict[str, TensorHeader]:
    """The tensors of a network, their names without its prefix."""
    found = ((key, prefix, value) for key, value in state.items() for prefix in prefixes if key.startswith(prefix))
    return {key.removeprefix(prefix): value for key, prefix, value in found}


def _parameters(tensors: Iterable[TensorHeader]) -> int:
    return sum(tensor.elements for tensor in tensors)


def _broken(headers: CheckpointHeaders) -> list[str]:
    """Names of the networks' tensors with values that are not finite."""
    networks = (_GENERATOR, _DISCRIMINATOR, _MULTI_RESOLUTION)
    with headers.values() as values:
        return [
            name
            for name, tensor in headers.state.items()
            if name.startswith(networks) and not all(np.isfinite(chunk).all() for chunk in values.chunks(tensor))
        ]


def _sample_rate(settings: Mapping[Any, Any]) -> int | None:
    rate = settings.get("sample_rate")
    if isinstance(rate, str) and rate.isascii() and rate.isdigit() and len(rate) < 7:
        rate = int(rate)
    return int(rate) if isinstance(rate, (int, float)) and 0 < rate < 1_000_000 else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _writer(contents: Mapping[Any, Any], settings: Mapping[Any, Any]) -> Writer:
    if isinstance(contents.get("coaxial"), dict):
        return Writer.COAXIAL
    version = contents.get("pytorch-lightning_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if settings.keys() & _OLD_ARGUMENTS or major == "1":
        return Writer.OLD_PIPER
    return Writer.PIPER_TTS if settings.keys() & _NEW_ARGUMENTS and major else Writer.UNKNOWN


def _leftovers(settings: Mapping[Any, Any]) -> Iterable[str]:
    paths = sorted(str(key) for key, value in settings.items() if isinstance(value, StoredPath))
    if paths:
        yield f"paths of the machine it was trained on ({', '.join(paths)}): torch.load(weights_only=True) refuses them"
    unknown = sorted(settings.keys() & _FAILING_ARGUMENTS)
    if unknown:
        yield f"settings of the old trainer ({', '.join(unknown)}): piper.train --ckpt_path fails on them"
