"""Telling a network from its tensors: file names and labels lie, shapes do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from coaxial.domain.quality import NetworkShape, Quality

TensorShapes = Mapping[str, Sequence[int]]
"""State-dict key, without the `model_g.` prefix, to tensor shape."""


def recognise(shapes: TensorShapes, sample_rate: int | None) -> tuple[Quality, NetworkShape] | None:
    """The tier and network whose generator has these tensors; None where it is no tier of Piper's.

    low and medium are the same network at two rates: sample_rate (Hz) tells them apart, None means medium.
    """
    try:
        hidden = shapes["enc_p.emb.weight"][1]
        symbols = shapes["enc_p.emb.weight"][0]
        initial = shapes["dec.conv_pre.weight"][0]
    except (KeyError, IndexError):
        return None
    speakers = shapes["emb_g.weight"][0] if "emb_g.weight" in shapes else 1
    for quality in (Quality.MEDIUM, Quality.LOW, Quality.X_LOW, Quality.HIGH):
        shape = NetworkShape.of(quality, speakers)
        fits = (hidden, initial) == (shape.hidden_channels, shape.upsample_initial_channel)
        if fits and (sample_rate is None or sample_rate == shape.sample_rate):
            return quality, replace(shape, num_symbols=symbols)
    return None
