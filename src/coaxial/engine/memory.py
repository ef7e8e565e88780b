"""Running out of memory, which torch, NVIDIA's libraries, Triton and processors each say in words of their own."""

from __future__ import annotations

_SAID = (
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "a primitive",
    "out of memory",
    "ALLOC_FAILED",
    "ALLOCATION_FAILED",
)
"""torch's CPU allocator, the C++ library, oneDNN (`could not create a primitive`), the CUDA driver by itself and
through Triton, cuBLAS, cuDNN 9."""


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that a device, or the machine, has no memory left."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(words in str(error) for words in _SAID)
    )
