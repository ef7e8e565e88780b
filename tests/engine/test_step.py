"""A training step: both networks' own gradients from one pass, and nothing in it that waits for the device."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.losses import MEL_WEIGHT, adversarial_loss, discriminator_loss, feature_loss, kl_loss, mel_loss
from coaxial.engine.mel import log_mel, log_mel_spectrogram
from coaxial.engine.step import losses_and_gradients, reconstruction
from coaxial.engine.vits.batch import Batch, TrainingNoise, draw_noise
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.segment import frame_segments, sample_segments, segment_starts
from coaxial.engine.vits.synthesizer import Synthesizer
from piper_reference import random_batch, randomise

SHAPE = NetworkShape.of(Quality.X_LOW)
Networks = tuple[Synthesizer, MultiPeriodDiscriminator]


class NothingWaits(TorchDispatchMode):
    """Refuses every operation whose result, or whose result's shape, the host has to read from the device."""

    _FORBIDDEN = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "equal", "is_nonzero")

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        masked = name in ("index", "index_put", "index_put_") and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        assert name not in self._FORBIDDEN and not name.startswith("unique") and not masked, f"{name} waits"
        return func(*args, **(kwargs or {}))


@pytest.fixture(scope="module")
def made_networks() -> Networks:
    torch.manual_seed(5)
    generator, discriminator = Synthesizer(SHAPE), MultiPeriodDiscriminator()
    randomise(generator, seed=1)
    return generator.eval(), discriminator.eval()


@pytest.fixture
def networks(made_networks: Networks) -> Networks:
    for network in made_networks:
        network.zero_grad()
    return made_networks


@pytest.fixture(scope="module")
def batch() -> Batch:
    return random_batch(SHAPE, frames=[40, 34], phonemes=[7, 5])


@pytest.fixture(scope="module")
def noise(batch: Batch) -> TrainingNoise:
    return draw_noise(SHAPE, batch, torch.Generator().manual_seed(1))


def gradients(network: nn.Module) -> list[Tensor]:
    found = [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]
    network.zero_grad()
    return found


def close(found: list[Tensor], expected: list[Tensor], tolerance: float = 1e-5) -> bool:
    size = torch.stack([gradient.norm() for gradient in expected]).norm()
    assert len(found) == len(expected) > 0
    difference = torch.stack([(ours - theirs).norm() for ours, theirs in zip(found, expected, strict=True)]).norm()
    return bool(difference <= tolerance * size)


@pytest.mark.parametrize(
    "waiting",
    [lambda x: x.sum().item(), lambda x: x[x > 0], lambda x: bool(x.any()), lambda x: x[: x.long().max()]],
    ids=["item", "boolean index", "bool", "slice"],
)
def test_the_watch_sees_what_waits(waiting: Callable[[Tensor], object]) -> None:
    with pytest.raises(AssertionError, match="waits"), NothingWaits():
        waiting(torch.randn(3))


def test_nothing_in_a_step_waits_for_the_device(networks: Networks, batch: Batch) -> None:
    generator, discriminator = networks
    generator.train()
    with NothingWaits():
        losses_and_gradients(generator, discriminator, batch, draw_noise(SHAPE, batch), SHAPE)
        reconstruction(generator.eval(), batch, draw_noise(SHAPE, batch))
    assert gradients(generator) and gradients(discriminator)


def test_every_tensor_of_a_step_is_made_where_the_batch_lies(
    batch: Batch,
) -> None:
    # The meta device computes shapes only and refuses to meet tensors of the CPU; it knows no autocast.
    with torch.device("meta"):
        generator, discriminator = Synthesizer(SHAPE), MultiPeriodDiscriminator()
    elsewhere = batch.to("meta")
    with patch("torch.autocast", lambda *_, **__: nullcontext()):
        losses = losses_and_gradients(generator, discriminator, elsewhere, draw_noise(SHAPE, elsewhere), SHAPE)
    assert {value.device.type for value in vars(losses).values()} == {"meta"}
    assert len(gradients(generator)) == len(list(generator.parameters()))


