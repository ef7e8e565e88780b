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
class Text:
    """What the text encoder makes of the phonemes."""

    hidden: Tensor
    """(B, hidden, P)."""
    statistics: Tensor
    """(B, 2 * inter, P): means, then log deviations, of the frames of each phoneme."""
    mask: Tensor
    """(B, 1, P)."""


@dataclass(frozen=True)
class Speech:
    """What the posterior encoder makes of the spectrogram."""

    sample: Tensor
    """(B, inter, T)."""
    log_deviation: Tensor
    """(B, inter, T), of the distribution that the sample was drawn from."""
    mask: Tensor
    """(B, 1, T)."""


@dataclass(frozen=True)
class Prior:
    """What the text expects of every frame, once it is aligned with the speech."""

    latent: Tensor
    """(B, inter, T): the posterior's sample after the flow."""
    mean: Tensor
    """(B, inter, T)."""
    log_deviation: Tensor
    """(B, inter, T)."""
    durations: Tensor
    """(B, 1, P): frames of each phoneme."""


@dataclass(frozen=True)
class TrainingOutput:
    """All that the losses of the generator need."""

    audio: Tensor
    """(B, 1, 8192), of the segments."""
    starts: Tensor
    """(B,) int64, first frame of each segment."""
    duration: Tensor
    """0-dim: negative log-likelihood of the durations, nats per phoneme."""
    speech: Speech
    prior: Prior


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
        condition = self.condition(batch.speaker_ids)
        text = self.encode_text(batch)
        speech = self.encode_speech(batch, noise.posterior, condition)
        prior = self.align(text, speech.sample, speech.mask, batch, condition)
        starts = segment_starts(noise.segments, batch.frame_lengths)
        return TrainingOutput(
            audio=self.dec(frame_segments(speech.sample, starts), condition),
            starts=starts,
            duration=self.duration_loss(text, prior.durations, noise.durations, condition),
            speech=speech,
            prior=prior,
        )

    def condition(self, speaker_ids: Tensor | None) -> Tensor | None:
        """(B,) int64 to (B, gin, 1), where the network has several speakers."""
        if self.shape.num_speakers == 1:
            return None
        assert speaker_ids is not None, "a network of several speakers needs speaker_ids"
        embedded: Tensor = self.emb_g(speaker_ids).unsqueeze(2)
        return embedded

    def encode_text(self, batch: Batch) -> Text:
        """What the phonemes say of themselves, before any speech is heard."""
        mask = sequence_mask(batch.phoneme_lengths, batch.phoneme_ids.shape[1])
        hidden, statistics = self.enc_p(batch.phoneme_ids, mask)
        return Text(hidden, statistics, mask)

    def encode_speech(self, batch: Batch, noise: Tensor, condition: Tensor | None) -> Speech:
        """A sample of what the speech is made of; noise: (B, inter, T), standard normal."""
        mask = sequence_mask(batch.frame_lengths, batch.spectrogram.shape[2])
        mean, log_deviation = self.enc_q(batch.spectrogram, mask, condition)
        return Speech((mean + noise * torch.exp(log_deviation)) * mask, log_deviation, mask)

    def align(self, text: Text, sample: Tensor, mask: Tensor, batch: Batch, condition: Tensor | None) -> Prior:
        """What the text expects of every frame. sample: (B, inter, T), of the posterior; mask: (B, 1, T)."""
        latent = self.flow(sample, mask, condition)
        path = _align(latent, text.statistics, batch)
        with full_precision(path):
            statistics = torch.matmul(text.statistics.float(), path.transpose(1, 2))
        mean, log_deviation = statistics.chunk(2, 1)
        return Prior(latent, mean, log_deviation, path.sum(1, keepdim=True))

    def duration_loss(self, text: Text, durations: Tensor, noise: Tensor, condition: Tensor | None) -> Tensor:
        """Nats per phoneme, 0-dim: how unlikely the duration predictor finds the durations (B, 1, P)."""
        bound = self.dp(text.hidden, text.mask, durations, noise, condition)
        loss: Tensor = bound.sum() / text.mask.sum()
        return loss

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
        condition = self.condition(speaker_ids)
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


@torch.no_grad()
def _align(latent: Tensor, statistics: Tensor, batch: Batch) -> Tensor:
    with full_precision(latent):
        mean, log_deviation = statistics.float().chunk(2, 1)
        likelihood = frame_log_likelihood(latent.float(), mean, log_deviation)
        return monotonic_alignment(likelihood, batch.phoneme_lengths, batch.frame_lengths)
