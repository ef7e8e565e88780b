"""A checkpoint of the size of a real one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.domain.quality import Quality
from old_checkpoints import full_size_checkpoint  # noqa: F401  a fixture


def inspected_in_a_process(path):
    """Tier of a checkpoint, and the peak memory in MB of a process that only inspects it."""
    program = (
        "import sys; from pathlib import Path; from coaxial.checkpoints.inspection import inspect_checkpoint\n"
        "found = inspect_checkpoint(Path(sys.argv[1]))\n"
        "print(found.quality, *(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    quality, _, kilobytes, _ = subprocess.check_output([sys.executable, "-c", program, str(path)], text=True).split()
    return quality, int(kilobytes) / 1000


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells peak memory there")
def test_a_checkpoint_of_full_size_is_inspected_in_little_memory(full_size_checkpoint):  # noqa: F811
    assert full_size_checkpoint.stat().st_size == pytest.approx(845_898_328, rel=1e-3)
    quality, megabytes = inspected_in_a_process(full_size_checkpoint)
    assert quality == "medium"
    assert megabytes < 200
    found = inspect_checkpoint(full_size_checkpoint)
    assert (found.generator_parameters, found.discriminator_parameters) == (23_663_792, 46_747_132)
    assert (found.broken_weights, found.missing, found.unknown) == (0, (), ())
    assert replace(found, broken_weights=None, broken_generator=None) == inspect_checkpoint(
        full_size_checkpoint, weights=False
    )
    assert fits(found, Quality.MEDIUM, 1, 256) == []