@pytest.mark.slow
def test_the_training_pass_is_one_graph_without_a_break(networks: Networks) -> None:
    generator, _ = networks
    batch = random_batch(SHAPE, frames=[34, 32], phonemes=[5, 4])
    noise = draw_noise(SHAPE, batch)
    traced = torch.compile(generator, fullgraph=True, backend="eager")(batch, noise)
    torch.testing.assert_close(traced.audio, generator(batch, noise).audio)


@pytest.mark.cuda
@pytest.mark.parametrize("bf16", [False, True])
def test_nothing_in_a_step_waits_for_a_gpu(batch: Batch, bf16: bool) -> None:
    generator, discriminator = Synthesizer(SHAPE).cuda(), MultiPeriodDiscriminator().cuda()
    on_gpu = batch.to("cuda")
    for mode in ("default", "error"):
        noise = draw_noise(SHAPE, on_gpu)
        torch.cuda.set_sync_debug_mode(mode)
        try:
            with torch.autocast("cuda", dtype=torch.bfloat16, enabled=bf16):
                losses_and_gradients(generator, discriminator, on_gpu, noise, SHAPE)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert all(torch.isfinite(gradient).all() for gradient in gradients(generator))


@pytest.mark.cuda
@pytest.mark.parametrize(
    ("precision", "tolerance"),
    [(torch.float32, 1e-4), (torch.bfloat16, 2e-2), (torch.float16, 2e-2)],
    ids=["fp32", "bf16", "fp16"],
)
def test_a_step_on_a_gpu_is_the_one_on_the_cpu(
    networks: Networks,
    batch: Batch,
    noise: TrainingNoise,
    exact_products: None,
    precision: torch.dtype,
    tolerance: float,
) -> None:
    expected = losses_and_gradients(*networks, batch, noise, SHAPE)
    expected_gradients = [gradients(network) for network in networks]
    generator, discriminator = (copy.deepcopy(network).cuda() for network in networks)
    moved = TrainingNoise(**{name: value.cuda() for name, value in vars(noise).items()})
    scale = torch.tensor(16.0 if precision is torch.float16 else 1.0, device="cuda")
    with torch.autocast("cuda", dtype=precision, enabled=precision is not torch.float32):
        found = losses_and_gradients(generator, discriminator, batch.to("cuda"), moved, SHAPE, scale)
    for term, value in vars(expected).items():
        torch.testing.assert_close(getattr(found, term).cpu(), value, rtol=tolerance, atol=0, msg=term)
    for network, theirs in zip((generator, discriminator), expected_gradients, strict=True):
        ours = [gradient.cpu() / scale.cpu() for gradient in gradients(network)]
        assert close(ours, theirs, tolerance)


def test_one_pass_of_the_discriminator_gives_the_gradients_of_two(
    networks: Networks, batch: Batch, noise: TrainingNoise
) -> None:
    generator, discriminator = networks
    losses = losses_and_gradients(generator, discriminator, batch, noise, SHAPE)
    ours = gradients(generator), gradients(discriminator)

    # Two steps as in the paper's own training: the generator's through the judges, then the judges' on fixed audio.
    output = generator(batch, noise)
    real = sample_segments(batch.audio, output.starts)
    of_real, of_generated = discriminator(real, output.audio)
    judged = feature_loss(of_real, of_generated) + adversarial_loss(of_generated)
    (judged + _without_judges(output, batch)).backward()
    for_generator = gradients(generator)
    discriminator.zero_grad()
    total = discriminator_loss(*discriminator(real, output.audio.detach()))
    total.backward()
    assert close(ours[0], for_generator)
    assert close(ours[1], gradients(discriminator))
    torch.testing.assert_close(losses.discriminator, total.detach())


def _without_judges(output: Any, batch: Batch) -> Tensor:
    real = log_mel(frame_segments(batch.spectrogram, output.starts), SHAPE.sample_rate)
    mel = mel_loss(real, log_mel_spectrogram(output.audio.squeeze(1), SHAPE.sample_rate))
    prior, speech = output.prior, output.speech
    kl = kl_loss(prior.latent, speech.log_deviation, prior.mean, prior.log_deviation, speech.mask)
    return MEL_WEIGHT * mel + kl + output.duration


