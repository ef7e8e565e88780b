"""What a Trainer holds before its first step is what it would have made in it."""

from __future__ import annotations

import pytest
import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.budgeting import choose_batch_size
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.loss_scale import FIRST
from coaxial.engine.trainer import Trainer


def test_moments_that_are_there_from_the_start_change_no_update(hum):
    compute = Compute(torch.device("cpu"), "fp32")
    corpus = Corpus(hum, hum.clips, compute.device)
    trainers = [Trainer(NetworkShape.of(hum.quality), TrainOptions(Budget(steps=2)), compute, Silent()) for _ in "ab"]
    for optimizer in trainers[1]._optimizers:
        optimizer.state.clear()  # as torch leaves it until the first step
    for step in (1, 2):
        for trainer in trainers:
            trainer.update(corpus, [0, 1], step, 1e-4)
    first, second = (trainer.contents(step=2, epoch=0, batch_size=2, ours={}) for trainer in trainers)
    assert first["state_dict"].keys() == second["state_dict"].keys()
    assert all(torch.equal(value, second["state_dict"][key]) for key, value in first["state_dict"].items())
    for ours, theirs in zip(first["optimizer_states"], second["optimizer_states"], strict=True):
        assert ours["state"].keys() == theirs["state"].keys()
        for number, state in ours["state"].items():
            assert all(torch.equal(value, theirs["state"][number][name]) for name, value in state.items())


class OldCard(Compute):
    """The CPU in the place of a GPU that has no bf16."""

    is_without_bf16 = True


@pytest.mark.parametrize(
    ("asked", "found", "expected"),
    [("auto", "fp16", "fp16"), ("auto", "fp32", "fp32"), ("fp32", "fp16", "fp32"), ("auto", "bf16", "fp32")],
)
def test_a_resumed_run_keeps_to_the_precision_that_was_faster(hum, asked, found, expected):
    trainer = Trainer(
        NetworkShape.of(hum.quality),
        TrainOptions(Budget(steps=2), precision=asked),
        OldCard(torch.device("cpu"), "fp32"),
        Silent(),
    )
    contents = trainer.contents(step=1, epoch=0, batch_size=2, ours={})
    factor = [torch.tensor(FIRST / 8), torch.tensor(3, dtype=torch.int32)] if found == "fp16" else None
    contents["coaxial"] |= {"precision": found, "loss_scale": factor}
    trainer.restore(contents)
    assert trainer.compute.precision == expected
    kept = trainer.contents(step=1, epoch=0, batch_size=2, ours={})["coaxial"]["loss_scale"]
    assert [value.item() for value in kept or []] == ([FIRST / 8, 3] if expected == "fp16" else [])


def test_checkpoints_from_before_precisions_were_kept_are_taken_up(hum):
    trainer = Trainer(
        NetworkShape.of(hum.quality), TrainOptions(Budget(steps=2)), OldCard(torch.device("cpu"), "fp32"), Silent()
    )
    contents = trainer.contents(step=1, epoch=0, batch_size=2, ours={})
    for name in ("precision", "loss_scale"):
        del contents["coaxial"][name]
    trainer.restore(contents)
    assert trainer.compute.precision == "fp32"


@pytest.mark.parametrize(("clips", "devices", "size"), [(8, 1, 4), (8, 6, 6), (48, 1, 6), (80, 1, 8), (800, 2, 16)])
def test_a_batch_on_processors_is_an_eighth_of_a_small_dataset_and_eight_clips_a_device_at_most(
    hum, clips, devices, size
):
    compute = Compute(torch.device("cpu"), "fp32")
    corpus = Corpus(hum, [*hum.clips] * (clips // 8), compute.device)
    trainer = Trainer(NetworkShape.of(hum.quality), TrainOptions(Budget(steps=1)), compute, Silent())
    assert choose_batch_size(trainer, corpus, devices) == size
