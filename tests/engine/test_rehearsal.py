"""What is measured before the first step: the time of steps, and the precision that is faster."""

from __future__ import annotations

import re

import pytest

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import choose_compute
from coaxial.engine.plan import Paddings
from coaxial.engine.rehearsal import StepTimes, compute_in_the_fastest, rehearse
from coaxial.engine.trainer import Trainer
from engine.conftest import Heard

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]


@pytest.fixture(params=DEVICES)
def corpus(hum, request) -> Corpus:
    corpus = Corpus(hum, hum.clips, choose_compute(request.param, "fp32").device)
    if request.param == "cuda":
        corpus.paddings = Paddings.of(corpus.frames, corpus.phonemes, 2, 1)
    return corpus


@pytest.fixture
def trainer(hum, corpus, request) -> Trainer:
    device = request.node.callspec.params["corpus"]
    options = TrainOptions(Budget(steps=1), device=device)
    return Trainer(NetworkShape.of(hum.quality), options, choose_compute(device, "fp32"), Heard())


@pytest.mark.slow
def test_the_faster_precision_is_taken_and_both_times_are_told(trainer, corpus):
    heard = Heard()
    other = "fp16" if trainer.compute.device.type == "cuda" else "bf16"  # most processors have no fp16
    compute_in_the_fastest(trainer, corpus, [0, 1], ("fp32", other), heard)
    (sentence,) = heard.sentences
    times = {name: int(ms) for ms, name in re.findall(r"(\d+) ms in (\w+)", sentence)}
    assert times.keys() == {"fp32", other}
    assert times[trainer.compute.precision] == min(times.values())
    assert sentence.endswith(f"training in {trainer.compute.precision}.")


def test_a_rehearsal_changes_no_weight_and_times_the_longest_batch(trainer, corpus):
    before = trainer.generator.state_dict()["dec.conv_pre.bias"].clone()
    times = rehearse(trainer, corpus, 2, seed=1)
    assert max(times.by_frames) == corpus.padded_frames([corpus.frames.index(max(corpus.frames))])
    assert 0.0 < times.mean <= max(times.by_frames.values())
    assert trainer.generator.state_dict()["dec.conv_pre.bias"].equal(before)


def test_a_step_that_was_not_timed_takes_its_share_of_the_nearest(corpus):
    times = StepTimes({100: 1.0, 400: 2.0}, mean=1.5)
    assert times.of(100) == 1.0
    assert times.of(200) == 2.0
    assert times.of(480) == pytest.approx(2.4)