def test_gradients_accumulate_scaled_over_micro_batches(networks: Networks, batch: Batch, noise: TrainingNoise) -> None:
    generator, discriminator = networks
    losses_and_gradients(generator, discriminator, batch, noise, SHAPE)
    whole = gradients(generator), gradients(discriminator)
    for scale in (0.75, 0.25):
        losses_and_gradients(generator, discriminator, batch, noise, SHAPE, loss_scale=scale)
    assert close(gradients(generator), whole[0])
    assert close(gradients(discriminator), whole[1])


def test_the_losses_carry_no_graph_and_the_generator_s_is_their_weighted_sum(
    networks: Networks, batch: Batch, noise: TrainingNoise
) -> None:
    losses = losses_and_gradients(*networks, batch, noise, SHAPE)
    assert not any(value.requires_grad or value.ndim or value.dtype != torch.float32 for value in vars(losses).values())
    parts = MEL_WEIGHT * losses.mel + losses.kl + losses.duration + losses.feature + losses.adversarial
    torch.testing.assert_close(losses.generator, parts)


def test_the_same_noise_gives_the_same_step_bit_for_bit(networks: Networks, batch: Batch, noise: TrainingNoise) -> None:
    generator, discriminator = networks
    runs = []
    for _ in range(2):
        losses = losses_and_gradients(generator, discriminator, batch, noise, SHAPE)
        runs.append([*vars(losses).values(), *gradients(generator), *gradients(discriminator)])
    assert all(torch.equal(first, second) for first, second in zip(*runs, strict=True))


def test_bfloat16_comes_close_to_float32(networks: Networks, batch: Batch, noise: TrainingNoise) -> None:
    generator, discriminator = networks
    exact = losses_and_gradients(generator, discriminator, batch, noise, SHAPE)
    expected = gradients(generator), gradients(discriminator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        coarse = losses_and_gradients(generator, discriminator, batch, noise, SHAPE)
    for term, value in vars(exact).items():
        torch.testing.assert_close(getattr(coarse, term), value, rtol=1e-2, atol=0, msg=term)
    assert close(gradients(generator), expected[0], tolerance=2e-2)
    assert close(gradients(discriminator), expected[1], tolerance=2e-2)


def test_a_batch_and_its_noise_move_nowhere_else_than_asked(batch: Batch) -> None:
    moved = batch.to("meta")
    assert {value.device.type for value in vars(moved).values() if value is not None} == {"meta"}
    assert moved.audio.shape == batch.audio.shape and moved.speaker_ids is None


def test_segments_lie_inside_every_clip_and_cut_sound_and_frames_alike() -> None:
    lengths = torch.tensor([32, 33, 90, 90])
    for uniform in (0.0, 0.5, 1 - 2**-24):
        starts = segment_starts(torch.full((4,), uniform), lengths)
        assert (starts >= 0).all() and (starts + 32 <= lengths).all()
    assert segment_starts(torch.full((4,), 1 - 2**-24), lengths).tolist() == [0, 1, 58, 58]
    frames = torch.arange(90.0).expand(4, 2, 90)
    samples = torch.arange(90 * 256.0).expand(4, -1)
    cut = frame_segments(frames, starts), sample_segments(samples, starts)
    assert torch.equal(cut[0][:, 0] * 256, cut[1][:, 0, ::256])


def test_random_numbers_follow_the_generator_alone(batch: Batch) -> None:
    first, again, other = (draw_noise(SHAPE, batch, torch.Generator().manual_seed(seed)) for seed in (8, 8, 9))
    assert torch.equal(first.posterior, again.posterior) and torch.equal(first.durations, again.durations)
    assert not torch.equal(first.posterior, other.posterior)
    assert ((first.segments >= 0) & (first.segments < 1)).all()
