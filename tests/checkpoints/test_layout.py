from __future__ import annotations

import pytest
import torch

from coaxial.checkpoints.layout import discriminator_layout, generator_layout
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer


def shapes_of(network: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


@pytest.mark.parametrize("speakers", [1, 3])
@pytest.mark.parametrize("quality", Quality)
def test_the_layout_of_every_tier_is_that_of_the_network(quality, speakers):
    shape = NetworkShape.of(quality, speakers)
    with torch.device("meta"):
        assert generator_layout(shape) == shapes_of(Synthesizer(shape))


def test_the_layout_of_the_discriminator_is_that_of_the_network():
    with torch.device("meta"):
        assert discriminator_layout() == shapes_of(MultiPeriodDiscriminator())
