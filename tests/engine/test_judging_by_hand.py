"""The judges' pass by hand beside torch's own differentiation of the same network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from coaxial.engine.judging_by_hand import judge_by_hand, layer_of, pack
from coaxial.engine.losses import adversarial_loss, discriminator_loss, feature_loss
from coaxial.engine.unfolding import refold, unfold
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator

SCALE = 0.75


@pytest.fixture(scope="module")
def discriminator() -> MultiPeriodDiscriminator:
    torch.manual_seed(2)
    network = MultiPeriodDiscriminator()
    for judge in network.discriminators:
        for convolution in (*judge.convs, judge.conv_post):
            torch.nn.init.normal_(convolution.bias, 0.0, 0.1)
    return network


@pytest.fixture(scope="module")
def audio() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    real, generated = (0.3 * torch.randn(2, 1, 2051, generator=generator) for _ in range(2))
    return real, generated.requires_grad_()


def test_by_hand_is_what_torch_differentiates(discriminator, audio):
    real, generated = audio
    of_real, of_generated = discriminator(real, generated)
    total = discriminator_loss(of_real, of_generated)
    feature, adversarial = feature_loss(of_real, of_generated), adversarial_loss(of_generated)
    (of_audio,) = torch.autograd.grad((feature + adversarial) * SCALE, generated, retain_graph=True)
    expected = torch.autograd.grad(total * SCALE, list(discriminator.parameters()))

    discriminator.zero_grad()
    found = judge_by_hand(discriminator, real, generated, torch.float32, SCALE)
    torch.testing.assert_close(found.discriminator, total.detach(), rtol=1e-5, atol=0)
    torch.testing.assert_close(found.feature, feature.detach(), rtol=1e-5, atol=0)
    torch.testing.assert_close(found.adversarial, adversarial.detach(), rtol=1e-5, atol=0)
    # Where two activations are all but equal, rounding decides the sign that pulls them together.
    assert (found.audio_gradient - of_audio).norm() < 1e-4 * of_audio.norm()
    for parameter, gradient in zip(discriminator.parameters(), expected, strict=True):
        assert (parameter.grad - gradient).norm() <= 2e-5 * gradient.norm()


def test_windows_times_packed_weights_are_the_convolution(discriminator):
    generator = torch.Generator().manual_seed(1)
    for convolution in (*discriminator.discriminators[0].convs, discriminator.discriminators[0].conv_post):
        layer = layer_of(convolution, first=True)
        x = torch.randn(3, convolution.in_channels, 173, generator=generator)
        blocked = x.unflatten(1, (layer.groups, layer.inputs)).permute(1, 0, 3, 2).contiguous()
        product = torch.bmm(unfold(blocked, layer), pack(convolution, layer))
        found = product.unflatten(1, (3, -1)).permute(1, 0, 3, 2).flatten(1, 2)[:, : convolution.out_channels]
        torch.testing.assert_close(found, convolution(x), rtol=1e-4, atol=1e-5)


def test_refolding_is_the_transpose_of_unfolding(discriminator):
    generator = torch.Generator().manual_seed(1)
    for convolution in discriminator.discriminators[0].convs:
        layer = layer_of(convolution, first=True)
        x = torch.randn(layer.groups, 2, 97, layer.inputs, generator=generator)
        windows = unfold(x, layer)[..., : layer.taps]
        other = torch.randn(windows.shape, generator=generator)
        back = refold(other, layer, 2, 97).unflatten(2, (layer.groups, layer.inputs)).permute(2, 0, 1, 3)
        torch.testing.assert_close((windows * other).sum(), (x * back).sum(), rtol=1e-3, atol=1e-2)


def test_sequences_are_every_period_th_sample(discriminator):
    audio = torch.arange(22.0).view(1, 1, 22)
    assert discriminator.discriminators[0].sequences(audio).tolist() == [list(range(22))]
    padded = F.pad(audio, (0, 2), "reflect")[0, 0].tolist()
    assert discriminator.discriminators[2].sequences(audio).tolist() == [padded[start::3] for start in range(3)]
