"""Claim: one training step takes a fraction of the time of piper.train's, with the same losses.

Both start from the same random weights and work in turn on the same batches of noise with lengths like read speech.
piper.train's step is its own: `VitsModel._compute_loss` and two AdamW optimizers, backward and update in its order.
Its wheel lacks the compiled alignment; one compiled by numba, on the CPU and in parallel like the original, stands in.
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
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numba import config, njit, prange
from torch import Tensor

from coaxial.domain.quality import HOP_LENGTH, NetworkShape, Quality
from coaxial.engine.step import losses_and_gradients
from coaxial.engine.vits.batch import Batch, TrainingNoise, draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from piper_reference import piper_losses, piper_model, random_batch

# Its OpenMP layer would change the number of torch's threads.
config.THREADING_LAYER = "workqueue"

TERMS = {"mel": "mel", "kl": "kl", "duration": "dur", "feature": "fm", "adversarial": "gen", "discriminator": "disc"}
"""Our name of each loss to piper.train's."""

PHONEMES_PER_SECOND = 26
"""Ids, the padding between them included, as in LJSpeech."""


class Peer:
    """piper.train's step as shipped."""

    def __init__(self, shape: NetworkShape, device: torch.device, bf16: bool) -> None:
        torch.manual_seed(0)
        self.model = piper_model(shape).to(device).train()
        sys.modules["piper.train.vits.monotonic_align"].maximum_path = _maximum_path  # type: ignore[attr-defined]
        (self._for_g, self._for_d), _ = self.model.configure_optimizers()
        self._autocast = _autocast(device, bf16)

    def step(self, batch: Batch, noise: TrainingNoise) -> None:
        with self._autocast():
            loss_g, loss_d, _ = piper_losses(self.model, batch, noise)
        self._for_g.zero_grad()
        loss_g.backward()
        self._for_g.step()
        self._for_d.zero_grad()
        loss_d.backward()
        self._for_d.step()

    def losses(self, batch: Batch, noise: TrainingNoise) -> dict[str, Tensor]:
        with torch.no_grad(), self._autocast():
            metrics = piper_losses(self.model.eval(), batch, noise)[2]
        self.model.train()
        return {name: metrics[theirs].float() for name, theirs in TERMS.items()}


class Ours:
    """This project's step, eager."""

    def __init__(self, shape: NetworkShape, device: torch.device, bf16: bool) -> None:
        self._shape = shape
        self._networks = Synthesizer(shape).to(device), MultiPeriodDiscriminator().to(device)
        self._optimizers = [
            torch.optim.AdamW(network.parameters(), lr=rate, betas=betas, eps=1e-9, fused=True)
            for network, rate, betas in zip(self._networks, (2e-4, 1e-4), ((0.8, 0.99), (0.5, 0.9)), strict=True)
        ]
        self._autocast = _autocast(device, bf16)

    def take_weights(self, model: Any) -> None:
        for network, theirs in zip(self._networks, (model.model_g, model.model_d), strict=True):
            network.load_state_dict(theirs.state_dict())

    def step(self, batch: Batch, noise: TrainingNoise) -> None:
        with self._autocast():
            losses_and_gradients(*self._networks, batch, noise, self._shape)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def losses(self, batch: Batch, noise: TrainingNoise) -> dict[str, Tensor]:
        with self._autocast():
            found = losses_and_gradients(*(net.eval() for net in self._networks), batch, noise, self._shape)
        for network in self._networks:
            network.train().zero_grad()
        return {name: getattr(found, name) for name in TERMS}


SIDES: dict[str, Callable[[NetworkShape, torch.device, bool], Peer | Ours]] = {"piper.train": Peer, "coaxial": Ours}


