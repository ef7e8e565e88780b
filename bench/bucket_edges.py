"""Claim: the few shapes that batches are padded to cost almost nothing beside shapes chosen in any other way.

The batches of a run's first epochs, padded to at most eight shapes (`coaxial.engine.plan.Paddings`), against what they
would be without: each rounded up to 16 frames, as no choice of edges can beat. Of the frames it adds, a step's time
follows only in part: judges and decoder see 32 frames of a clip however long it is. So the frames that are added bound
what a probe of other edges could win. A second figure is what the clips themselves would take, batched as they are.

    python bench/bucket_edges.py DATASET_FOLDER … [--batch-size 32] [--clips 200]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from coaxial.domain.prepared import PreparedDataset
from coaxial.engine.plan import EPOCHS_LOOKED_AT, Paddings, plan_epoch, round_up
from measuring import print_table

_SEED = 1234


def row(dataset: PreparedDataset, clips: int | None, batch_size: int) -> tuple[str, ...]:
    """Clips, batch size, shapes, and the frames that they add to what batches and clips need."""
    trained = [clip for clip in dataset.clips if not clip.held_out][:clips]
    frames, phonemes = [clip.frames for clip in trained], [len(clip.phoneme_ids) for clip in trained]
    paddings = Paddings.of(frames, phonemes, batch_size, _SEED)
    # Not those epochs by which the edges were chosen.
    batches = [
        batch
        for epoch in range(EPOCHS_LOOKED_AT, 5 * EPOCHS_LOOKED_AT)
        for batch in plan_epoch(frames, batch_size, _SEED, epoch)
    ]
    longest = [max(frames[index] for index in batch) for batch in batches]
    padded = sum(paddings.around(length)[0] for length in longest) / sum(map(round_up, longest))
    alone = batch_size * sum(map(round_up, longest)) / sum(frames[index] for batch in batches for index in batch)
    edges = " ".join(str(shape[0]) for shape in paddings.shapes)
    return str(len(trained)), str(batch_size), edges, f"{padded - 1:+.2%}", f"{alone - 1:+.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--batch-size", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--clips", type=int, nargs="+", default=[200, 100_000], help="to train on, at most")
    arguments = parser.parse_args()
    rows: dict[str, Sequence[str]] = {}
    for folder in arguments.datasets:
        dataset = PreparedDataset.load(folder)
        for clips in arguments.clips:
            for size in arguments.batch_size:
                cells = row(dataset, clips, size)
                rows[f"{dataset.name}, {cells[0]} clips, {size} a batch"] = cells[2:]
    print_table(("edges, frames", "added by edges", "added by batches"), rows)


if __name__ == "__main__":
    main()
