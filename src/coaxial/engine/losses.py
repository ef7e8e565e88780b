"""The six terms of VITS training (Kim et al. 2021, section 2.3); each takes any precision and computes in float32."""

from __future__ import annotations

import torch
from torch import Tensor

from coaxial.engine.vits.discriminator import Features

MEL_WEIGHT = 45.0
"""Of the mel term in the generator's loss."""


def mel_loss(real: Tensor, generated: Tensor) -> Tensor:
    """Mean absolute difference of log-mel spectrograms (B, 80, T), nats, not yet weighted."""
    return _mean_distance(generated, real)


def kl_loss(
    latent: Tensor, posterior_log_deviation: Tensor, prior_mean: Tensor, prior_log_deviation: Tensor, mask: Tensor
) -> Tensor:
    """Divergence of the posterior from the prior, one sample for the expectation: nats per frame.

    latent: (B, C, T), the posterior's sample as the prior sees it, after the flow; mask: (B, 1, T).
    """
    prior_log_deviation = prior_log_deviation.float()
    distance = (latent.float() - prior_mean.float()).square() * torch.exp(-2 * prior_log_deviation)
    divergence = prior_log_deviation - posterior_log_deviation.float() - 0.5 + 0.5 * distance
    return (divergence * mask).sum() / mask.sum()


def feature_loss(real: list[Features], generated: list[Features]) -> Tensor:
    """Twice the sum of mean absolute differences of all the judges' activations; the real ones are given."""
    differences = [
        _mean_distance(ours, theirs.detach())
        for judge_real, judge_generated in zip(real, generated, strict=True)
        for theirs, ours in zip(judge_real, judge_generated, strict=True)
    ]
    return 2 * torch.stack(differences).sum()


def adversarial_loss(generated: list[Features]) -> Tensor:
    """Least-squares loss (Mao et al. 2017) of the generator: how far the judges' scores are from 1."""
    return torch.stack([(1 - features[-1].float()).square().mean() for features in generated]).sum()


def discriminator_loss(real: list[Features], generated: list[Features]) -> Tensor:
    """Least-squares loss of the judges: how far real scores are from 1 and generated ones from 0."""
    of_real = [(1 - features[-1].float()).square().mean() for features in real]
    of_generated = [features[-1].float().square().mean() for features in generated]
    return torch.stack(of_real + of_generated).sum()


def _mean_distance(found: Tensor, wanted: Tensor) -> Tensor:
    # Dividing the sum keeps its backward pass from dividing every element.
    return (found.float() - wanted.float()).abs().sum() / found.numel()
