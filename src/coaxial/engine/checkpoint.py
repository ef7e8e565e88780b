"""A run's checkpoints: Piper's own `.ckpt` layout, with what an exact resume needs beside it.

`state_dict`, `hyper_parameters`, `optimizer_states`, `epoch` and `global_step` are what PyTorch Lightning writes for
piper.train, so that `python -m piper.train.export_onnx` and `--model.warmstart_ckpt` read them. Everything of ours is
under the one key `coaxial`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from coaxial.checkpoints.claims import count_of, sample_rate_of
from coaxial.domain.errors import StorageFailure, UnreadableCheckpoint
from coaxial.domain.files import atomic_write
from coaxial.domain.progress import Progress
from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH, MEL_BANDS, SEGMENT_SAMPLES, NetworkShape, Quality
from coaxial.domain.tiers import recognise
from coaxial.engine.run_folder import RunFolder
from coaxial.engine.safe_load import load_checkpoint_file

_LIGHTNING_VERSION = "2.5.0"
_OURS = "coaxial"


@dataclass(frozen=True)
class RunCheckpoint:
    """A checkpoint as the export needs it."""

    path: Path
    quality: Quality
    shape: NetworkShape
    generator: Mapping[str, Tensor]
    """The averaged weights where the checkpoint is ours, else the trained ones."""
    step: int
    epoch: int
    validation_mel: float | None


def load_run_checkpoint(path: Path) -> RunCheckpoint:
    """Read a checkpoint of ours, or any Piper checkpoint, for export.

    Raises: NotFound, UnreadableCheckpoint, UnsafeCheckpoint.
    """
    contents = load_checkpoint_file(path)
    averaged = averaged_generator(contents, path)
    if averaged is not None:
        step, validation_mel = contents[_OURS].get("step", 0), contents[_OURS].get("validation_mel")
    else:
        step, validation_mel = (count_of(contents, "global_step") or 0) // 2, None
    generator = averaged or of_network(contents, "model_g", path)
    found = recognise({key: value.shape for key, value in generator.items()}, sample_rate_of(contents))
    if found is None:
        raise UnreadableCheckpoint(f"{path.name} is not a network of one of Piper's tiers.")
    return RunCheckpoint(path, found[0], found[1], generator, step, count_of(contents, "epoch") or 0, validation_mel)


def of_network(contents: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Tensor]:
    """A network's part of a checkpoint's state_dict, by the network's own keys; name: model_g or model_d.

    Raises: UnreadableCheckpoint where something in it is no tensor; path is for that sentence.
    """
    state: Mapping[str, Any] = contents["state_dict"]
    prefix = f"{name}."
    own = {key.removeprefix(prefix): value for key, value in state.items() if str(key).startswith(prefix)}
    return _tensors(own, path)


def averaged_generator(contents: Mapping[str, Any], path: Path) -> Mapping[str, Tensor] | None:
    """The moving average of a generator's weights, which is what is heard, of a checkpoint of ours; else None.

    Raises: UnreadableCheckpoint where it is not whole; path is for that sentence.
    """
    ours = contents.get(_OURS)
    return _tensors(ours.get("generator_average"), path) if isinstance(ours, dict) else None


def _tensors(named: object, path: Path) -> Mapping[str, Tensor]:
    if not isinstance(named, dict) or not all(isinstance(value, Tensor) for value in named.values()):
        raise UnreadableCheckpoint(f"{path.name} is damaged: where its weights should be there are no tensors.")
    return named


def load_resumable(path: Path) -> dict[str, Any]:
    """All contents of a checkpoint of ours. Raises: as load_run_checkpoint."""
    contents = load_checkpoint_file(path)
    if not isinstance(contents.get(_OURS), dict):
        raise UnreadableCheckpoint(f"{path.name} was not written by this program, so a run cannot go on from it.")
    return contents


def newest_resumable(folder: RunFolder, progress: Progress) -> tuple[Path | None, dict[str, Any] | None]:
    """The last checkpoint of a run and its contents, or those of the newest one before it that can still be read.

    Returns: None twice where there is none yet. Raises: StorageFailure where none of them can be read.
    """
    damaged = []
    for path in (folder.last, *reversed(folder.numbered())):
        if not path.exists():
            continue
        try:
            return path, load_resumable(path)
        except UnreadableCheckpoint as error:
            damaged.append(path)
            progress.say(str(error))
    if damaged:
        raise StorageFailure(
            f"None of the checkpoints in {folder.checkpoints} can be read.",
            remedy="Check the disk; then train a new run, starting from a base checkpoint.",
        )
    return None, None


def write_checkpoint(path: Path, contents: Mapping[str, Any]) -> None:
    """Write a checkpoint's contents in one atomic step. Raises: StorageFailure."""
    with atomic_write(path) as file:
        try:
            torch.save(contents, file)
        except RuntimeError as error:
            # Ending a file that the disk refused a part of, torch raises an error of its own in that one's place.
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise


def checkpoint_contents(
    *,
    shape: NetworkShape,
    networks: Mapping[str, Mapping[str, Tensor]],
    optimizers: list[dict[str, Any]],
    epoch: int,
    step: int,
    batch_size: int,
    learning_rate: float,
    ours: Mapping[str, Any],
) -> dict[str, Any]:
    """What a run's checkpoint file holds.

    networks: state dicts by Lightning's prefixes, `model_g` and `model_d`. optimizers: state dicts, generator's first.
    step: updates of the generator; Lightning counts each optimizer's, so global_step is twice that.
    """
    contents = piper_contents(
        shape=shape,
        networks=networks,
        optimizers=optimizers,
        epoch=epoch,
        global_step=2 * step,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    return {**contents, _OURS: {"step": step, **ours}}


def piper_contents(
    *,
    shape: NetworkShape,
    networks: Mapping[str, Mapping[str, Tensor]],
    epoch: int,
    global_step: int,
    optimizers: Sequence[dict[str, Any]] = (),
    batch_size: int = 32,
    learning_rate: float = 2e-4,
) -> dict[str, Any]:
    """What piper.train reads of a checkpoint; the arguments are those of checkpoint_contents, the defaults Piper's."""
    state = {f"{prefix}.{key}": value for prefix, network in networks.items() for key, value in network.items()}
    return {
        "epoch": epoch,
        "global_step": global_step,
        "pytorch-lightning_version": _LIGHTNING_VERSION,
        "state_dict": state,
        "loops": {},
        "callbacks": {},
        "optimizer_states": list(optimizers),
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": _hyper_parameters(shape, batch_size, learning_rate),
    }


def _hyper_parameters(shape: NetworkShape, batch_size: int, learning_rate: float) -> dict[str, Any]:
    """The arguments of piper.train's model, by its names."""
    return {
        **asdict(shape),
        "batch_size": batch_size,
        "filter_length": FFT_SIZE,
        "hop_length": HOP_LENGTH,
        "win_length": FFT_SIZE,
        "mel_channels": MEL_BANDS,
        "mel_fmin": 0.0,
        "mel_fmax": None,
        "segment_size": SEGMENT_SAMPLES,
        "learning_rate": learning_rate,
        "learning_rate_d": learning_rate / 2,
        "betas": (0.8, 0.99),
        "betas_d": (0.5, 0.9),
        "eps": 1e-9,
        "c_mel": 45,
        "c_kl": 1.0,
        "use_sdp": True,
    }
