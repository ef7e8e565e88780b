"""Replayed steps: a captured graph gives what the computation gives, for every batch of its shape."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.captured import Captured
from coaxial.engine.gradients import FlatGradients
from coaxial.engine.step import losses_and_gradients
from coaxial.engine.vits.batch import Batch, draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer
from engine.conftest import Heard
from piper_reference import random_batch, randomise

pytestmark = [pytest.mark.cuda, pytest.mark.usefixtures("exact_products")]

SHAPE = NetworkShape.of(Quality.X_LOW)

_CHILD = """
import torch
from coaxial.domain.progress import Silent
from coaxial.engine.captured import Captured
from coaxial.engine.vits.batch import Batch

class Printed(Silent):
    def say(self, sentence):
        print(sentence)

def waiting(batch, weight):
    drawn = torch.randn(3, device="cuda") * batch.audio
    return drawn * weight if drawn.sum().item() > 0 else -drawn * weight

batch = Batch(*(torch.ones(3, device="cuda") for _ in range(5)))
captured = Captured(waiting, torch.device("cuda", 0), Printed())
found = []
for compute in (captured, waiting):
    torch.manual_seed(0)
    found.append([compute(batch, 0.5).tolist() for _ in range(3)])
print("the same", found[0] == found[1])
"""


class Step:
    """A run's losses and gradients, dropout among it; counts its calls, of which a replay makes none."""

    def __init__(self) -> None:
        torch.manual_seed(5)
        self._networks = Synthesizer(SHAPE).cuda(), MultiPeriodDiscriminator().cuda()
        randomise(self._networks[0], seed=1)
        self._gradients = [FlatGradients(network) for network in self._networks]
        self.calls = 0

    def __call__(self, batch: Batch, weight: float) -> Tensor:
        self.calls += 1
        losses = losses_and_gradients(*self._networks, batch, draw_noise(SHAPE, batch), SHAPE, weight)
        return torch.stack(list(vars(losses).values()))

    def outcome(self, compute: Callable[[Batch, float], Tensor], batch: Batch, seed: int) -> list[Tensor]:
        """Losses, and each network's gradients, where `compute` is this or a replay of it."""
        torch.manual_seed(seed)
        for gradients in self._gradients:
            gradients.clear()
        return [compute(batch, 0.75), *(gradients.flat.clone() for gradients in self._gradients)]


@pytest.fixture(scope="module")
def step() -> Step:
    return Step()


def batch_of(frames: list[int], phonemes: list[int], seed: int) -> Batch:
    return random_batch(SHAPE, frames, phonemes, seed).to("cuda")


def assert_same(found: list[Tensor], expected: list[Tensor]) -> None:
    assert torch.equal(found[0], expected[0])
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert (ours - theirs).norm() <= 1e-5 * theirs.norm()


def test_a_replay_gives_what_the_computation_gives(step: Step) -> None:
    heard = Heard()
    captured = Captured(step, torch.device("cuda", 0), heard)
    first = batch_of([40, 34], [7, 5], seed=0)
    assert_same(step.outcome(captured, first, seed=3), step.outcome(step, first, seed=3))
    for seed, lengths in enumerate(([40, 34], [36, 40]), start=1):
        other = batch_of(lengths, [7, 6], seed)
        expected = step.outcome(step, other, seed)
        calls = step.calls
        assert_same(step.outcome(captured, other, seed), expected)
        assert step.calls == calls and not heard.sentences


def test_only_the_first_shape_is_computed_before_it_is_captured(step: Step) -> None:
    heard = Heard()
    captured = Captured(step, torch.device("cuda", 0), heard)
    calls = step.calls
    step.outcome(captured, batch_of([40, 34], [7, 5], seed=0), seed=0)
    assert step.calls == calls + 2
    other = batch_of([50, 33, 48], [9, 4, 8], seed=1)
    found = step.outcome(captured, other, seed=1)
    assert step.calls == calls + 3 and not heard.sentences
    assert_same(found, step.outcome(step, other, seed=1))


def test_given_up_it_computes_as_it_is_and_holds_no_graph(step: Step) -> None:
    captured = Captured(step, torch.device("cuda", 0), Heard())
    batch = batch_of([40, 34], [7, 5], seed=0)
    for _ in range(2):
        step.outcome(captured, batch, seed=3)
    assert captured.give_up()
    calls = step.calls
    assert_same(step.outcome(captured, batch, seed=3), step.outcome(step, batch, seed=3))
    assert step.calls == calls + 2
    assert not captured.give_up()


def test_what_cannot_be_captured_says_so_once_and_goes_on() -> None:
    # In a process of its own: a capture that fails can leave the device's random numbers unusable.
    said = subprocess.run([sys.executable, "-c", _CHILD], stdout=subprocess.PIPE, text=True, check=True).stdout
    sentence, outcome = said.splitlines()
    assert sentence.startswith("Steps are not replayed as CUDA graphs here")
    assert outcome == "the same True"


_OUT_OF_MEMORY = """
import torch
from coaxial.domain.progress import Silent
from coaxial.engine.branches import branches
from coaxial.engine.captured import Captured
from coaxial.engine.vits.batch import Batch

device = torch.device("cuda", 0)
torch.cuda.set_per_process_memory_fraction(2**30 / torch.cuda.get_device_properties(0).total_memory)

def hungry(batch, weight):
    beside, _ = branches(device)
    kept = []
    with beside:
        for _ in range(parts):
            kept.append(torch.randn(2**24, device=device) * batch.audio.sum())
    beside.join()
    return torch.stack([each.sum() for each in kept]) * weight

batch = Batch(*(torch.ones(3, device="cuda") for _ in range(5)))
captured = Captured(hungry, device, Silent())
parts = 1
captured(batch, 0.5)
parts = 40
try:
    captured(Batch(*(torch.ones(4, device="cuda") for _ in range(5))), 0.5)
except torch.OutOfMemoryError:
    print("out of memory")
captured.forget()
torch.cuda.empty_cache()
print("left", torch.cuda.memory_reserved() // 2**20)
parts = 1
torch.manual_seed(0)
captured(batch, 0.5)
replayed = captured(batch, 0.5)
print("replayed", bool(torch.isfinite(replayed).all()))
"""


def test_a_capture_that_runs_out_of_memory_gives_it_back() -> None:
    said = subprocess.run([sys.executable, "-c", _OUT_OF_MEMORY], capture_output=True, text=True)
    lines = said.stdout.splitlines()
    assert lines[0] == "out of memory", said.stderr
    assert int(lines[1].split()[1]) < 100
    assert lines[2] == "replayed True"
