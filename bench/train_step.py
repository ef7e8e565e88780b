"""Claim: one training step takes a fraction of the time of piper.train's, with the same losses.

All start from the same random weights and work in turn on the same batches of noise with lengths like read speech.
piper.train's step is its own: `VitsModel._compute_loss` and two AdamW optimizers, backward and update in its order.
Its wheel lacks the compiled alignment; the one of alignment.py stands in. "coaxial" is our step, one operation after
the other. On a GPU "coaxial, as in a run" is an update as a run makes it, of the same clips: put together by length,
cut out of the corpus, padded to one of a few shapes and replayed as a CUDA graph, with the moving average and the norms
of the gradients. The others get their batches ready-made.
On a machine that others use too, compare the CPU time.

    python bench/train_step.py [--quality x_low] [--batch-size 2] [--seconds 1.5] [--steps 3] [--device cpu]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from coaxial.domain.quality import HOP_LENGTH, NetworkShape, Quality
from coaxial.engine.vits.batch import Batch, TrainingNoise, draw_noise
from made_clips import as_a_run_has_them
from step_sides import TERMS, Ours, Peer, Replayed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from piper_reference import random_batch

PHONEMES_PER_SECOND = 26
"""Ids, the padding between them included, as in LJSpeech."""


Side = Peer | Ours | Replayed
SIDES: dict[str, Callable[[NetworkShape, torch.device, bool], Side]] = {
    "piper.train": Peer,
    "coaxial": Ours,
    "coaxial, as in a run": Replayed,
}


def compare(arguments: argparse.Namespace) -> None:
    device = _device(arguments)
    shape = NetworkShape.of(Quality(arguments.quality))
    batches = [_batch(shape, arguments, seed).to(device) for seed in range(arguments.steps)]
    rows = _sides(shape, device)
    losses = {row: side.losses(batches[0], draw_noise_of(shape, batches[0], 0)) for row, side in rows.items()}
    times: dict[tuple[str, bool], list[tuple[float, float]]] = {row: [] for row in rows}
    for side in rows.values():
        if isinstance(side, Replayed):
            side.take_clips(*as_a_run_has_them(batches, Quality(arguments.quality), device))
    for round_ in range(-arguments.warm_up, arguments.steps):
        place = round_ % len(batches)
        for row, side in rows.items():
            given = place if isinstance(side, Replayed) else batches[place]
            took = _timed(device, lambda side=side, given=given: side.step(given))
            if round_ >= 0:
                times[row].append(took)
    _print_table(arguments, device, times, losses)


def _sides(shape: NetworkShape, device: torch.device) -> dict[tuple[str, bool], Side]:
    """Every side in every precision, with the same weights."""
    cuda = device.type == "cuda"
    sides: dict[tuple[str, bool], Side] = {}
    for bf16 in (False, True) if cuda else (False,):
        sides["piper.train", bf16] = peer = Peer(shape, device, bf16)
        for name, kind in (("coaxial", Ours), ("coaxial, as in a run", Replayed))[: 2 if cuda else 1]:
            sides[name, bf16] = ours = kind(shape, device, bf16)
            ours.take_weights(peer.model)
    return sides


def draw_noise_of(shape: NetworkShape, batch: Batch, seed: int) -> TrainingNoise:
    return draw_noise(shape, batch, torch.Generator(batch.audio.device).manual_seed(seed))


def _print_table(
    arguments: argparse.Namespace,
    device: torch.device,
    times: dict[tuple[str, bool], list[tuple[float, float]]],
    losses: dict[tuple[str, bool], dict[str, Tensor]],
) -> None:
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(
        f"torch {torch.__version__}, {where}; {arguments.quality}, batch {arguments.batch_size}, "
        f"{arguments.seconds} s ± a third a clip, mean of {arguments.steps} steps\n"
    )
    print(
        f"{'':25}  {'ms/step':>9}  {'ratio':>6}  {'CPU ms':>9}  {'ratio':>6}  {'peak memory':>11}  {'loss error':>10}"
    )
    means = {row: [statistics.fmean(column) for column in zip(*took, strict=True)] for row, took in times.items()}
    reference, exact = means["piper.train", False], losses["piper.train", False]
    # Two at a time: a GPU has room for them beside what all sides hold here.
    with ThreadPoolExecutor(2 if device.type == "cuda" else 1) as pool:
        memory = dict(zip(means, pool.map(lambda row: _peak_memory(*row), means), strict=True))
    for (side, bf16), (took, computed) in means.items():
        found = losses[side, bf16]
        error = max(float((found[name] - exact[name]).abs() / exact[name].abs()) for name in TERMS)
        print(
            f"{side:20} {'bf16' if bf16 else 'fp32':5}  {took:9.1f}  {reference[0] / took:5.2f}x  {computed:9.1f}  "
            f"{reference[1] / computed:5.2f}x  {memory[side, bf16]:7.0f} MiB  {error:10.1e}"
        )


def _peak_memory(side: str, bf16: bool) -> float:
    """MiB that one side takes for a step, in a process of its own: on the GPU, or of the whole process on the CPU."""
    command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--side", side, *(["--bf16"] if bf16 else [])]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def measure_memory(arguments: argparse.Namespace) -> None:
    device = _device(arguments)
    shape = NetworkShape.of(Quality(arguments.quality))
    batch = _batch(shape, arguments, 0).to(device)
    side = SIDES[arguments.side](shape, device, arguments.bf16)
    if isinstance(side, Replayed):
        side.take_clips(*as_a_run_has_them([batch], Quality(arguments.quality), device))
    side.step(0 if isinstance(side, Replayed) else batch)
    if device.type == "cuda":
        torch.cuda.empty_cache()
        # What graphs hold for their replays is reserved, not allocated.
        print(max(torch.cuda.max_memory_allocated(), torch.cuda.memory_reserved()) / 2**20)
    else:
        # Not getrusage: its maximum begins at the parent's.
        status = Path("/proc/self/status").read_text().splitlines()
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10)


def _timed(device: torch.device, work: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds that it took, on the GPU between two device events, and that this process's threads computed."""
    computing = time.process_time()
    if device.type == "cuda":
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        begin.record()
        work()
        end.record()
        end.synchronize()
        took = float(begin.elapsed_time(end))
    else:
        began = time.perf_counter()
        work()
        took = 1000 * (time.perf_counter() - began)
    return took, 1000 * (time.process_time() - computing)


