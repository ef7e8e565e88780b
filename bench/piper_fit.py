"""`python -m piper.train` 1.8.0 as a process that can be measured.

Everything is as shipped, but for what a comparison needs: an alignment in the place of the compiled one that its wheel
lacks; without opinion scores, whose predictor comes from the network (where it does not, the callback that waits for
`val_mos` ends the training after one epoch); and with a callback of ours that notes moments or keeps the generator's
weights.

    python bench/piper_fit.py --marks FILE fit --data.csv_path …      the arguments of piper.train follow
    python bench/piper_fit.py --states FOLDER --steps 1000 --seconds 60 --points 10 fit …
    python bench/piper_fit.py --prepare JSON                           only its cache
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback

import alignment
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.quality import NetworkShape, Quality
from measuring import mark


def data_arguments(dataset: PreparedDataset, folder: Path, batch_size: int, metadata: Path) -> dict[str, Any]:
    """What its data module takes to train on some rows of a dataset of ours, its cache in a folder."""
    return {
        "csv_path": str(metadata.resolve()),
        "audio_dir": str((dataset.folder / "wavs").resolve()),
        "cache_dir": str((folder / "cache").resolve()),
        "config_path": str((folder / "config.json").resolve()),
        "espeak_voice": dataset.espeak_voice,
        "voice_name": dataset.name,
        "num_speakers": len(dataset.speakers),
        "sample_rate": dataset.sample_rate,
        "batch_size": batch_size,
    }


def prepare_command(data: dict[str, Any]) -> list[str]:
    """Fills its cache, and compiles the alignment, so that neither is in the time of a run."""
    return [sys.executable, __file__, "--prepare", json.dumps(data)]


def fit_command(dataset: PreparedDataset, data: dict[str, Any], device: str, epochs: int, *ours: str) -> list[str]:
    """Its training of a tier's network from random weights; ours: options of this script."""
    shape = asdict(NetworkShape.of(dataset.quality, len(dataset.speakers)))
    default = asdict(NetworkShape.of(Quality.MEDIUM))
    # It hands the sample rate, the speakers and the batch size from one part to the other by itself.
    linked = {"num_symbols", "num_speakers", "sample_rate"}
    model = {key: shape[key] for key in shape if shape[key] != default[key] and key not in linked}
    model |= {"num_speakers": data["num_speakers"], "sample_rate": data["sample_rate"]}
    arguments = [f"--data.{key}={value}" for key, value in data.items() if key not in linked]
    arguments += [f"--model.{key}={json.dumps(value)}" for key, value in model.items()]
    arguments.append("--model.mos_metric=none")
    trainer = {"max_epochs": epochs, "accelerator": "gpu" if device == "cuda" else "cpu", "devices": 1}
    arguments += [f"--trainer.{key}={value}" for key, value in trainer.items()]
    return [sys.executable, __file__, *ours, "fit", *arguments]


class Clock(Callback):  # type: ignore[misc]
    """Notes when the first step, the first epoch (validated and logged) and the last one were done."""

    def __init__(self, marks: Path) -> None:
        self._marks = marks
        self._steps = 0

    def on_train_batch_end(self, *_: Any) -> None:
        self._steps += 1
        if self._steps == 1:
            mark(self._marks, "first step")

    def on_train_epoch_end(self, trainer: Any, _: Any) -> None:
        if trainer.current_epoch == 0:
            mark(self._marks, "first epoch", steps=self._steps)

    def on_train_end(self, *_: Any) -> None:
        mark(self._marks, "last epoch", steps=self._steps)


class StateKeeper(Callback):  # type: ignore[misc]
    """Keeps the generator at regular points, in steps and in seconds, until both budgets are used.

    Writing does not count as time. A file is a Piper checkpoint with the generator's weights alone.
    """

    def __init__(self, folder: Path, steps: int, seconds: float, points: int) -> None:
        self._folder, self._steps, self._seconds = folder, steps, seconds
        self._every, self._period = max(1, steps // points), seconds / points
        self._step = self._periods = 0
        self._began = 0.0

    def on_train_start(self, *_: Any) -> None:
        self._began = time.monotonic()

    def on_train_batch_end(self, trainer: Any, model: Any, *_: Any) -> None:
        self._step += 1
        elapsed = time.monotonic() - self._began
        in_steps = self._step <= self._steps and (self._step % self._every == 0 or self._step == self._steps)
        in_seconds = elapsed <= self._seconds + self._period and elapsed >= (self._periods + 1) * self._period
        if in_steps or in_seconds:
            if torch.cuda.is_initialized():
                torch.cuda.synchronize()
            elapsed = time.monotonic() - self._began
            self._periods = int(elapsed / self._period)
            self._keep(model, elapsed)
            self._began = time.monotonic() - elapsed
        trainer.should_stop = self._step >= self._steps and elapsed >= self._seconds

    def _keep(self, model: Any, elapsed: float) -> None:
        state = {f"model_g.{key}": value.detach().cpu() for key, value in model.model_g.state_dict().items()}
        rate = int(model.hparams.sample_rate)
        contents = {"state_dict": state, "global_step": 2 * self._step, "hyper_parameters": {"sample_rate": rate}}
        torch.save({**contents, "seconds": elapsed}, self._folder / f"step-{self._step:06d}.ckpt")


def _prepare(data: dict[str, Any]) -> None:
    from piper.train.vits.dataset import VitsDataModule

    VitsDataModule(**data).prepare_data()
    alignment.maximum_path(torch.zeros(2, 4, 3), torch.ones(2, 4, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", type=json.loads)
    parser.add_argument("--marks", type=Path)
    parser.add_argument("--states", type=Path)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--points", type=int, default=10)
    arguments, theirs = parser.parse_known_args()
    if importlib.util.find_spec("tensorboard") is None:
        sys.exit("piper.train logs its speech to tensorboard and breaks down without: pip install tensorboard")
    alignment.put_in_place()
    if arguments.prepare:
        _prepare(arguments.prepare)
        return
    from piper.train import __main__ as piper_train

    callbacks = piper_train._DEFAULT_CALLBACKS
    callbacks[:] = [callback for callback in callbacks if callback.monitor != "val_mos"]
    if arguments.marks:
        callbacks.append(Clock(arguments.marks))
    if arguments.states:
        # Without held-out clips of its own there is no val_mel to choose checkpoints by.
        callbacks[:] = [StateKeeper(arguments.states, arguments.steps, arguments.seconds, arguments.points)]
    sys.argv[1:] = theirs
    piper_train.main()


if __name__ == "__main__":
    main()
