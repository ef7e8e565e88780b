"""The losses and gradients of one training step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from coaxial.domain.quality import NetworkShape
from coaxial.engine.losses import (
    MEL_WEIGHT,
    adversarial_loss,
    discriminator_loss,
    feature_loss,
    kl_loss,
    mel_loss,
)
from coaxial.engine.mel import log_mel, log_mel_spectrogram
from coaxial.engine.vits.batch import Batch, TrainingNoise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.precision import full_precision
from coaxial.engine.vits.segment import frame_segments, sample_segments
from coaxial.engine.vits.synthesizer import Synthesizer, TrainingOutput


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
    loss_scale: float = 1.0,
) -> StepLosses:
    """Add each network's gradients of its own loss, times loss_scale, to its parameters' `.grad`.

    Neither network gets gradients of the other's loss. Enter autocast around the call for bfloat16: losses,
    spectrograms, alignment, durations and the backward passes leave it by themselves.
    """
    output = generator(batch, noise)
    # A leaf of its own: the judges' graph ends here, and the generator's is walked once, with the sum of all gradients.
    generated = output.audio.detach().requires_grad_()
    real = sample_segments(batch.audio, output.starts)
    # The same weights judge both losses, so one pass over real and one over generated audio serve the two:
    # half the discriminator's work, identical gradients.
    of_real, of_generated = discriminator(real, generated)

    with full_precision(generated):
        discriminator_total = discriminator_loss(of_real, of_generated)
        mel = _mel(batch, output, generated, shape.sample_rate)
        feature, adversarial = feature_loss(of_real, of_generated), adversarial_loss(of_generated)
        kl = _kl(output)
        of_audio = MEL_WEIGHT * mel + feature + adversarial
        (audio_gradient,) = torch.autograd.grad(of_audio * loss_scale, generated, retain_graph=True)
        torch.autograd.backward(discriminator_total * loss_scale, inputs=list(discriminator.parameters()))
        of_latent = (kl + output.duration) * loss_scale
        torch.autograd.backward([output.audio, of_latent], [audio_gradient, None], inputs=list(generator.parameters()))
    return StepLosses(
        mel=mel.detach(),
        kl=kl.detach(),
        duration=output.duration.detach(),
        feature=feature.detach(),
        adversarial=adversarial.detach(),
        discriminator=discriminator_total.detach(),
        generator=(of_audio + kl + output.duration).detach(),
    )


@torch.no_grad()
def reconstruction(generator: Synthesizer, batch: Batch, noise: TrainingNoise) -> ReconstructionLosses:
    """The losses that need no discriminator, without gradients; for validation, where the noise should be fixed.

    Put the network into eval mode first.
    """
    output = generator(batch, noise)
    mel = _mel(batch, output, output.audio, generator.shape.sample_rate)
    with full_precision(mel):
        return ReconstructionLosses(mel=mel, kl=_kl(output), duration=output.duration)


def _mel(batch: Batch, output: TrainingOutput, audio: Tensor, sample_rate: int) -> Tensor:
    real = log_mel(frame_segments(batch.spectrogram, output.starts), sample_rate)
    return mel_loss(real, log_mel_spectrogram(audio.squeeze(1), sample_rate))


def _kl(output: TrainingOutput) -> Tensor:
    return kl_loss(
        output.latent,
        output.posterior_log_deviation,
        output.prior_mean,
        output.prior_log_deviation,
        output.frame_mask,
    )
