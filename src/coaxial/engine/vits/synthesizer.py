"""VITS (Kim, Kong & Son 2021): phonemes to audio in one network, with the state-dict keys of Piper's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coaxial.domain.quality import NetworkShape
from coaxial.engine.alignment import frame_log_likelihood, monotonic_alignment
from coaxial.engine.vits.batch import Batch, TrainingNoise
from coaxial.engine.vits.decoder import Decoder
from coaxial.engine.vits.duration import DurationPredictor
from coaxial.engine.vits.encoders import PosteriorEncoder, TextEncoder
from coaxial.engine.vits.flow import Flow
from coaxial.engine.vits.mask import sequence_mask
from coaxial.engine.vits.precision import full_precision
from coaxial.engine.vits.segment import frame_segments, segment_starts


@dataclass(frozen=True)
class TrainingOutput:
    """All that the losses of the generator need."""

    audio: Tensor
    """(B, 1, 8192), of the segments."""
    starts: Tensor
    """(B,) int64, first frame of each segment."""
    path: Tensor
    """(B, T, P), 1 where a frame belongs to a phoneme."""
    duration: Tensor
    """0-dim: negative log-likelihood of the durations, nats per phoneme."""
    frame_mask: Tensor
    """(B, 1, T)."""
    latent: Tensor
    """(B, inter, T): the posterior's sample after the flow."""
    posterior_log_deviation: Tensor
    """(B, inter, T)."""
    prior_mean: Tensor
    """(B, inter, T), of the phoneme each frame belongs to."""
    prior_log_deviation: Tensor
    """(B, inter, T)."""


class Synthesizer(nn.Module):
    """The generator: what a voice is made of."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.enc_p = TextEncoder(shape)
        self.dec = Decoder(shape)
        self.enc_q = PosteriorEncoder(shape)
        self.flow = Flow(shape)
        self.dp = DurationPredictor(shape)
        if shape.num_speakers > 1:
            self.emb_g = nn.Embedding(shape.num_speakers, shape.gin_channels)

    def forward(self, batch: Batch, noise: TrainingNoise) -> TrainingOutput:
        """One training pass: encode text and speech, align them, decode a segment of each clip."""
        phoneme_mask = sequence_mask(batch.phoneme_lengths, batch.phoneme_ids.shape[1])
        frame_mask = sequence_mask(batch.frame_lengths, batch.spectrogram.shape[2])
        condition = self._condition(batch.speaker_ids)
        hidden, statistics = self.enc_p(batch.phoneme_ids, phoneme_mask)
        mean, log_deviation = self.enc_q(batch.spectrogram, frame_mask, condition)
        sample = (mean + noise.posterior * torch.exp(log_deviation)) * frame_mask
        latent = self.flow(sample, frame_mask, condition)

        path = _align(latent, statistics, batch)
        durations = path.sum(1, keepdim=True)
        bound = self.dp(hidden, phoneme_mask, durations, noise.durations, condition)
        with full_precision(path):
            prior = torch.matmul(statistics.float(), path.transpose(1, 2))
        prior_mean, prior_log_deviation = prior.chunk(2, 1)

        starts = segment_starts(noise.segments, batch.frame_lengths)
        return TrainingOutput(
            audio=self.dec(frame_segments(sample, starts), condition),
            starts=starts,
            path=path,
            duration=bound.sum() / phoneme_mask.sum(),
            frame_mask=frame_mask,
            latent=latent,
            posterior_log_deviation=log_deviation,
            prior_mean=prior_mean,
            prior_log_deviation=prior_log_deviation,
        )

    def infer(
        self,
        phoneme_ids: Tensor,
        phoneme_lengths: Tensor,
        noise_scale: float | Tensor = 0.667,
        length_scale: float | Tensor = 1.0,
        noise_w: float | Tensor = 0.8,
        speaker_ids: Tensor | None = None,
    ) -> Tensor:
        """Speak. phoneme_ids: (B, P) int64; phoneme_lengths, speaker_ids: (B,) int64.

        noise_scale: variety of the sound; length_scale: slowness; noise_w: variety of the rhythm. Returns: audio
        (B, 1, T * 256), T the frames of the longest row; shorter rows end in silence.
        """
        mask = sequence_mask(phoneme_lengths, phoneme_ids.shape[1])
        condition = self._condition(speaker_ids)
        hidden, statistics = self.enc_p(phoneme_ids, mask)
        log_durations = self.dp.sample(hidden, mask, noise_w, condition)
        ends = torch.cumsum(torch.ceil(torch.exp(log_durations) * mask * length_scale), dim=2)

        frame_lengths = ends[:, 0, -1].clamp(min=1).long()
        frames = torch.arange(frame_lengths.max(), device=ends.device)  # type: ignore[call-overload]
        frame_mask = (frames < frame_lengths[:, None]).unsqueeze(1).float()
        phoneme = (frames[:, None] >= ends).sum(2).clamp(max=phoneme_ids.shape[1] - 1)
        prior = statistics.gather(2, phoneme.unsqueeze(1).expand(-1, statistics.shape[1], -1))
        mean, log_deviation = prior.chunk(2, 1)
        latent = mean + torch.randn_like(mean) * torch.exp(log_deviation) * noise_scale
        sample = self.flow(latent, frame_mask, condition, inverse=True) * frame_mask
        # A single row needs no mask in the decoder, and voices are exported with one.
        alone = torch.onnx.is_in_onnx_export() or phoneme_ids.shape[0] == 1
        audio: Tensor = self.dec(sample, condition, None if alone else frame_mask)
        return audio

    def _condition(self, speaker_ids: Tensor | None) -> Tensor | None:
        if self.shape.num_speakers == 1:
            return None
        assert speaker_ids is not None, "a network of several speakers needs speaker_ids"
        embedded: Tensor = self.emb_g(speaker_ids).unsqueeze(2)
        return embedded


@torch.no_grad()
def _align(latent: Tensor, statistics: Tensor, batch: Batch) -> Tensor:
    with full_precision(latent):
        mean, log_deviation = statistics.float().chunk(2, 1)
        likelihood = frame_log_likelihood(latent.float(), mean, log_deviation)
        return monotonic_alignment(likelihood, batch.phoneme_lengths, batch.frame_lengths)
