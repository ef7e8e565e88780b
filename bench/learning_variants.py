"""Which changes of training learn more in the same time: variants of one run, side by side, in one table.

Each trains from random weights on the same clips for as many seconds, as a process of its own, on all GPUs there are,
one run a GPU. Every checkpoint is judged alike: held-out clips, and as many that were trained on, the same noise and
segments, fp32, the weights as trained and as averaged. A row is a run's last checkpoint; `best` is the lowest mel of
its averaged weights on held-out clips, and after how many steps, which tells whether it began to learn by heart. Writes
variants.jsonl, and what each voice makes of held-out sentences, for `recognise.py --spoken`.

    python bench/learning_variants.py --dataset FOLDER --out FOLDER [--seconds 100] [--clips 200] [--variants NAME …]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.engine.safe_load import load_checkpoint_file
from coaxial.engine.train import train
from measuring import print_table, watch
from same_learning import LOSSES, Judge, generators, speak_all

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "as-it-is": {},
    "another-seed": {"seed": 4321},
    "rate-4e-4": {"learning_rate": 4e-4},
    "constant-rate": {"final_learning_rate": 1.0},
    "batch-16": {"batch_size": 16},
    "batch-64": {"batch_size": 64},
    "batch-64-rate-4e-4": {"batch_size": 64, "learning_rate": 4e-4},
}
"""Options of a run that differ from its defaults."""


def fewer(dataset: PreparedDataset, clips: int | None) -> PreparedDataset:
    """Trained on the first so many clips alone; the held-out ones stay all."""
    trained = [clip for clip in dataset.clips if not clip.held_out]
    return replace(dataset, clips=[*trained[:clips], *(clip for clip in dataset.clips if clip.held_out)])


def run_variant(arguments: argparse.Namespace) -> None:
    """One run, in this process."""
    given = {"batch_size": arguments.batch_size, **VARIANTS[arguments.variants[0]]}
    # In minutes checkpoints come once a minute at most; by steps they come as often as is asked.
    options = TrainOptions(
        Budget(minutes=arguments.seconds / 60),
        checkpoint_every=arguments.every,
        keep=1000,
        device=arguments.device,
        **given,
    )
    dataset = fewer(PreparedDataset.load(arguments.dataset), arguments.clips)
    train(arguments.ours, dataset, options, Silent())


def train_all(arguments: argparse.Namespace, folder: Path) -> None:
    gpus: SimpleQueue[int] = SimpleQueue()
    count = torch.cuda.device_count() if arguments.device == "cuda" else 1
    for gpu in range(count):
        gpus.put(gpu)

    def one(variant: str) -> None:
        command = [sys.executable, __file__, "--ours", folder / variant, "--variants", variant]
        for option in ("dataset", "seconds", "every", "clips", "batch_size", "device", "out"):
            if (value := getattr(arguments, option)) is not None:
                command += [f"--{option.replace('_', '-')}", str(value)]
        gpu = gpus.get()
        watch(command, folder / f"{variant}.log", memory_of=None, gpu=gpu)
        gpus.put(gpu)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, arguments.variants))


def evaluate(arguments: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Write variants.jsonl. Returns: its rows, a checkpoint and kind of weights each."""
    dataset = fewer(PreparedDataset.load(arguments.dataset), arguments.clips)
    trained = [clip for clip in dataset.clips if not clip.held_out][: sum(clip.held_out for clip in dataset.clips)]
    known = replace(dataset, clips=[replace(clip, held_out=True) for clip in trained])
    judges = {"held out": Judge(dataset, arguments.device), "trained on": Judge(known, arguments.device)}
    rows = []
    for variant in arguments.variants:
        for path in sorted((folder / variant / "checkpoints").glob("step-*.ckpt")):
            contents = load_checkpoint_file(path)
            ours = contents["coaxial"]
            for weights, state in generators(contents).items():
                head = {"variant": variant, "step": ours["step"], "seconds": ours["seconds"], "weights": weights}
                found = {name: judge.losses(state) for name, judge in judges.items()}
                rows.append({**head, "checkpoint": str(path.relative_to(folder)), **found})
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (arguments.out / "variants.jsonl").write_text(lines, encoding="utf-8")
    voices = {variant: last(rows, variant, "averaged") for variant in arguments.variants}
    speak_all(judges["held out"], voices, folder, arguments.out, arguments.sentences)
    return rows


def last(rows: list[dict[str, Any]], variant: str, weights: str) -> dict[str, Any]:
    return max((row for row in rows if (row["variant"], row["weights"]) == (variant, weights)), key=lambda r: r["step"])


def _print(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    table = {}
    for variant in arguments.variants:
        averaged = [row for row in rows if (row["variant"], row["weights"]) == (variant, "averaged")]
        best = min(averaged, key=lambda row: row["held out"]["mel"])
        for weights in ("averaged", "trained"):
            row = last(rows, variant, weights)
            cells = [f"{row['held out'][loss]:.4f}" for loss in LOSSES] + [f"{row['trained on']['mel']:.4f}"]
            lowest = f"{best['held out']['mel']:.4f} at {best['step']}" if weights == "averaged" else ""
            table[f"{variant}, {weights}"] = (str(row["step"]), f"{row['seconds']:.0f}", *cells, lowest)
    print_table(("step", "seconds", *LOSSES, "mel, trained on", "best"), table)


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("variants"))
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument("--every", type=int, default=500 if cuda else 5, help="steps between checkpoints")
    parser.add_argument("--clips", type=int, help="to train on; all if not given")
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 4)
    parser.add_argument("--sentences", type=int, default=20)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if cuda else "cpu")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        run_variant(arguments)
        return
    arguments.dataset, arguments.out = arguments.dataset.resolve(), arguments.out.resolve()
    folder = arguments.out / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} holds runs already; name another --out.")
    train_all(arguments, folder)
    _print(evaluate(arguments, folder), arguments)


if __name__ == "__main__":
    main()
