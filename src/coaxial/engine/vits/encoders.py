"""The two encoders: phonemes to the prior's statistics, spectrograms to the posterior's."""

from __future__ import annotations

import math

from torch import Tensor, nn

from coaxial.domain.quality import FFT_SIZE, NetworkShape
from coaxial.engine.vits.attention import RelativeEncoder
from coaxial.engine.vits.wavenet import WaveNet


class TextEncoder(nn.Module):
    """Phoneme ids to a hidden sequence and the mean and log deviation of each phoneme's latent frames."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.emb = nn.Embedding(shape.num_symbols, shape.hidden_channels)
        nn.init.normal_(self.emb.weight, 0.0, shape.hidden_channels**-0.5)
        self.encoder = RelativeEncoder(
            shape.hidden_channels,
            shape.filter_channels,
            shape.n_heads,
            shape.n_layers,
            shape.kernel_size,
            shape.p_dropout,
        )
        self.proj = nn.Conv1d(shape.hidden_channels, 2 * shape.inter_channels, 1)
        self._scale = math.sqrt(shape.hidden_channels)

    def forward(self, phoneme_ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """phoneme_ids: (B, P); mask: (B, 1, P).

        Returns: hidden (B, hidden, P); statistics (B, 2 * inter, P), means first, then log deviations.
        """
        embedded = (self.emb(phoneme_ids) * self._scale).transpose(1, 2)
        hidden = self.encoder(embedded, mask)
        return hidden, self.proj(hidden) * mask


class PosteriorEncoder(nn.Module):
    """Linear spectrogram to the statistics of the latent that the decoder turns back into its audio."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.pre = nn.Conv1d(FFT_SIZE // 2 + 1, shape.hidden_channels, 1)
        self.enc = WaveNet(shape.hidden_channels, 5, 16, shape.gin_channels)
        self.proj = nn.Conv1d(shape.hidden_channels, 2 * shape.inter_channels, 1)

    def forward(self, spectrogram: Tensor, mask: Tensor, condition: Tensor | None) -> tuple[Tensor, Tensor]:
        """spectrogram: (B, 513, T); mask: (B, 1, T); condition: (B, gin, 1).

        Returns: mean and log deviation, each (B, inter, T).
        """
        hidden = self.enc(self.pre(spectrogram) * mask, mask, condition)
        mean, log_deviation = (self.proj(hidden) * mask).chunk(2, 1)
        return mean, log_deviation
