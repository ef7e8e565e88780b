"""What a Trainer holds before its first step is what it would have made in it."""

from __future__ import annotations

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
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
