"""Claim: a voice learns the same from as many updates as in piper.train, and more from as much time.

Both train from random weights on the training clips of one prepared dataset, each as a whole process: piper.train once,
until it has had the steps and the seconds; ours once for the steps, its learning rate piper.train's and constant, and
once for the seconds, as it is by default. One evaluation serves all: the held-out clips, the same noise and segments,
fp32, on the generator's weights as they were at regular points, as trained and, of ours, as averaged too. Seconds are
those of training, imports and set-up left out; ours hold its own validation and checkpoints. piper.train does without
either (see piper_fit.py): it trains on every clip that ours trains on, and loses no time to them.

Writes curves.jsonl, curves.png where matplotlib is, and what each voice at its end makes of held-out sentences, for
`recognise.py DATASET --spoken`. The checkpoints stay in --checkpoints; `recognise.py DATASET FILE.ckpt` takes these.

    python bench/same_learning.py --dataset FOLDER --out FOLDER [--steps 1000] [--seconds 120] [--batch-size 32]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import NetworkShape
from coaxial.engine import listening
from coaxial.engine.checkpoint import load_resumable
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import choose_compute
from coaxial.engine.plan import batches_by_length
from coaxial.engine.safe_load import load_checkpoint_file
from coaxial.engine.vits.batch import draw_noise
from coaxial.engine.vits.synthesizer import Synthesizer
from drawing import draw
from from_text import mel_from_text
from measuring import print_table, watch
from variants import VARIANTS, train_variant

LOSSES = ("mel", "kl", "duration")
JUDGED = (*LOSSES, "mel_from_text")

_SEED, _BATCH = 20_260_101, 16


class Judge:
    """The one evaluation for all weights."""

    def __init__(self, dataset: PreparedDataset, device: str) -> None:
        self.dataset = dataset
        self.held_out = [clip for clip in dataset.clips if clip.held_out]
        self._compute = choose_compute(device, "fp32")
        self._corpus = Corpus(dataset, self.held_out, self._compute.device)
        self._generator = Synthesizer(NetworkShape.of(dataset.quality, len(dataset.speakers))).to(self._compute.device)
        self._generator.eval()

    def losses(self, state: Mapping[str, Tensor]) -> dict[str, float]:
        self._generator.load_state_dict(state)
        found = listening.validate(self._generator, self._corpus, self._compute)
        return {name: found[name] for name in LOSSES} | {"mel_from_text": self._mel_from_text()}

    def _mel_from_text(self) -> float:
        torch.manual_seed(_SEED)
        total = 0.0
        for indices in batches_by_length(self._corpus.frames, _BATCH):
            batch = self._corpus.batch(indices)
            noise = draw_noise(self._generator.shape, batch)
            total += float(mel_from_text(self._generator, batch, noise)) * len(indices)
        return total / len(self._corpus.clips)

    def speak(self, state: Mapping[str, Tensor], clips: list[Clip]) -> list[Tensor]:
        """Audio (T,) of each clip's sentence."""
        self._generator.load_state_dict(state)
        return listening.speak(self._generator, clips, self._compute)


def run_peer(dataset: PreparedDataset, folder: Path, arguments: argparse.Namespace, gpu: int = 0) -> None:
    """Leave its generator at regular points in a folder, having trained on the training clips alone."""
    from piper_fit import data_arguments, fit_command, prepare_command

    folder.mkdir(parents=True)
    held_out = {f"{clip.id}.wav" for clip in dataset.clips if clip.held_out}
    with (dataset.folder / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter="|") if row[0] not in held_out]
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, delimiter="|").writerows(rows)
    data = data_arguments(dataset, folder, arguments.batch_size, folder / "metadata.csv")
    watch(prepare_command(data), folder / "prepare.log", memory_of=None)
    data |= {"validation_split": 0.0, "num_test_examples": 0}
    ours = ["--states", str(folder.resolve())]
    for option in ("steps", "seconds", "points"):
        ours += [f"--{option}", str(getattr(arguments, option))]
    watch(
        fit_command(dataset, data, arguments.device, -1, *ours), folder / "fit.log", memory_of=None, cwd=folder, gpu=gpu
    )


