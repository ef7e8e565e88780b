"""Claim: a whole run, everything included, takes a fraction of piper.train's.

Both train from random weights on one prepared dataset, in turn, each as a whole process: `piper.train fit` for some
epochs with its defaults, then ours with the same batch for as many updates or more (--peer-epochs). Included is what
they do on their own: imports, loading, validation, speaking samples, checkpoints. Not included: piper.train's cache of
audio, spectrograms and phonemes, which is filled before, as ours is by `coaxial prepare`. What is changed of
piper.train: see piper_fit.py.

An epoch here is piper.train's, so many updates, for both. Its time is that from the end of the first to the end of the
last, divided; the first is left out because everything is warmed up in it. The GPU's busy time is NVML's, in the same
span and, of ours, until the last step of it is done, without the checkpoint at the end; its memory is NVML's too.
Without a GPU the memory is that of all processes.

    python bench/train_run.py [--dataset FOLDER] [--epochs 2] [--batch-size 4] [--device cpu]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measuring import Watched, mark, print_table, read_marks, watch

SMALL_CLIPS = 24
"""Of generated speech, where no dataset is given."""


@dataclass(frozen=True)
class Run:
    """What a run took."""

    to_first_step: float
    """Seconds from the command on."""
    epoch: float
    steps_per_epoch: int
    total: float
    """Seconds of the whole process."""
    memory: float
    busy: float
    busy_training: float
    """The same until the last step was done, without the checkpoint at the end."""

    @staticmethod
    def of(watched: Watched, marks_file: Path, epochs: int) -> Run:
        marks = read_marks(marks_file)
        first, last = marks["first epoch"], marks["last epoch"]
        return Run(
            marks["first step"]["moment"] - watched.started,
            (last["moment"] - first["moment"]) / (epochs - 1),
            first["steps"],
            watched.ended - watched.started,
            watched.peak_memory,
            watched.busy(first["moment"], last["moment"]),
            watched.busy(first["moment"], marks.get("last step", last)["moment"]),
        )

    @property
    def step(self) -> float:
        """Milliseconds, with a step's share of everything else."""
        return 1000 * self.epoch / self.steps_per_epoch


class Clock:
    """A Progress that notes the moments that piper_fit.Clock notes of piper.train."""

    def __init__(self, marks: Path, steps_per_epoch: int, steps: int) -> None:
        self._marks, self._steps_per_epoch, self._last, self._steps = marks, steps_per_epoch, steps, 0.0

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self._steps = 0.0

    def advance(self, amount: float = 1.0) -> None:
        self._steps += amount
        if amount and self._steps == 1:
            mark(self._marks, "first step")
        if amount and self._steps == self._steps_per_epoch:
            mark(self._marks, "first epoch", steps=self._steps_per_epoch)
        if amount and self._steps == self._last:
            mark(self._marks, "last step")

    def foresee(self, seconds: float) -> None:
        pass

    def note(self, words: str) -> None:
        pass

    def say(self, sentence: str) -> None:
        print(sentence)


def compare(arguments: argparse.Namespace) -> None:
    memory_of = "gpu" if arguments.device == "cuda" else "processes"
    runs: dict[str, Run] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = arguments.dataset or _small_dataset(folder / "small")
        runs["piper.train"] = theirs = run_peer(dataset.resolve(), folder / "peer", arguments, memory_of)
        command = [sys.executable, __file__, "--ours", folder / "ours", "--dataset", dataset.resolve()]
        for option in ("epochs", "batch_size", "device"):
            command += [f"--{option.replace('_', '-')}", str(getattr(arguments, option))]
        command += ["--steps-per-epoch", str(theirs.steps_per_epoch)]
        (folder / "ours").mkdir()
        watched = watch(command, folder / "ours.log", memory_of)
        runs["coaxial"] = Run.of(watched, folder / "ours" / "marks", arguments.epochs)
        print((folder / "ours.log").read_text(), file=sys.stderr)
        _print(arguments, dataset, runs)