def _batch(shape: NetworkShape, arguments: argparse.Namespace, seed: int) -> Batch:
    random = np.random.default_rng(seed)
    seconds = random.normal(arguments.seconds, arguments.seconds / 3, arguments.batch_size)
    frames = np.clip(
        seconds * shape.sample_rate / HOP_LENGTH, 40, 3 * arguments.seconds * shape.sample_rate / HOP_LENGTH
    )
    phonemes = np.maximum(frames * HOP_LENGTH / shape.sample_rate * PHONEMES_PER_SECOND, 5)
    phonemes = np.minimum(phonemes, frames)
    return random_batch(shape, frames.astype(int).tolist(), phonemes.astype(int).tolist(), seed)


def _device(arguments: argparse.Namespace) -> torch.device:
    device = torch.device(arguments.device)
    return torch.device("cuda", device.index or 0) if device.type == "cuda" else device


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument(
        "--quality", choices=[str(quality) for quality in Quality], default="medium" if cuda else "x_low"
    )
    parser.add_argument("--batch-size", type=int, default=32 if cuda else 2)
    parser.add_argument("--seconds", type=float, default=6.6 if cuda else 1.5, help="mean length of a clip")
    parser.add_argument("--steps", type=int, default=30 if cuda else 3)
    parser.add_argument("--warm-up", type=int, default=5 if cuda else 1)
    parser.add_argument("--side", choices=tuple(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--bf16", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    # piper.train sets these two; both sides have them.
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    if arguments.side:
        measure_memory(arguments)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
