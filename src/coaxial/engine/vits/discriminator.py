"""Judges of real and generated audio (Kong et al. 2020): one on samples, five on the audio folded by a period."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.engine.vits.convolution import NormalisedConv1d, NormalisedConv2d
from coaxial.engine.vits.mirroring import mirrored

SLOPE = 0.1
PERIODS = (2, 3, 5, 7, 11)

Features = list[Tensor]
"""Activations of every layer of one judge, its scores last."""


class SampleDiscriminator(nn.Module):
    """Strided, grouped convolutions over samples."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                NormalisedConv1d(1, 16, 15),
                NormalisedConv1d(16, 64, 41, stride=4, groups=4),
                NormalisedConv1d(64, 256, 41, stride=4, groups=16),
                NormalisedConv1d(256, 1024, 41, stride=4, groups=64),
                NormalisedConv1d(1024, 1024, 41, stride=4, groups=256),
                NormalisedConv1d(1024, 1024, 5),
            ]
        )
        self.conv_post = NormalisedConv1d(1024, 1, 3)

    def sequences(self, audio: Tensor) -> Tensor:
        """(B, 1, samples) to the sequences that the convolutions run along: (B, samples)."""
        return audio.squeeze(1)

    def forward(self, *audios: Tensor) -> list[Features]:
        """audios: each (B, 1, samples). Returns: the features of each, the weights computed once for all."""
        return _judge(self, list(audios))


class PeriodDiscriminator(nn.Module):
    """Strided convolutions over every period-th sample."""

    def __init__(self, period: int) -> None:
        super().__init__()
        self._period = period
        self.convs = nn.ModuleList(
            [
                NormalisedConv2d(1, 32, 5, stride=3),
                NormalisedConv2d(32, 128, 5, stride=3),
                NormalisedConv2d(128, 512, 5, stride=3),
                NormalisedConv2d(512, 1024, 5, stride=3),
                NormalisedConv2d(1024, 1024, 5),
            ]
        )
        self.conv_post = NormalisedConv2d(1024, 1, 3)

    def sequences(self, audio: Tensor) -> Tensor:
        """(B, 1, samples) to every period-th sample each: (B * period, samples / period)."""
        return self._fold(audio).transpose(2, 3).flatten(0, 2)

    def forward(self, *audios: Tensor) -> list[Features]:
        """audios: each (B, 1, samples). Returns: the features of each, the weights computed once for all."""
        return _judge(self, [self._fold(audio) for audio in audios])

    def _fold(self, audio: Tensor) -> Tensor:
        """(B, 1, samples) to (B, 1, samples / period, period), mirrored at the end to a multiple."""
        missing = -audio.shape[2] % self._period
        if missing:
            audio = mirrored(audio, 0, missing)
        return audio.view(audio.shape[0], 1, audio.shape[2] // self._period, self._period)


class MultiPeriodDiscriminator(nn.Module):
    """All judges of Piper's training."""

    def __init__(self) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList([SampleDiscriminator(), *(PeriodDiscriminator(p) for p in PERIODS)])

    def forward(self, real: Tensor, generated: Tensor) -> tuple[list[Features], list[Features]]:
        """real, generated: (B, 1, samples). Returns: each judge's features of the real and of the generated audio."""
        judged = [judge(real, generated) for judge in self.discriminators]
        return [features for features, _ in judged], [features for _, features in judged]


def _judge(judge: SampleDiscriminator | PeriodDiscriminator, inputs: list[Tensor]) -> list[Features]:
    features: list[Features] = [[] for _ in inputs]
    for layer in (*judge.convs, judge.conv_post):
        assert isinstance(layer, (NormalisedConv1d, NormalisedConv2d))
        weight = layer.joined_weight()
        inputs = [layer(x, weight) for x in inputs]
        if layer is not judge.conv_post:
            inputs = [F.leaky_relu(x, SLOPE) for x in inputs]
        for found, x in zip(features, inputs, strict=True):
            found.append(x)
    return features