def run_peer(dataset_folder: Path, folder: Path, arguments: argparse.Namespace, memory_of: str) -> Run:
    from coaxial.domain.prepared import PreparedDataset
    from piper_fit import data_arguments, fit_command, prepare_command

    folder.mkdir()
    dataset = PreparedDataset.load(dataset_folder)
    data = data_arguments(dataset, folder, arguments.batch_size, dataset_folder / "metadata.csv")
    watch(prepare_command(data), folder / "prepare.log", memory_of=None)
    marks = folder / "marks"
    epochs = arguments.peer_epochs or arguments.epochs
    command = fit_command(dataset, data, arguments.device, epochs, "--marks", str(marks))
    return Run.of(watch(command, folder / "fit.log", memory_of, cwd=folder), marks, epochs)


def run_ours(arguments: argparse.Namespace) -> None:
    from coaxial.domain.options import Budget, TrainOptions
    from coaxial.domain.prepared import PreparedDataset
    from coaxial.engine.train import train

    steps, marks = arguments.steps_per_epoch * arguments.epochs, arguments.ours / "marks"
    options = TrainOptions(Budget(steps=steps), batch_size=arguments.batch_size, device=arguments.device)
    dataset = PreparedDataset.load(arguments.dataset)
    train(arguments.ours / "run", dataset, options, Clock(marks, arguments.steps_per_epoch, steps))
    mark(marks, "last epoch", steps=steps)


def _print(arguments: argparse.Namespace, folder: Path, runs: dict[str, Run]) -> None:
    import torch

    from coaxial.domain.prepared import PreparedDataset

    gpu = arguments.device == "cuda"
    where = torch.cuda.get_device_name() if gpu else f"CPU, {torch.get_num_threads()} threads"
    dataset, theirs = PreparedDataset.load(folder), runs["piper.train"]
    print(
        f"torch {torch.__version__}, {where}; {len(dataset.clips)} clips ({dataset.seconds / 60:.1f} min), "
        f"{dataset.quality}, batch {arguments.batch_size}, "
        f"epochs of {theirs.steps_per_epoch} steps: {arguments.peer_epochs or arguments.epochs} of piper.train, "
        f"{arguments.epochs} of ours\n"
    )
    columns = ("to first step", "s/epoch", "ms/step", "ratio", "whole run", "peak memory", "GPU busy", "in its steps")
    rows = {
        name: (
            f"{run.to_first_step:.1f} s",
            f"{run.epoch:.2f}",
            f"{run.step:.1f}",
            f"{theirs.epoch / run.epoch:.2f}x",
            f"{run.total:.1f} s",
            f"{run.memory:.0f} MiB",
            f"{run.busy:.0%}" if gpu else "-",
            f"{run.busy_training:.0%}" if gpu else "-",
        )
        for name, run in runs.items()
    }
    print_table(columns, rows)


def _small_dataset(folder: Path) -> Path:
    """A few clips of generated speech, imported and prepared through the real command line."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
    from coaxial.audio.robot_speech import make_corpus

    make_corpus(folder / "recordings", SMALL_CLIPS)
    program = [str(Path(sys.executable).parent / "coaxial")]
    where = ["--data-dir", str(folder / "data")]
    said = ""
    for verb in (
        ["import", str(folder / "recordings"), "--name", "robot", "--language", "en-US"],
        ["prepare", "robot", "--quality", "x_low"],
    ):
        said = subprocess.run([*program, *verb, *where], check=True, capture_output=True, text=True).stdout
    return Path(said.splitlines()[-1])


def main() -> None:
    import torch

    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="a prepared dataset's folder; decides the quality too")
    parser.add_argument("--epochs", type=int, default=10 if cuda else 2)
    parser.add_argument("--peer-epochs", type=int, help="of piper.train, all of whose epochs are alike, if not as many")
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 4)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if cuda else "cpu")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--steps-per-epoch", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if min(arguments.epochs, arguments.peer_epochs or 2) < 2:
        parser.error("two epochs at least, for the first one only warms up")
    if arguments.ours:
        run_ours(arguments)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
