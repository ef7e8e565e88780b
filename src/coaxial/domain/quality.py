"""Piper's four quality tiers and the networks behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

NUM_SYMBOLS = 256
"""Rows of every Piper voice's phoneme embedding; the default phoneme map uses the first 166."""

HOP_LENGTH = 256
"""Audio samples per spectrogram frame, in every tier."""

FFT_SIZE = 1024
"""Samples per spectrogram window and FFT; 513 bins."""

MEL_BANDS = 80

SEGMENT_SAMPLES = 8192
"""Samples of the random slice of every clip that decoder and discriminators are trained on; no clip may be shorter."""


class Quality(str, Enum):
    """Size of the network; decides sample rate and which base checkpoints fit."""

    X_LOW = "x_low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    def __str__(self) -> str:
        return self.value

    @property
    def sample_rate(self) -> int:
        """Samples per second of the voice's audio."""
        return 16000 if self in (Quality.X_LOW, Quality.LOW) else 22050


@dataclass(frozen=True)
class NetworkShape:
    """Every number that decides a tensor's shape in a Piper VITS network; names as in Piper's hyper_parameters."""

    sample_rate: int
    num_symbols: int = NUM_SYMBOLS
    num_speakers: int = 1
    resblock: str = "2"
    resblock_kernel_sizes: tuple[int, ...] = (3, 5, 7)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 2), (2, 6), (3, 12))
    upsample_rates: tuple[int, ...] = (8, 8, 4)
    upsample_initial_channel: int = 256
    upsample_kernel_sizes: tuple[int, ...] = (16, 16, 8)
    inter_channels: int = 192
    hidden_channels: int = 192
    filter_channels: int = 768
    n_heads: int = 2
    n_layers: int = 6
    kernel_size: int = 3
    p_dropout: float = 0.1
    gin_channels: int = 0

    @staticmethod
    def of(quality: Quality, num_speakers: int = 1) -> NetworkShape:
        """The network of a tier; several speakers add a 512-wide speaker embedding."""
        gin_channels = 512 if num_speakers > 1 else 0
        if quality is Quality.X_LOW:
            return NetworkShape(
                quality.sample_rate,
                num_speakers=num_speakers,
                gin_channels=gin_channels,
                inter_channels=96,
                hidden_channels=96,
                filter_channels=384,
            )
        if quality is Quality.HIGH:
            return NetworkShape(
                quality.sample_rate,
                num_speakers=num_speakers,
                gin_channels=gin_channels,
                resblock="1",
                resblock_kernel_sizes=(3, 7, 11),
                resblock_dilation_sizes=((1, 3, 5), (1, 3, 5), (1, 3, 5)),
                upsample_rates=(8, 8, 2, 2),
                upsample_initial_channel=512,
                upsample_kernel_sizes=(16, 16, 4, 4),
            )
        return NetworkShape(quality.sample_rate, num_speakers=num_speakers, gin_channels=gin_channels)