def compare(arguments: argparse.Namespace) -> None:
    device = torch.device(arguments.device)
    shape = NetworkShape.of(Quality(arguments.quality))
    batches = [_batch(shape, arguments, seed).to(device) for seed in range(arguments.steps)]
    precisions = (False, True) if device.type == "cuda" else (False,)
    rows: dict[tuple[str, bool], Peer | Ours] = {}
    for bf16 in precisions:
        rows["piper.train", bf16] = peer = Peer(shape, device, bf16)
        rows["coaxial", bf16] = ours = Ours(shape, device, bf16)
        ours.take_weights(peer.model)
    losses = {row: side.losses(batches[0], draw_noise_of(shape, batches[0], 0)) for row, side in rows.items()}
    times: dict[tuple[str, bool], list[tuple[float, float]]] = {row: [] for row in rows}
    for round_ in range(-arguments.warm_up, arguments.steps):
        batch = batches[round_ % len(batches)]
        for row, side in rows.items():
            took = _timed(device, lambda side=side, batch=batch: side.step(batch, draw_noise(shape, batch)))
            if round_ >= 0:
                times[row].append(took)
    _print_table(arguments, device, times, losses)


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
        f"{arguments.seconds} s ± a third a clip, median of {arguments.steps} steps\n"
    )
    print(
        f"{'':18}  {'ms/step':>9}  {'ratio':>6}  {'CPU ms':>9}  {'ratio':>6}  {'peak memory':>11}  {'loss error':>10}"
    )
    medians = {row: [statistics.median(column) for column in zip(*took, strict=True)] for row, took in times.items()}
    reference, exact = medians["piper.train", False], losses["piper.train", False]
    for (side, bf16), (took, computed) in medians.items():
        found = losses[side, bf16]
        error = max(float((found[name] - exact[name]).abs() / exact[name].abs()) for name in TERMS)
        print(
            f"{side:12} {'bf16' if bf16 else 'fp32':5}  {took:9.1f}  {reference[0] / took:5.2f}x  {computed:9.1f}  "
            f"{reference[1] / computed:5.2f}x  {_peak_memory(side, bf16):7.0f} MiB  {error:10.1e}"
        )


def _peak_memory(side: str, bf16: bool) -> float:
    """MiB that one side takes for a step, in a process of its own: on the GPU, or of the whole process on the CPU."""
    command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--side", side, *(["--bf16"] if bf16 else [])]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def measure_memory(arguments: argparse.Namespace) -> None:
    device = torch.device(arguments.device)
    shape = NetworkShape.of(Quality(arguments.quality))
    batch = _batch(shape, arguments, 0).to(device)
    side = SIDES[arguments.side](shape, device, arguments.bf16)
    side.step(batch, draw_noise(shape, batch))
    if device.type == "cuda":
        print(torch.cuda.max_memory_allocated() / 2**20)
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


def _autocast(device: torch.device, bf16: bool) -> Callable[[], Any]:
    return (lambda: torch.autocast(device.type, dtype=torch.bfloat16)) if bf16 else nullcontext


def _maximum_path(likelihood: Tensor, mask: Tensor) -> Tensor:
    """As piper.train's: to the CPU, through compiled loops, and back."""
    values = likelihood.data.cpu().numpy().astype(np.float32)
    frames = mask.sum(1)[:, 0].data.cpu().numpy().astype(np.int32)
    phonemes = mask.sum(2)[:, 0].data.cpu().numpy().astype(np.int32)
    path = np.zeros(values.shape, dtype=np.int32)
    _fill_paths(path, values, frames, phonemes)
    return torch.from_numpy(path).to(device=likelihood.device, dtype=likelihood.dtype)


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _fill_paths(path: Any, best: Any, frames: Any, phonemes: Any) -> None:
    for row in prange(len(path)):
        last, length = phonemes[row] - 1, frames[row]
        for t in range(length):
            for p in range(max(0, last + 1 + t - length), min(last + 1, t + 1)):
                stay = -1e9 if p == t else best[row, t - 1, p]
                come = (0.0 if t == 0 else -1e9) if p == 0 else best[row, t - 1, p - 1]
                best[row, t, p] += max(stay, come)
        p = last
        for t in range(length - 1, -1, -1):
            path[row, t, p] = 1
            if p != 0 and (p == t or best[row, t - 1, p] < best[row, t - 1, p - 1]):
                p -= 1


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
