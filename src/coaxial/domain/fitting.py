"""Whether a base checkpoint's network is the one that a dataset needs: one rule, for inspecting and for training."""

from __future__ import annotations

from coaxial.domain.errors import BaseMismatch
from coaxial.domain.quality import NetworkShape, Quality


def misfits(
    name: str, base: Quality, shape: NetworkShape, quality: Quality, speakers: int, num_symbols: int
) -> list[BaseMismatch]:
    """Every reason why a dataset cannot start from a base, each as the error to raise; empty where it can.

    name: of the base's file. base, shape: its tier and network. The rest is the dataset's.
    """
    found = []
    if base is not quality:
        found.append(
            BaseMismatch(
                f"{name} is a {base} checkpoint ({shape.sample_rate} Hz) and this dataset is "
                f"{quality} ({quality.sample_rate} Hz).",
                remedy=f"Prepare the dataset with --quality {base}, or choose a {quality} checkpoint.",
            )
        )
    if shape.num_speakers > 1 and speakers == 1:
        found.append(
            BaseMismatch(
                f"{name} speaks with {shape.num_speakers} speakers and this dataset has one.",
                remedy="Choose a checkpoint of a single speaker.",
            )
        )
    if shape.num_symbols != num_symbols:
        found.append(
            BaseMismatch(
                f"{name} knows {shape.num_symbols} phoneme symbols and this dataset uses {num_symbols}.",
                remedy="Choose a checkpoint with Piper's default phoneme map.",
            )
        )
    return found
