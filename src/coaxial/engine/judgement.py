"""What the judges make of real and generated audio: both sides' losses, and the gradients for both."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from coaxial.engine.gradients import add_gradients
from coaxial.engine.losses import adversarial_loss, discriminator_loss, feature_loss
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.precision import full_precision


@dataclass(frozen=True)
class Judgement:
    """Losses of all judges together, 0-dim float32, and what the generator is told."""

    feature: Tensor
    adversarial: Tensor
    discriminator: Tensor
    audio_gradient: Tensor
    """(B, 1, samples) float32: of feature and adversarial loss, scaled, on the generated audio."""


def judge(
    discriminator: MultiPeriodDiscriminator, real: Tensor, generated: Tensor, loss_scale: float | Tensor
) -> Judgement:
    """Judge audio, and add the gradients of the judges' own loss, times loss_scale, to their parameters' `.grad`.

    real, generated: (B, 1, samples), generated a leaf that needs gradients. The same weights judge both losses, so one
    pass over real and one over generated audio serve the two: half the work, identical gradients. On a GPU the pass is
    written out by hand, which takes a third of the time.
    """
    if real.is_cuda:
        from coaxial.engine.judging_by_hand import judge_by_hand

        device = real.device.type
        autocast = torch.is_autocast_enabled(device)
        dtype = torch.get_autocast_dtype(device) if autocast else torch.float32
        with full_precision(real):
            return judge_by_hand(discriminator, real, generated, dtype, loss_scale)
    return judge_by_torch(discriminator, real, generated, loss_scale)


def judge_by_torch(
    discriminator: MultiPeriodDiscriminator, real: Tensor, generated: Tensor, loss_scale: float | Tensor
) -> Judgement:
    """`judge` as torch differentiates it."""
    of_real, of_generated = discriminator(real, generated)
    with full_precision(generated):
        total = discriminator_loss(of_real, of_generated)
        feature, adversarial = feature_loss(of_real, of_generated), adversarial_loss(of_generated)
        (gradient,) = torch.autograd.grad((feature + adversarial) * loss_scale, generated, retain_graph=True)
        add_gradients(list(discriminator.parameters()), total * loss_scale)
    return Judgement(feature.detach(), adversarial.detach(), total.detach(), gradient)
