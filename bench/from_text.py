"""What a network makes of the text alone, beside what it makes of a recording that it hears."""

from __future__ import annotations

import torch
from torch import Tensor

from coaxial.engine.losses import mel_loss
from coaxial.engine.mel import log_mel, log_mel_spectrogram
from coaxial.engine.vits.batch import Batch, TrainingNoise
from coaxial.engine.vits.segment import frame_segments, segment_starts
from coaxial.engine.vits.synthesizer import Synthesizer

_NOISE_SCALE = 0.667


@torch.no_grad()
def mel_from_text(generator: Synthesizer, batch: Batch, noise: TrainingNoise) -> Tensor:
    """Mean absolute difference of log-mel spectrograms, nats, 0-dim, of the recordings and of their texts as spoken.

    Validation hears a recording and says it again. Here the network reads, and takes from the recording no more than
    how long each phoneme lasts. Put it into eval mode first.
    """
    condition = generator.condition(batch.speaker_ids)
    text = generator.encode_text(batch)
    speech = generator.encode_speech(batch, noise.posterior, condition)
    prior = generator.align(text, speech.sample, speech.mask, batch, condition)
    latent = prior.mean + _NOISE_SCALE * torch.exp(prior.log_deviation) * torch.randn_like(prior.mean)
    sample = generator.flow(latent, speech.mask, condition, inverse=True) * speech.mask
    starts = segment_starts(noise.segments, batch.frame_lengths)
    audio = generator.dec(frame_segments(sample, starts), condition)
    rate = generator.shape.sample_rate
    return mel_loss(log_mel(frame_segments(batch.spectrogram, starts), rate), log_mel_spectrogram(audio[:, 0], rate))
