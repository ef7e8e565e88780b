"""What the reader of headers finds in a file, and what it says of one that it refuses."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from coaxial.checkpoints.headers import read_headers
from coaxial.domain.errors import CoaxialError


def values_of(headers, name):
    with headers.values() as values:
        return np.concatenate([chunk.copy() for chunk in values.chunks(headers.state[name])])


def sentence(path):
    """What the reader says of a file it refuses, having taken little memory and time for it."""
    tracemalloc.start()
    start = time.monotonic()
    try:
        with pytest.raises(CoaxialError) as caught:
            assert read_headers(path).state is None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 60e6
    assert time.monotonic() - start < 60
    return str(caught.value)
