"""Epochs, batches and the shapes that they are padded to."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from coaxial.engine.plan import Paddings, batches_by_length, plan_epoch, split_by_frames


def lengths(clips: int) -> list[int]:
    return [int(value) for value in np.random.default_rng(0).integers(30, 900, clips)]


@pytest.mark.parametrize(("clips", "size"), [(101, 16), (96, 16), (16, 16), (17, 16), (5, 1)])
def test_an_epoch_is_full_batches_with_every_clip_and_none_more_than_twice(clips, size):
    batches = plan_epoch(lengths(clips), size, seed=5, epoch=3)
    assert {len(batch) for batch in batches} == {size}
    times = Counter(index for batch in batches for index in batch)
    assert sorted(times) == list(range(clips)) and max(times.values()) <= 2
    assert sum(times.values()) - clips < size


def test_an_epoch_is_the_same_for_the_same_number_and_another_for_another():
    first = plan_epoch(lengths(101), 16, seed=5, epoch=3)
    assert plan_epoch(lengths(101), 16, seed=5, epoch=3) == first
    assert plan_epoch(lengths(101), 16, seed=5, epoch=4) != first


def test_validation_hears_every_clip_once():
    batches = batches_by_length(lengths(37), 16)
    assert sorted(index for batch in batches for index in batch) == list(range(37))
    assert [len(batch) for batch in batches] == [16, 16, 5]


def test_batches_of_like_length_pad_little():
    frames = [int(value) for value in np.random.default_rng(0).integers(30, 900, 1000)]
    padded = sum(len(batch) * max(frames[i] for i in batch) for batch in plan_epoch(frames, 16, seed=1, epoch=0))
    assert padded < 1.15 * sum(frames)


def test_micro_batches_keep_every_clip_and_stay_within_their_frames():
    frames = [100, 900, 400, 400, 200, 50]
    parts = split_by_frames(range(6), frames, 900)
    assert sorted(index for part in parts for index in part) == list(range(6))
    assert all(len(part) * max(frames[i] for i in part) <= 900 for part in parts)
    assert split_by_frames(range(6), frames, None) == [list(range(6))]


def test_few_shapes_fit_every_clip_and_pad_little():
    frames = lengths(1000)
    phonemes = [3 + length // 4 for length in frames]
    paddings = Paddings.of(frames, phonemes, 16, seed=1)
    assert len(paddings.shapes) <= 8
    for clip_frames, clip_phonemes in zip(frames, phonemes, strict=True):
        padded = paddings.around(clip_frames)
        assert padded[0] >= clip_frames and padded[1] >= clip_phonemes
    batches = plan_epoch(frames, 16, seed=1, epoch=20)
    padded = sum(16 * paddings.around(max(frames[i] for i in batch))[0] for batch in batches)
    assert padded < 1.2 * sum(frames[i] for batch in batches for i in batch)


def test_clips_of_one_length_need_one_shape():
    assert Paddings.of([100] * 20, [7] * 20, 4, seed=1).shapes == [(112, 16)]


def test_no_choice_of_as_many_shapes_pads_less():
    frames = [40] * 10 + [200] * 10 + [205] * 2 + [900] * 6
    phonemes = [5] * 28
    shapes = [shape[0] for shape in Paddings.of(frames, phonemes, 2, seed=1).shapes]
    assert shapes[-1] == 912 and 48 in shapes and 208 in shapes
