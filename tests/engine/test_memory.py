"""Memory that really runs out: a child process whose address space or GPU memory is limited once training has begun."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from coaxial.domain.quality import Quality
from coaxial.engine.memory import ran_out_of_memory
from engine.conftest import write_dataset

_BEGUN = """
import resource, sys
from pathlib import Path
import torch
from coaxial.domain.errors import OutOfMemory
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import choose_compute
from coaxial.engine.trainer import Trainer

class Printed(Silent):
    def say(self, sentence):
        print(sentence)

dataset = PreparedDataset.load(Path(sys.argv[1]))
compute = choose_compute(sys.argv[2], "fp32")
corpus = Corpus(dataset, dataset.clips, compute.device)
trainer = Trainer(NetworkShape.of(dataset.quality), TrainOptions(Budget(steps=2)), compute, Printed())
trainer.update(corpus, [0], 1, 1e-4)
"""

_LIMIT_OF_A_PROCESS = """
taken = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[3]) * 2**20,) * 2)
"""

_LIMIT_OF_A_GPU = """
one, all_ = (trainer.memory_taken(corpus, range(clips)) for clips in (1, len(corpus.clips)))
torch.cuda.empty_cache()
most = torch.cuda.memory_reserved() + (one + all_) // 2
torch.cuda.set_per_process_memory_fraction(most / torch.cuda.get_device_properties(0).total_memory)
"""

_GOES_ON = """
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
    child = _BEGUN + _LIMIT_OF_A_PROCESS + _GOES_ON
    command = [sys.executable, "-c", child, str(dataset.folder), "cpu", str(megabytes)]
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


@pytest.mark.slow
@pytest.mark.cuda
def test_a_batch_that_does_not_fit_on_a_gpu_is_computed_in_parts_and_goes_on_being_replayed(long_hum):
    child = _BEGUN + _LIMIT_OF_A_GPU + _GOES_ON
    command = [sys.executable, "-c", child, str(long_hum.folder), "cuda"]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "Out of memory: from here on a batch is computed in parts" in said
    assert "CUDA graphs" not in said
    assert said.splitlines()[-1] == "finite True"


@pytest.mark.parametrize(
    "said",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "Triton Error [CUDA]: out of memory",
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
        "could not create a primitive",
    ],
)
def test_memory_that_is_full_is_known_by_whoever_says_so(said):
    assert ran_out_of_memory(RuntimeError(said))


def test_other_errors_are_not_taken_for_full_memory():
    assert not ran_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))
    assert not ran_out_of_memory(ValueError("out of memory"))


def test_a_machine_without_room_for_the_networks_is_told_in_a_sentence(hum):
    limit = """
taken = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (taken + 100 * 2**20,) * 2)
"""
    child = _TOO_SMALL.replace(_LIMITED, limit).replace('"cuda"', '"cpu"')
    command = [sys.executable, "-c", child, str(hum.folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said.startswith("OutOfMemory The memory of CPU") and "too small for this network" in said


@pytest.mark.cuda
def test_a_gpu_without_room_for_the_networks_is_told_in_a_sentence(hum):
    command = [sys.executable, "-c", _TOO_SMALL, str(hum.folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said.startswith("OutOfMemory The memory of ") and "too small for this network" in said


@pytest.mark.cuda
def test_medium_trains_in_batches_of_eight_within_8_gib(tmp_path):
    dataset = write_dataset(tmp_path / "dataset", clips=18, held_out=2, quality=Quality.MEDIUM, seconds=(5.0, 8.0))
    command = [sys.executable, "-c", _WITHIN_8_GIB, str(dataset.folder), str(tmp_path / "run")]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "batches of 8, 2 steps an epoch" in said
    assert "Out of memory" not in said
    assert said.splitlines()[-1] == "trained 4 steps, all of it in less than 8 GiB"


_WITHIN_8_GIB = """
import sys
from pathlib import Path
import torch
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.engine.train import train

MOST = 8 * 2**30

class Printed(Silent):
    def say(self, sentence):
        print(sentence)

dataset, folder = PreparedDataset.load(Path(sys.argv[1])), Path(sys.argv[2])
torch.cuda.set_per_process_memory_fraction(MOST / torch.cuda.get_device_properties(0).total_memory)
result = train(folder, dataset, TrainOptions(Budget(steps=4), batch_size=8, device="cuda"), Printed())
taken = torch.cuda.max_memory_reserved()
print(f"trained {result.step} steps, all of it in", "less than 8 GiB" if taken < MOST else f"{taken} bytes")
"""


_LIMITED = """
torch.cuda.set_per_process_memory_fraction(300 * 2**20 / torch.cuda.get_device_properties(0).total_memory)
"""

_TOO_SMALL = f"""
import resource, sys, tempfile
from pathlib import Path
import torch
from coaxial.domain.errors import OutOfMemory
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.engine.train import train
{_LIMITED}
with tempfile.TemporaryDirectory() as folder:
    try:
        dataset, options = PreparedDataset.load(Path(sys.argv[1])), TrainOptions(Budget(steps=1), device="cuda")
        train(Path(folder), dataset, options, Silent())
    except OutOfMemory as error:
        print("OutOfMemory", error)
"""
