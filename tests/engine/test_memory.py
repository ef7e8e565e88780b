"""Memory that really runs out: a child process whose address space is limited once training has begun."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine.conftest import write_dataset

_CHILD = """
import resource, sys
from pathlib import Path
import torch
from coaxial.domain.errors import OutOfMemory
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.trainer import Trainer

class Printed(Silent):
    def say(self, sentence):
        print(sentence)

dataset = PreparedDataset.load(Path(sys.argv[1]))
compute = Compute(torch.device("cpu"), "fp32")
corpus = Corpus(dataset, dataset.clips, compute.device)
trainer = Trainer(NetworkShape.of(dataset.quality), TrainOptions(Budget(steps=2)), compute, Printed())
trainer.update(corpus, [0], 1, 1e-4)
taken = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]) * 2**20,) * 2)
try:
    losses = trainer.update(corpus, range(len(corpus.clips)), 2, 1e-4)
    print("finite", all(bool(torch.isfinite(value)) for value in losses.values()))
except OutOfMemory as error:
    print("OutOfMemory", error)
"""


@pytest.fixture(scope="module")
def long_hum(tmp_path_factory):
    """Clips of seven to eight seconds, which together take much more memory than one of them."""
    return write_dataset(tmp_path_factory.mktemp("long") / "dataset", clips=24, held_out=0, seconds=(7.0, 8.0))


def update_within(dataset, megabytes: int) -> str:
    command = [sys.executable, "-c", _CHILD, str(dataset.folder), str(megabytes)]
    # Freed tensors go back to the system at once, as on a GPU, and do not stay in the heap that the limit counts.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_a_batch_that_does_not_fit_is_computed_in_parts_and_training_goes_on(long_hum):
    said = update_within(long_hum, 1700)
    assert "Out of memory: from here on a batch is computed in parts" in said
    assert said.splitlines()[-1] == "finite True"


@pytest.mark.slow
def test_a_clip_that_does_not_fit_alone_is_told_in_a_sentence(long_hum):
    said = update_within(long_hum, 300)
    assert said.splitlines()[-1].startswith("OutOfMemory The memory of CPU")
