"""Change of sample rate without aliasing."""

from __future__ import annotations

import numpy as np
import soxr

from coaxial.audio.decode import Samples


def resample(samples: Samples, rate: int, target: int) -> Samples:
    """Band-limited resampling with soxr at its 20-bit quality, beyond what 16-bit files can hold.

    samples: (n,) float32 at `rate` Hz. Returns: (about n · target / rate,) float32 at `target` Hz.
    """
    if rate == target or not len(samples):
        return samples
    return np.asarray(soxr.resample(samples, rate, target, quality="HQ"), dtype=np.float32)
