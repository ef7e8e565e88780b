"""The losses and gradients of one training step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coaxial.domain.quality import NetworkShape
from coaxial.engine.branches import branches
from coaxial.engine.gradients import add_gradients
from coaxial.engine.judgement import judge
from coaxial.engine.losses import MEL_WEIGHT, kl_loss, mel_loss
from coaxial.engine.mel import log_mel, log_mel_spectrogram
from coaxial.engine.vits.batch import Batch, TrainingNoise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.precision import full_precision
from coaxial.engine.vits.segment import frame_segments, sample_segments, segment_starts
from coaxial.engine.vits.synthesizer import Prior, Synthesizer


@dataclass(frozen=True)
class ReconstructionLosses:
    """How well the network speaks known clips; detached 0-dim float32 tensors on the batch's device."""

    mel: Tensor
    """Mean absolute difference of log-mel spectrograms, nats."""
    kl: Tensor
    """Nats per frame."""
    duration: Tensor
    """Nats per phoneme."""


@dataclass(frozen=True)
class StepLosses(ReconstructionLosses):
    """Every loss of one step; detached 0-dim float32 tensors on the batch's device, so that nothing waits for them."""

    feature: Tensor
    adversarial: Tensor
    discriminator: Tensor
    """The whole loss of the discriminator."""
    generator: Tensor
    """The whole loss of the generator: 45 mel + kl + duration + feature + adversarial."""


def losses_and_gradients(
    generator: Synthesizer,
    discriminator: MultiPeriodDiscriminator,
    batch: Batch,
    noise: TrainingNoise,
    shape: NetworkShape,
    loss_scale: float | Tensor = 1.0,
) -> StepLosses:
    """Add each network's gradients of its own loss, times loss_scale, to its parameters' `.grad`.

    Neither network gets gradients of the other's loss. Enter autocast around the call for less precision: losses,
    spectrograms, alignment, durations and the backward passes leave it by themselves. Text with alignment, durations,
    and sound have graphs of their own between leaves, so that they are walked beside each other, each of them once.
    """
    with_text, with_durations = branches(batch.audio.device)
    voice = generator.condition(batch.speaker_ids)
    with with_text:
        text = generator.encode_text(batch)
    speech = generator.encode_speech(batch, noise.posterior, voice)

    with with_text:
        aligned, log_deviation = _leaf(speech.sample), _leaf(speech.log_deviation)
        voice_aligned = _leaf(voice) if voice is not None else None
        prior = generator.align(text, aligned, speech.mask, batch, voice_aligned)
        with with_durations:
            duration = generator.duration_loss(text, prior.durations, noise.durations, voice)
            _backward(duration * loss_scale, None, generator.dp)
        kl = _kl(prior, log_deviation, speech.mask)
        _backward(kl * loss_scale, None, generator.enc_p, generator.flow, aligned, log_deviation, voice_aligned)

    heard = _leaf(speech.sample)
    voice_heard = _leaf(voice) if voice is not None else None
    starts = segment_starts(noise.segments, batch.frame_lengths)
    audio = generator.dec(frame_segments(heard, starts), voice_heard)
    generated = _leaf(audio)
    judgement = judge(discriminator, sample_segments(batch.audio, starts), generated, loss_scale)
    mel = _mel(batch, starts, generated, shape.sample_rate)
    (of_mel,) = torch.autograd.grad(MEL_WEIGHT * mel * loss_scale, generated)
    _backward(audio, judgement.audio_gradient + of_mel, generator.dec, heard, voice_heard)

    with_text.join()
    with_durations.join()
    encoded = [speech.sample, speech.log_deviation]
    gradients = [_sum(heard, aligned), _sum(log_deviation)]
    if voice is not None and voice_heard is not None and voice_aligned is not None:
        _backward([*encoded, voice], [*gradients, _sum(voice_heard, voice_aligned)], generator.enc_q, generator.emb_g)
    else:
        _backward(encoded, gradients, generator.enc_q)
    reconstruction_total = MEL_WEIGHT * mel + kl + duration
    return StepLosses(
        mel=mel.detach(),
        kl=kl.detach(),
        duration=duration.detach(),
        feature=judgement.feature,
        adversarial=judgement.adversarial,
        discriminator=judgement.discriminator,
        generator=(reconstruction_total + judgement.feature + judgement.adversarial).detach(),
    )


@torch.no_grad()
def reconstruction(generator: Synthesizer, batch: Batch, noise: TrainingNoise) -> ReconstructionLosses:
    """The losses that need no discriminator, without gradients; for validation, where the noise should be fixed.

    Put the network into eval mode first.
    """
    output = generator(batch, noise)
    mel = _mel(batch, output.starts, output.audio, generator.shape.sample_rate)
    kl = _kl(output.prior, output.speech.log_deviation, output.speech.mask)
    return ReconstructionLosses(mel=mel, kl=kl, duration=output.duration)


def _leaf(tensor: Tensor) -> Tensor:
    """Where a graph of its own begins: the same values, with gradients kept in `.grad`."""
    return tensor.detach().requires_grad_()


def _backward(
    of: Tensor | Sequence[Tensor], gradient: Tensor | Sequence[Tensor] | None, *into: nn.Module | Tensor | None
) -> None:
    """Add gradients to modules' parameters and to leaves, and to nothing else."""
    leaves: list[Tensor] = []
    for each in into:
        leaves += each.parameters() if isinstance(each, nn.Module) else [each] if each is not None else []
    with full_precision(leaves[0]):
        add_gradients(leaves, of, gradient)


def _sum(*leaves: Tensor) -> Tensor:
    """Of the gradients that came to leaves of one tensor."""
    total = sum(leaf.grad for leaf in leaves if leaf.grad is not None)
    assert isinstance(total, Tensor)
    return total


def _mel(batch: Batch, starts: Tensor, audio: Tensor, sample_rate: int) -> Tensor:
    with full_precision(audio):
        real = log_mel(frame_segments(batch.spectrogram, starts), sample_rate)
        return mel_loss(real, log_mel_spectrogram(audio.squeeze(1), sample_rate))


def _kl(prior: Prior, posterior_log_deviation: Tensor, mask: Tensor) -> Tensor:
    with full_precision(mask):
        return kl_loss(prior.latent, posterior_log_deviation, prior.mean, prior.log_deviation, mask)
