"""A clean checkpoint from an old one, or from a published voice: weights, and the few settings that describe them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from coaxial.checkpoints.claims import count_of
from coaxial.domain.errors import InvalidOption
from coaxial.domain.progress import Progress
from coaxial.engine.base import BaseWeights, completed, read_base, start_from
from coaxial.engine.checkpoint import piper_contents, write_checkpoint
from coaxial.engine.safe_load import load_checkpoint_file
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer

_SEED = 0
"""Of what starts fresh: the same conversion gives the same weights."""

_STATE_OF_TRAINING = {
    "optimizer_states": "the optimizers' states",
    "lr_schedulers": "learning-rate schedules",
    "loops": "the trainer's position",
    "callbacks": "its callbacks",
    "coaxial": "what an exact resume needs",
}
_NAMED_LEFTOVERS = 3


def convert(
    source: Path,
    target: Path,
    *,
    rest_from: Path | None = None,
    overwrite: bool = False,
    progress: Progress,
) -> list[str]:
    """Write a clean `.ckpt` in Piper's layout, weights only, that piper-tts and plain torch.load read.

    source: a checkpoint of the old or new Piper trainer, or of ours (then its averaged weights), or a voice's `.onnx`.
    rest_from: a base of the same tier for what the source lacks; without it that starts fresh, the same every time.
    Returns: what was kept, what was dropped and what is fresh, in sentences.
    Raises: InvalidOption (target exists or is no .ckpt), StorageFailure, and what read_base and start_from raise.
    """
    _refuse_target(target, overwrite)
    progress.stage("Reading")
    base = read_base(source, averaged=True)
    contents: Mapping[str, Any] = {} if base.is_voice else load_checkpoint_file(source)
    if rest_from is not None:
        base = completed(base, read_base(rest_from))
    networks, said = _networks(base)
    clean = piper_contents(
        shape=base.shape,
        networks={name: network.state_dict() for name, network in networks.items()},
        epoch=base.epoch,
        global_step=count_of(contents, "global_step") or 0,
    )
    progress.stage("Writing")
    write_checkpoint(target, clean)
    return said + _dropped(contents, clean) + [_written(target, base)]


def _refuse_target(target: Path, overwrite: bool) -> None:
    if target.suffix.lower() != ".ckpt":
        raise InvalidOption(f"{target.name} is no name for a checkpoint.", remedy="Let it end in .ckpt.")
    if target.is_dir() or (target.exists() and not overwrite):
        raise InvalidOption(f"{target} exists already.", remedy="Choose another name, or ask to overwrite it.")


def _networks(base: BaseWeights) -> tuple[dict[str, torch.nn.Module], list[str]]:
    """Generator and discriminators with a base's weights, by Lightning's prefixes, and what was loaded."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        generator, discriminator = Synthesizer(base.shape), MultiPeriodDiscriminator()
    said = start_from(base, base.quality, base.shape, generator, discriminator)
    return {"model_g": generator, "model_d": discriminator}, said


def _dropped(contents: Mapping[str, Any], clean: Mapping[str, Any]) -> list[str]:
    """What of a checkpoint does not come along."""
    if not contents:
        return []
    said = ["Its averaged weights were taken, which are the ones that are heard."] if "coaxial" in contents else []
    dropped = [words for key, words in _STATE_OF_TRAINING.items() if contents.get(key)]
    others = [key for key in contents["state_dict"] if key not in clean["state_dict"]]
    if others:
        dropped.append(f"tensors of other networks ({len(others)})")
    settings = contents.get("hyper_parameters")
    settings = settings if isinstance(settings, dict) else {}
    leftover = sorted(str(key) for key in settings if key not in clean["hyper_parameters"])
    if leftover:
        # Names of a stranger's are shown only where they are names.
        names = [name for name in leftover if name.isidentifier()][:_NAMED_LEFTOVERS]
        dropped.append(f"settings that say nothing of the network ({len(leftover)}: {', '.join(names)}, …)")
    return [*said, f"Dropped: {', '.join(dropped)}."] if dropped else said


def _written(target: Path, base: BaseWeights) -> str:
    speakers = "1 speaker" if base.shape.num_speakers == 1 else f"{base.shape.num_speakers} speakers"
    return f"Wrote {target.name}: {base.quality}, {base.shape.sample_rate} Hz, {speakers}, epoch {base.epoch}."
