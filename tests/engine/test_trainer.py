"""What a Trainer holds before its first step is what it would have made in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.budgeting import TAKEN, choose_batch_size
from coaxial.engine.captured import CAPTURED_TAKES
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute, choose_compute
from coaxial.engine.loss_scale import FIRST
from coaxial.engine.trainer import Trainer
from engine.conftest import Heard, write_dataset


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


def chosen(hum, device: str, clips: int, devices: int) -> int:
    """The size of a batch where nothing is asked for."""
    compute = choose_compute(device, "fp32")
    corpus = Corpus(hum, [*hum.clips] * (clips // 8), compute.device)
    trainer = Trainer(NetworkShape.of(hum.quality), TrainOptions(Budget(steps=1)), compute, Silent())
    return choose_batch_size(trainer, corpus, devices)


@pytest.mark.parametrize(("clips", "devices", "size"), [(8, 1, 4), (8, 6, 6), (48, 1, 6), (80, 1, 8), (800, 2, 16)])
def test_a_batch_on_processors_is_an_eighth_of_a_small_dataset_and_eight_clips_a_device_at_most(
    hum, clips, devices, size
):
    assert chosen(hum, "cpu", clips, devices) == size


FEW = 8
"""Of the longest clips, for which a GPU is left room."""


@pytest.fixture
def long_hum(tmp_path):
    return write_dataset(tmp_path / "dataset", clips=FEW, held_out=0, seconds=(3.0, 4.0))


@pytest.mark.cuda
def test_a_batch_size_is_chosen_that_fits_with_the_longest_clips(long_hum):
    compute = choose_compute("cuda", "fp32")
    corpus = Corpus(long_hum, [*long_hum.clips] * 40, compute.device)
    heard = Heard()
    trainer = Trainer(NetworkShape.of(long_hum.quality), TrainOptions(Budget(steps=1)), compute, heard)
    longest = sorted(range(len(corpus.clips)), key=lambda index: -corpus.frames[index])
    with but_for(trainer.memory_taken(corpus, longest[:FEW]) * CAPTURED_TAKES / TAKEN):
        size = choose_batch_size(trainer, corpus, 1)
        assert FEW - 2 <= size <= FEW + 2
        for _ in range(2):  # computed, and replayed
            trainer.rehearse(corpus, longest[:size])
        assert heard.sentences == []


@contextmanager
def but_for(room: float) -> Iterator[None]:
    """Takes all memory of the GPU but so many bytes, as another program would."""
    torch.cuda.empty_cache()
    taken = torch.empty(int(torch.cuda.mem_get_info()[0] - room), dtype=torch.uint8, device="cuda")
    try:
        yield
    finally:
        del taken
        torch.cuda.empty_cache()  # or what comes next takes a place in the middle of it, and none of it can be free


@pytest.mark.cuda
@pytest.mark.parametrize(("clips", "devices", "size"), [(8, 1, 4), (8, 6, 6), (80, 1, 10), (800, 1, 32), (800, 2, 64)])
def test_a_batch_on_a_gpu_with_room_is_an_eighth_of_a_small_dataset_and_32_clips_a_device_at_most(
    hum, clips, devices, size
):
    assert chosen(hum, "cuda", clips, devices) == size


@pytest.mark.cuda
@pytest.mark.parametrize("quality", [Quality.MEDIUM, Quality.HIGH])
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_an_update_on_a_gpu_is_the_same_to_the_bit_computed_and_replayed(tmp_path, quality, precision):
    dataset = write_dataset(tmp_path / "dataset", clips=8, held_out=0, quality=quality, seconds=(2.0, 3.0))
    compute = choose_compute("cuda", precision)
    corpus = Corpus(dataset, dataset.clips, compute.device)
    trainer = Trainer(NetworkShape.of(quality), TrainOptions(Budget(steps=1)), compute, Silent())
    seen = []
    for _ in range(4):
        trainer.rehearse(corpus, range(8))
        seen.append([gradients.flat.clone() for gradients in trainer._gradients])
    for later in seen[1:]:
        assert all(torch.equal(ours, first) for ours, first in zip(later, seen[0], strict=True))
