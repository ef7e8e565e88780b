"""Which changes of training learn more in the same time: variants of one run, side by side, in one table.

Each trains from random weights, or from a base, on the same clips for as many seconds, as a process of its own, on all
GPUs there are, one run a GPU. Every checkpoint is judged alike: held-out clips, and as many that were trained on, the
same noise and segments, fp32, the weights as trained and as averaged. A row is a run's last checkpoint; `best` is the
lowest mel of its averaged weights on held-out clips, and after how many steps. Writes variants.jsonl, variants.png
where matplotlib is, and what each voice makes of held-out sentences at its end, and before it, as often as is asked,
for `recognise.py --spoken`. Of the checkpoints the last one stays.

    python bench/learning_variants.py --dataset FOLDER --out FOLDER [--seconds 100] [--clips 200] [--base FILE.ckpt]
        [--variants NAME …]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.engine.safe_load import load_checkpoint_file
from drawing import draw
from measuring import print_table, watch
from same_learning import JUDGED, Judge, generators, speak_all
from variants import VARIANTS, train_variant

_OF_EVERY_RUN = ("dataset", "out", "seconds", "every", "clips", "base", "batch_size", "sentences", "times", "device")
"""Options that are the same for all variants."""


def fewer(dataset: PreparedDataset, clips: int | None) -> PreparedDataset:
    """Trained on the first so many clips alone; the held-out ones stay all."""
    trained = [clip for clip in dataset.clips if not clip.held_out]
    return replace(dataset, clips=[*trained[:clips], *(clip for clip in dataset.clips if clip.held_out)])


def run_variant(arguments: argparse.Namespace) -> None:
    """One run, in this process, and what its checkpoints are worth."""
    name, variant = arguments.variants[0], VARIANTS[arguments.variants[0]]
    batch_size = variant.options.get("batch_size", arguments.batch_size)
    # In minutes checkpoints come once a minute at most; by steps they come as often as is asked.
    options = TrainOptions(
        Budget(minutes=arguments.seconds / 60),
        base=arguments.base,
        batch_size=arguments.batch_size,
        checkpoint_every=max(1, arguments.every * arguments.batch_size // batch_size),
        keep=1000,
        device=arguments.device,
    )
    dataset = fewer(PreparedDataset.load(arguments.dataset), arguments.clips)
    train_variant(variant, arguments.ours, dataset, options)
    rows = list(judged(name, dataset, arguments))
    (arguments.ours / "judged.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if arguments.sentences:
        heard = [row for row in rows if row["weights"] == "averaged"]
        count = min(arguments.times, len(heard))
        voices = [heard[len(heard) * number // count - 1] for number in range(1, count + 1)]
        speak_all(
            Judge(dataset, arguments.device),
            {f"{name}-{row['step']:06d}": row for row in voices},
            arguments.ours.parent,
            arguments.out / f"{name}.tar.gz",
            arguments.sentences,
        )
    for path in sorted((arguments.ours / "checkpoints").glob("step-*.ckpt"))[:-1]:
        path.unlink()


def judged(variant: str, dataset: PreparedDataset, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A run's rows, one for each checkpoint and kind of weights."""
    count = sum(clip.held_out for clip in dataset.clips)
    trained = [clip for clip in dataset.clips if not clip.held_out][:count]
    known = replace(dataset, clips=[replace(clip, held_out=True) for clip in trained])
    judges = {"held out": Judge(dataset, arguments.device), "trained on": Judge(known, arguments.device)}
    for path in sorted((arguments.ours / "checkpoints").glob("step-*.ckpt")):
        contents = load_checkpoint_file(path)
        ours = contents["coaxial"]
        for weights, state in generators(contents).items():
            head = {"variant": variant, "step": ours["step"], "seconds": ours["seconds"], "weights": weights}
            found = {name: judge.losses(state) for name, judge in judges.items()}
            yield {**head, "checkpoint": str(path.relative_to(arguments.ours.parent)), **found}


def train_all(arguments: argparse.Namespace, folder: Path) -> None:
    gpus: SimpleQueue[int] = SimpleQueue()
    count = torch.cuda.device_count() if arguments.device == "cuda" else 1
    for gpu in range(count):
        gpus.put(gpu)

    def one(variant: str) -> None:
        command = [sys.executable, __file__, "--ours", folder / variant, "--variants", variant]
        for option in _OF_EVERY_RUN:
            if (value := getattr(arguments, option)) is not None:
                command += [f"--{option.replace('_', '-')}", str(value)]
        gpu = gpus.get()
        watch(command, folder / f"{variant}.log", memory_of=None, gpu=gpu)
        gpus.put(gpu)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, arguments.variants))


def collect(arguments: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Write variants.jsonl. Returns: the rows of all runs."""
    files = [folder / variant / "judged.jsonl" for variant in arguments.variants]
    lines = "".join(file.read_text(encoding="utf-8") for file in files)
    (arguments.out / "variants.jsonl").write_text(lines, encoding="utf-8")
    return [json.loads(line) for line in lines.splitlines()]


def last(rows: list[dict[str, Any]], variant: str, weights: str) -> dict[str, Any]:
    return max((row for row in rows if (row["variant"], row["weights"]) == (variant, weights)), key=lambda r: r["step"])


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Each loss of averaged weights over seconds, of held-out clips and, dashed, of those that were trained on."""

    def paint(axes: Any) -> None:
        for axis, loss in zip(axes[0], JUDGED, strict=True):
            for number, variant in enumerate(dict.fromkeys(row["variant"] for row in rows)):
                found = [row for row in rows if (row["variant"], row["weights"]) == (variant, "averaged")]
                for clips, style in (("held out", "-"), ("trained on", "--")):
                    points = sorted((row["seconds"], row[clips][loss]) for row in found)
                    label = f"{variant}, {clips}"
                    axis.plot(*zip(*points, strict=True), style, marker=".", color=f"C{number}", label=label)
            axis.set(xlabel="seconds", ylabel=loss)

    draw(path, 1, len(JUDGED), paint)


def _print(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    table = {}
    for variant in arguments.variants:
        averaged = [row for row in rows if (row["variant"], row["weights"]) == (variant, "averaged")]
        best = min(averaged, key=lambda row: row["held out"]["mel"])
        for weights in ("averaged", "trained"):
            row = last(rows, variant, weights)
            cells = [f"{row['held out'][loss]:.4f}" for loss in JUDGED] + [f"{row['trained on']['mel']:.4f}"]
            lowest = f"{best['held out']['mel']:.4f} at {best['step']}" if weights == "averaged" else ""
            table[f"{variant}, {weights}"] = (str(row["step"]), f"{row['seconds']:.0f}", *cells, lowest)
    print_table(("step", "seconds", *JUDGED, "mel, trained on", "best"), table)


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("variants"))
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument(
        "--every", type=int, default=500 if cuda else 5, help="steps of such batches between checkpoints"
    )
    parser.add_argument("--clips", type=int, help="to train on; all if not given")
    parser.add_argument("--base", type=Path, help="checkpoint to start from; random weights if not given")
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 4, help="where a variant has none of its own")
    parser.add_argument("--sentences", type=int, default=20, help="spoken by each voice; 0: none")
    parser.add_argument("--times", type=int, default=1, help="at which a run's voice speaks, the last at its end")
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
    rows = collect(arguments, folder)
    plot(rows, arguments.out / "variants.png")
    _print(rows, arguments)


if __name__ == "__main__":
    main()
