"""Our network and training step against piper.train's: same weights, same batch, same random numbers, float32."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import nn

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.step import losses_and_gradients, reconstruction
from coaxial.engine.vits.batch import draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer
from piper_reference import piper_losses, piper_model, random_batch, randomise

pytestmark = pytest.mark.reference

NETWORKS = [
    NetworkShape.of(Quality.X_LOW),
    NetworkShape.of(Quality.X_LOW, num_speakers=3),
    NetworkShape.of(Quality.MEDIUM, num_speakers=3),
    NetworkShape.of(Quality.HIGH),
]


def name(shape: NetworkShape) -> str:
    return f"{shape.hidden_channels}-{shape.upsample_initial_channel}-{shape.num_speakers}"


def gradients(network: nn.Module) -> dict[str, torch.Tensor]:
    return {key: parameter.grad.clone() for key, parameter in network.named_parameters() if parameter.grad is not None}


def same_networks(shape: NetworkShape) -> tuple[nn.Module, Synthesizer, MultiPeriodDiscriminator]:
    """piper's model and our two networks with the same random weights, without dropout."""
    torch.manual_seed(7)
    theirs = piper_model(shape).eval()
    randomise(theirs, seed=1)
    generator, discriminator = Synthesizer(shape).eval(), MultiPeriodDiscriminator().eval()
    generator.load_state_dict(theirs.model_g.state_dict())
    discriminator.load_state_dict(theirs.model_d.state_dict())
    return theirs, generator, discriminator


@pytest.mark.parametrize(("quality", "speakers"), list(product(Quality, (1, 3))))
def test_parameters_have_piper_s_names_order_and_shapes(quality: Quality, speakers: int) -> None:
    shape = NetworkShape.of(quality, speakers)
    theirs = piper_model(shape)
    ours = {"model_g": Synthesizer(shape), "model_d": MultiPeriodDiscriminator()}
    found = [(f"{prefix}.{k}", v.shape) for prefix, network in ours.items() for k, v in network.state_dict().items()]
    assert found == [(key, value.shape) for key, value in theirs.state_dict().items()]
    assert len(found) == (949 if quality is Quality.HIGH else 784) + (20 if speakers > 1 else 0)


def test_training_from_scratch_starts_where_piper_s_does() -> None:
    torch.manual_seed(0)
    shape = NetworkShape.of(Quality.MEDIUM, 3)
    theirs = piper_model(shape)
    ours = {"model_g": Synthesizer(shape), "model_d": MultiPeriodDiscriminator()}
    for key, expected in theirs.named_parameters():
        prefix, _, rest = key.partition(".")
        found = ours[prefix].get_parameter(rest)
        assert found.any() == expected.any(), key
        if expected.numel() >= 2000:
            torch.testing.assert_close(found.std(), expected.std(), rtol=0.15, atol=0, msg=key)
            torch.testing.assert_close(found.abs().max(), expected.abs().max(), rtol=0.5, atol=0, msg=key)


@pytest.mark.parametrize("shape", NETWORKS, ids=name)
def test_every_loss_and_every_gradient_is_piper_s(shape: NetworkShape) -> None:
    theirs, generator, discriminator = same_networks(shape)
    batch = random_batch(shape, frames=[40, 35], phonemes=[9, 6])
    noise = draw_noise(shape, batch, torch.Generator().manual_seed(2))
    loss_g, loss_d, metrics = piper_losses(theirs, batch, noise)
    losses = losses_and_gradients(generator, discriminator, batch, noise, shape)

    found = [losses.mel, losses.kl, losses.duration, losses.feature, losses.adversarial, losses.discriminator]
    expected = [metrics[key] for key in ("mel", "kl", "dur", "fm", "gen", "disc")]
    torch.testing.assert_close(torch.stack(found), torch.stack(expected), rtol=1e-4, atol=0)
    torch.testing.assert_close(losses.generator, loss_g.detach(), rtol=1e-4, atol=0)

    loss_g.backward()
    expect_same(gradients(generator), gradients(theirs.model_g))
    theirs.model_d.zero_grad()
    loss_d.backward()
    expect_same(gradients(discriminator), gradients(theirs.model_d))


def expect_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    whole = torch.stack([gradient.norm() for gradient in expected.values()]).norm()
    for key, gradient in expected.items():
        # A constant added to all keys moves all scores of a query alike: the gradient is zero but for rounding.
        if key.endswith("conv_k.bias"):
            assert max(found[key].norm(), gradient.norm()) < 1e-6 * whole, key
        else:
            assert gradient.norm() > 0, key
            assert (found[key] - gradient).norm() < 1e-4 * gradient.norm(), key


def test_validation_losses_are_those_of_the_step() -> None:
    shape = NETWORKS[0]
    _, generator, discriminator = same_networks(shape)
    batch = random_batch(shape, frames=[40, 35], phonemes=[9, 6])
    noise = draw_noise(shape, batch)
    found, expected = (
        reconstruction(generator, batch, noise),
        losses_and_gradients(generator, discriminator, batch, noise, shape),
    )
    assert (found.mel, found.kl, found.duration) == (expected.mel, expected.kl, expected.duration)


@pytest.mark.parametrize("shape", NETWORKS, ids=name)
@torch.inference_mode()
def test_it_speaks_as_piper_s_network_does(shape: NetworkShape) -> None:
    theirs, generator, _ = same_networks(shape)
    speaker = torch.tensor([2]) if shape.num_speakers > 1 else None
    for phonemes in (1, 2, 5, 30):
        ids = torch.randint(1, 256, (1, phonemes), generator=torch.Generator().manual_seed(phonemes))
        lengths = torch.tensor([phonemes])
        expected = theirs.model_g.infer(ids, lengths, speaker, 0.0, 1.3, 0.0)[0]
        found = generator.infer(ids, lengths, 0.0, 1.3, 0.0, speaker)
        assert found.shape == expected.shape
        assert (found - expected).abs().max() < 1e-4 * expected.abs().max()
