"""Stopped half-way through a step or a validation on a processor: at once, and nothing shows it afterwards."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from coaxial.domain.errors import Interrupted
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.giving_up import GivenUp, give_up_when
from coaxial.engine.train import train
from coaxial.engine.trainer import Trainer
from coaxial.engine.vits.decoder import Decoder
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from engine.killed_runs import steps_in, weights


@contextmanager
def terminated_at(layer: type[nn.Module], time: int) -> Iterator[None]:
    """SIGTERM comes when a layer of that kind computes for the n-th time, as if somebody had sent it just then."""
    passed = 0

    def count(computing: nn.Module, inputs: object) -> None:
        nonlocal passed
        passed += isinstance(computing, layer)
        if isinstance(computing, layer) and passed == time:
            signal.raise_signal(signal.SIGTERM)

    hook = register_module_forward_pre_hook(count)
    try:
        yield
    finally:
        hook.remove()


OPTIONS = TrainOptions(Budget(steps=4), batch_size=2, checkpoint_every=2)


@pytest.fixture(scope="module")
def undisturbed(hum, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    train(folder, hum, OPTIONS, Silent())
    return folder


def assert_ended_alike(first: Path, second: Path) -> None:
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[key]) for key, value in ours.items())
    assert (first / "metrics.jsonl").read_bytes() == (second / "metrics.jsonl").read_bytes()


def test_a_run_stopped_in_the_middle_of_a_step_ends_as_an_undisturbed_one(hum, undisturbed, tmp_path):
    # The judges' first pass is that of the rehearsal.
    with terminated_at(MultiPeriodDiscriminator, 5), pytest.raises(Interrupted, match="Stopped after step 3;"):
        train(tmp_path, hum, OPTIONS, Silent())
    assert steps_in(tmp_path) == [1, 2, 3]
    train(tmp_path, hum, OPTIONS, Silent())
    assert_ended_alike(tmp_path, undisturbed)


@pytest.mark.parametrize(
    ("step", "decoded"), [(2, 1), (2, 2), (4, 1)], ids=["while it validates", "while it speaks", "at its very end"]
)
def test_a_run_stopped_while_it_validates_ends_as_an_undisturbed_one(hum, undisturbed, tmp_path, step, decoded):
    # The decoder computes once in the rehearsal, in each step and in a validation, and twice to speak.
    passes = 1 + step + (3 if step == 4 else 0) + decoded
    with terminated_at(Decoder, passes), pytest.raises(Interrupted, match=f"Stopped after step {step};"):
        train(tmp_path, hum, OPTIONS, Silent())
    assert not (tmp_path / "checkpoints" / f"step-{step:06}.ckpt").exists()
    train(tmp_path, hum, OPTIONS, Silent())
    assert (tmp_path / "checkpoints" / f"step-{step:06}.ckpt").exists()
    assert_ended_alike(tmp_path, undisturbed)


def test_a_run_stopped_while_its_steps_are_measured_leaves_no_checkpoint_and_begins_again(hum, undisturbed, tmp_path):
    with terminated_at(Decoder, 1), pytest.raises(Interrupted, match="Stopped after step 0;"):
        train(tmp_path, hum, OPTIONS, Silent())
    assert not list((tmp_path / "checkpoints").iterdir())
    train(tmp_path, hum, OPTIONS, Silent())
    assert_ended_alike(tmp_path, undisturbed)


def test_a_step_can_be_given_up_at_any_layer_forward_and_back_and_leaves_no_trace(hum):
    compute = Compute(torch.device("cpu"), "fp32")
    corpus = Corpus(hum, hum.clips, compute.device)
    disturbed, other = (
        Trainer(NetworkShape.of(hum.quality), TrainOptions(Budget(steps=2)), compute, Silent()) for _ in "ab"
    )
    looks = 0
    ending_at = 0

    def asked() -> bool:
        nonlocal looks
        looks += 1
        return looks == ending_at

    give_up_when(asked, *disturbed.networks)
    disturbed.rehearse(corpus, [0, 1])
    for place in range(1, looks + 1, looks // 8):
        looks, ending_at = 0, place
        with pytest.raises(GivenUp):
            disturbed.update(corpus, [0, 1], 1, 1e-4)
    ending_at = 0
    for step in (1, 2):
        losses, expected = (each.update(corpus, [0, 1], step, 1e-4) for each in (disturbed, other))
        assert losses == expected
    for network, untouched in zip(disturbed.networks, other.networks, strict=True):
        for ours, theirs in zip(network.parameters(), untouched.parameters(), strict=True):
            assert torch.equal(ours, theirs)
