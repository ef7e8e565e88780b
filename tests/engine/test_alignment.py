"""Monotonic alignment: the most likely of all paths, found on the device it is asked on."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from coaxial.engine.alignment import frame_log_likelihood, monotonic_alignment
from piper_reference import plain_alignment


def score(likelihood: Tensor, phonemes: Tensor) -> float:
    return float(likelihood[torch.arange(len(phonemes)), phonemes].double().sum())


def all_paths(frames: int, phonemes: int) -> list[Tensor]:
    """Every monotonic path, as the phoneme of each frame: the frames where the next phoneme begins are chosen."""
    starts = combinations(range(1, frames), phonemes - 1)
    return [torch.tensor(np.searchsorted(chosen, np.arange(frames), side="right")) for chosen in starts]


@pytest.mark.parametrize(("frames", "phonemes"), [(1, 1), (2, 2), (7, 1), (7, 3), (9, 4), (8, 8), (10, 6)])
def test_no_path_at_all_is_more_likely(frames: int, phonemes: int) -> None:
    likelihood = torch.randn(20, frames, phonemes, generator=torch.Generator().manual_seed(frames))
    path = monotonic_alignment(likelihood, torch.full((20,), phonemes), torch.full((20,), frames))
    for row in range(20):
        best = max(score(likelihood[row], other) for other in all_paths(frames, phonemes))
        assert score(likelihood[row], path[row].argmax(1)) == pytest.approx(best, abs=1e-5)


def test_long_clips_align_as_the_textbook_recursion_does() -> None:
    generator = torch.Generator().manual_seed(0)
    likelihood = 30 * torch.randn(3, 400, 120, generator=generator) - 200
    phoneme_lengths, frame_lengths = torch.tensor([120, 77, 1]), torch.tensor([400, 250, 90])
    path = monotonic_alignment(likelihood, phoneme_lengths, frame_lengths)
    for row, (phonemes, frames) in enumerate(zip(phoneme_lengths, frame_lengths, strict=True)):
        expected = plain_alignment(likelihood[row].numpy(), int(phonemes), int(frames))
        assert path[row, :frames].argmax(1).tolist() == expected.tolist()
        assert path[row, frames:].sum() == 0


def test_of_equally_likely_paths_it_takes_the_reference_s() -> None:
    path = monotonic_alignment(torch.zeros(1, 9, 4), torch.tensor([4]), torch.tensor([9]))
    assert path[0].argmax(1).tolist() == plain_alignment(np.zeros((9, 4), np.float32), 4, 9).tolist()


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    lengths = st.integers(1, 12).flatmap(lambda frames: st.tuples(st.integers(1, frames), st.just(frames)))
    rows = draw(st.lists(lengths, min_size=1, max_size=4))
    phonemes, frames = (torch.tensor(column) for column in zip(*rows, strict=True))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    size = (len(rows), int(frames.max()) + draw(st.integers(0, 3)), int(phonemes.max()) + draw(st.integers(0, 3)))
    return torch.randn(size, generator=generator) * draw(st.sampled_from([0.0, 1.0, 1e4])), phonemes, frames


@given(batches())
@settings(max_examples=60, deadline=None)
def test_every_path_begins_with_the_first_phoneme_ends_with_the_last_and_skips_none(
    batch: tuple[Tensor, Tensor, Tensor],
) -> None:
    likelihood, phoneme_lengths, frame_lengths = batch
    path = monotonic_alignment(likelihood, phoneme_lengths, frame_lengths)
    for row, (phonemes, frames) in enumerate(zip(phoneme_lengths, frame_lengths, strict=True)):
        visited = path[row, :frames].argmax(1)
        assert path[row].sum() == frames and (path[row, :frames].sum(1) == 1).all()
        assert visited[0] == 0 and visited[-1] == phonemes - 1
        assert set(visited.diff().tolist()) <= {0, 1}


def test_padding_changes_nothing() -> None:
    likelihood = torch.randn(1, 20, 6, generator=torch.Generator().manual_seed(4))
    lengths = torch.tensor([6]), torch.tensor([20])
    padded = torch.nn.functional.pad(likelihood, (0, 5, 0, 7), value=1e6)
    assert torch.equal(monotonic_alignment(padded, *lengths)[:, :20, :6], monotonic_alignment(likelihood, *lengths))


def test_likelihood_is_that_of_the_normal_distribution() -> None:
    generator = torch.Generator().manual_seed(1)
    latent, mean, deviation = (torch.randn(2, 5, size, generator=generator) for size in (7, 3, 3))
    found = frame_log_likelihood(latent, mean, deviation)
    normal = torch.distributions.Normal(mean.unsqueeze(2), deviation.exp().unsqueeze(2))
    expected = normal.log_prob(latent.unsqueeze(3)).sum(1)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)
