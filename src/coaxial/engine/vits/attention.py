"""Transformer encoder whose attention knows how far apart two phonemes are (Shaw et al. 2018)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.engine.vits.convolution import ChannelNorm

WINDOW = 4
"""Distances beyond this many phonemes have no embedding of their own: they add nothing."""


class RelativeAttention(nn.Module):
    """Multi-head self-attention with embeddings of the 2 * WINDOW + 1 nearest distances, shared by all heads."""

    def __init__(self, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self._heads = heads
        head_channels = channels // heads
        self._scale = 1 / math.sqrt(head_channels)
        self.emb_rel_k = nn.Parameter(torch.randn(1, 2 * WINDOW + 1, head_channels) * self._scale)
        self.emb_rel_v = nn.Parameter(torch.randn(1, 2 * WINDOW + 1, head_channels) * self._scale)
        self.conv_q = nn.Conv1d(channels, channels, 1)
        self.conv_k = nn.Conv1d(channels, channels, 1)
        self.conv_v = nn.Conv1d(channels, channels, 1)
        self.conv_o = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout(dropout)
        for convolution in (self.conv_q, self.conv_k, self.conv_v):
            nn.init.xavier_uniform_(convolution.weight)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (B, C, T); mask: (B, 1, T). Returns (B, C, T); what it holds at masked positions means nothing."""
        rows, channels, length = x.shape
        by_head = (rows, self._heads, channels // self._heads, length)
        query = (self.conv_q(x) * self._scale).view(by_head).transpose(2, 3)
        key, value = self.conv_k(x).view(by_head), self.conv_v(x).view(by_head)

        near = torch.matmul(query, self.emb_rel_k.transpose(1, 2))
        scores = torch.matmul(query, key) + by_position(near)
        scores = scores.masked_fill(mask.unsqueeze(1) == 0, -1e4)
        weights = self.drop(torch.softmax(scores, dim=-1))
        output = torch.matmul(weights, value.transpose(2, 3))
        output = output + torch.matmul(by_distance(weights), self.emb_rel_v)
        return self.conv_o(output.transpose(2, 3).reshape(rows, channels, length))  # type: ignore[no-any-return]


def by_position(near: Tensor) -> Tensor:
    """(B, H, T, 2w+1), entry d for the key at query - w + d, to (B, H, T, T), entry k for key k, 0 where too far.

    Rows of T + 2w + 1 read as rows of T + 2w: each begins one place further right, which is the band's slope. Only
    pads and views, forward and backward, whatever T is.
    """
    rows, heads, length, distances = near.shape
    width = length + distances - 1
    flat = F.pad(near, (0, length)).reshape(rows, heads, length * (width + 1))
    band = flat[:, :, : length * width].reshape(rows, heads, length, width)
    return band[:, :, :, distances // 2 : distances // 2 + length]


def by_distance(weights: Tensor, distances: int = 2 * WINDOW + 1) -> Tensor:
    """(B, H, T, T) to (B, H, T, 2w+1): of each query's row only the keys within w; the transpose of by_position."""
    rows, heads, length, _ = weights.shape
    width = length + distances - 1
    flat = F.pad(weights, (distances // 2, distances // 2)).reshape(rows, heads, length * width)
    return F.pad(flat, (0, length)).reshape(rows, heads, length, width + 1)[:, :, :, :distances]


class FeedForward(nn.Module):
    """Two convolutions with a rectifier between them."""

    def __init__(self, channels: int, filter_channels: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.conv_1 = nn.Conv1d(channels, filter_channels, kernel, padding=kernel // 2)
        self.conv_2 = nn.Conv1d(filter_channels, channels, kernel, padding=kernel // 2)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (B, C, T); mask: (B, 1, T). Returns (B, C, T), masked."""
        hidden = self.drop(torch.relu(self.conv_1(x * mask)))
        return self.conv_2(hidden * mask) * mask  # type: ignore[no-any-return]


class RelativeEncoder(nn.Module):
    """Layers of attention and feed-forward, each added to its input and normalised after."""

    def __init__(
        self, channels: int, filter_channels: int, heads: int, layers: int, kernel: int, dropout: float
    ) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.attn_layers = nn.ModuleList(RelativeAttention(channels, heads, dropout) for _ in range(layers))
        self.norm_layers_1 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))
        self.ffn_layers = nn.ModuleList(FeedForward(channels, filter_channels, kernel, dropout) for _ in range(layers))
        self.norm_layers_2 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (B, C, T); mask: (B, 1, T). Returns (B, C, T), masked."""
        x = x * mask
        for attend, norm_1, feed, norm_2 in zip(
            self.attn_layers, self.norm_layers_1, self.ffn_layers, self.norm_layers_2, strict=True
        ):
            x = norm_1(x + self.drop(attend(x, mask)))
            x = norm_2(x + self.drop(feed(x, mask)))
        return x * mask
