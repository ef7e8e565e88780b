"""Monotonic alignment search as one kernel: a program per clip walks its frames, all phonemes at once."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _search(
    likelihood,  # (B, frames, phonemes) float32
    came,  # (B, frames, phonemes) int8, scratch: whether the best path there came from the phoneme before
    visited,  # (B, frames) int32, filled with -1
    phoneme_lengths,
    frame_lengths,
    frames,
    phonemes,
    BLOCK: tl.constexpr,
):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < phonemes
    before = tl.maximum(column - 1, 0)
    length = tl.load(frame_lengths + row).to(tl.int32)
    start = row.to(tl.int64) * frames * phonemes
    first = column == 0

    best = tl.full((BLOCK,), float("-inf"), tl.float32)
    ahead = tl.load(likelihood + start + column, mask=inside, other=0.0)
    for frame in range(length):
        here = ahead
        # The next frame's values are asked for before this one's are worked on: memory is slower than the arithmetic.
        following = start + tl.minimum(frame + 1, length - 1) * phonemes
        ahead = tl.load(likelihood + following + column, mask=inside, other=0.0)
        # Left of the first phoneme stands every path before the first frame, and none after it.
        outside = tl.where(frame == 0, 0.0, float("-inf"))
        left = tl.where(first, outside, tl.gather(best, before, 0))
        tl.store(came + start + frame * phonemes + column, (best < left).to(tl.int8), mask=inside)
        best = tl.maximum(best, left) + here

    tl.debug_barrier()  # what other threads stored is read from here on
    phoneme = tl.load(phoneme_lengths + row).to(tl.int32) - 1
    for step in range(length):
        frame = length - 1 - step
        tl.store(visited + row * frames + frame, phoneme)
        phoneme -= tl.load(came + start + frame * phonemes + phoneme).to(tl.int32)


def visited_phonemes(log_likelihood: Tensor, phoneme_lengths: Tensor, frame_lengths: Tensor) -> Tensor:
    """Phoneme of each frame, (B, frames) int32, -1 past a clip's end; the arguments of `monotonic_alignment`."""
    rows, frames, phonemes = log_likelihood.shape
    visited = torch.full((rows, frames), -1, dtype=torch.int32, device=log_likelihood.device)
    came = torch.empty(log_likelihood.shape, dtype=torch.int8, device=log_likelihood.device)
    block = max(16, triton.next_power_of_2(phonemes))
    _search[(rows,)](
        log_likelihood.contiguous(),
        came,
        visited,
        phoneme_lengths.contiguous(),
        frame_lengths.contiguous(),
        frames,
        phonemes,
        BLOCK=block,
        num_warps=max(1, min(8, block // 64)),
    )
    return visited