def run_ours(arguments: argparse.Namespace) -> None:
    """One run, in this process: for --steps, or for --seconds where there are no steps."""
    if arguments.steps:
        # piper.train's learning rate, which stays as it is: only so are the curves those of the same training.
        budget, every = Budget(steps=arguments.steps), max(1, arguments.steps // arguments.points)
        variant = VARIANTS["rate-2e-4-constant"]
    else:
        budget, every = Budget(minutes=arguments.seconds / 60), arguments.every
        variant = VARIANTS[arguments.variant]
    options = TrainOptions(
        budget,
        batch_size=arguments.batch_size,
        checkpoint_every=every,
        keep=10 * arguments.points,
        device=arguments.device,
    )
    train_variant(variant, arguments.ours, PreparedDataset.load(arguments.dataset), options)


def _our_command(arguments: argparse.Namespace, folder: Path, **budget: float) -> list[str]:
    shared = {name: getattr(arguments, name) for name in ("dataset", "points", "batch_size", "device", "variant")}
    command = [sys.executable, __file__, "--ours", str(folder)]
    for name, value in {**shared, **budget}.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    return command


def train_all(dataset: PreparedDataset, folder: Path, arguments: argparse.Namespace) -> None:
    """The three runs: one after the other, or piper.train's on a second GPU where there is one."""
    if arguments.device == "cuda" and torch.cuda.device_count() > 1:
        with ThreadPoolExecutor() as beside:
            theirs = beside.submit(run_peer, dataset, folder / "piper.train", arguments, gpu=1)
            train_ours(folder, arguments)
            theirs.result()
    else:
        run_peer(dataset, folder / "piper.train", arguments)
        train_ours(folder, arguments)


def train_ours(folder: Path, arguments: argparse.Namespace) -> None:
    """The run of the steps, then that of the seconds, whose points follow from the speed of the first."""
    watch(_our_command(arguments, folder / "steps", steps=arguments.steps), folder / "steps.log", memory_of=None)
    last = load_resumable(folder / "steps" / "checkpoints" / "last.ckpt")["coaxial"]
    every = max(1, round(last["step"] / last["seconds"] * arguments.seconds / arguments.points))
    command = _our_command(arguments, folder / "seconds", steps=0, seconds=arguments.seconds, every=every)
    watch(command, folder / "seconds.log", memory_of=None)


def checkpoints(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Trainer, budget and file of every point of every run."""
    for path in sorted((folder / "piper.train").glob("step-*.ckpt")):
        yield "piper.train", "both", path
    for budget in ("steps", "seconds"):
        for path in sorted((folder / budget / "checkpoints").glob("step-*.ckpt")):
            yield "coaxial", budget, path


def generators(contents: Mapping[str, Any]) -> dict[str, Mapping[str, Tensor]]:
    """A checkpoint's generator as trained and, where it is ours, averaged."""
    state = contents["state_dict"]
    prefix = "model_g."
    found = {"trained": {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}}
    return {**found, "averaged": contents["coaxial"]["generator_average"]} if "coaxial" in contents else found


def evaluate(judge: Judge, folder: Path, out: Path) -> list[dict[str, Any]]:
    """Write curves.jsonl. Returns: its rows."""
    rows = []
    with (out / "curves.jsonl").open("w", encoding="utf-8") as lines:
        for trainer, budget, path in checkpoints(folder):
            contents = load_checkpoint_file(path)
            point = {
                "trainer": trainer,
                "budget": budget,
                "step": contents["global_step"] // 2,
                "seconds": round(contents.get("coaxial", contents)["seconds"], 2),
                "checkpoint": str(path.relative_to(folder)),
            }
            for weights, state in generators(contents).items():
                rows.append({**point, "weights": weights, **judge.losses(state)})
                lines.write(json.dumps(rows[-1]) + "\n")
    return rows


def final_voices(rows: Sequence[dict[str, Any]], arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The rows of both trainers after the steps and after the seconds, ours averaged."""
    voices = {}
    for unit, budget, limit in (("step", "steps", arguments.steps), ("seconds", "seconds", arguments.seconds)):
        for trainer, of_budget, weights in (("piper.train", "both", "trained"), ("coaxial", budget, "averaged")):
            wanted = {"trainer": trainer, "budget": of_budget, "weights": weights}
            found = [row for row in rows if wanted.items() <= row.items()]
            voices[f"{trainer}-{budget}"] = min(found, key=lambda row: abs(row[unit] - limit))
    return voices


def speak_all(judge: Judge, voices: Mapping[str, dict[str, Any]], folder: Path, tar: Path, sentences: int) -> None:
    """Write a .tar.gz of a folder of 16-bit WAVs and sentences.txt for every voice."""
    clips = judge.held_out[:sentences]
    texts = "".join(f"{clip.id}\t{clip.text}\n" for clip in clips)
    with tempfile.TemporaryDirectory() as name:
        for voice, row in voices.items():
            spoken = judge.speak(generators(load_checkpoint_file(folder / row["checkpoint"]))[row["weights"]], clips)
            listening.write_samples(Path(name) / voice, clips, spoken, judge.dataset.sample_rate)
            (Path(name) / voice / "sentences.txt").write_text(texts, encoding="utf-8")
        with tarfile.open(tar, "w:gz") as file:
            file.add(name, tar.name.removesuffix(".tar.gz"))


def _print(voices: Mapping[str, dict[str, Any]]) -> None:
    cells = {
        name: [str(row["step"]), f"{row['seconds']:.1f}", *(f"{row[loss]:.4f}" for loss in LOSSES), row["weights"]]
        for name, row in voices.items()
    }
    print_table(("step", "seconds", *LOSSES, "weights"), cells)


def compare(arguments: argparse.Namespace) -> None:
    arguments.out.mkdir(parents=True, exist_ok=True)
    folder = (arguments.checkpoints or arguments.out / "checkpoints").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} holds runs already; name another --out or --checkpoints.")
    dataset = PreparedDataset.load(arguments.dataset.resolve())
    train_all(dataset, folder, arguments)
    judge = Judge(dataset, arguments.device)
    rows = evaluate(judge, folder, arguments.out)
    plot(rows, arguments.out / "curves.png")
    voices = final_voices(rows, arguments)
    speak_all(judge, voices, folder, arguments.out / "spoken.tar.gz", arguments.sentences)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    trained = len(dataset.clips) - len(judge.held_out)
    print(
        f"torch {torch.__version__}, {where}; {trained} clips trained on, {len(judge.held_out)} held out, "
        f"{dataset.quality}, batch {arguments.batch_size}\n"
    )
    _print(voices)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Each loss over steps and over seconds."""

    def paint(axes: Any) -> None:
        for line, (unit, budget) in enumerate({"step": "steps", "seconds": "seconds"}.items()):
            for column, loss in enumerate(LOSSES):
                axis = axes[line, column]
                for trainer, weights in (("piper.train", "trained"), ("coaxial", "trained"), ("coaxial", "averaged")):
                    of_run = [row for row in rows if row["trainer"] == trainer and row["budget"] in (budget, "both")]
                    found = sorted((row[unit], row[loss]) for row in of_run if row["weights"] == weights)
                    axis.plot(*zip(*found, strict=True), marker=".", label=f"{trainer}, {weights}")
                axis.set(xlabel=unit, ylabel=f"{loss} of held-out clips")

    draw(path, 2, len(LOSSES), paint)


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("learning"))
    parser.add_argument("--checkpoints", type=Path, help="where the runs lie; in --out if not given")
    parser.add_argument("--steps", type=int, default=1000 if cuda else 8)
    parser.add_argument("--seconds", type=float, default=120.0 if cuda else 60.0)
    parser.add_argument("--points", type=int, default=8 if cuda else 2, help="of each curve")
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 4)
    parser.add_argument("--sentences", type=int, default=20, help="spoken by each voice")
    parser.add_argument("--variant", choices=tuple(VARIANTS), default="as-it-is", help="of our run for the seconds")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if cuda else "cpu")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--every", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        run_ours(arguments)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
