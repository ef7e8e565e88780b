"""Which device trains, at which precision, proven by running a kernel on it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from coaxial.domain.errors import InvalidOption
from coaxial.engine import kernels
from coaxial.engine.memory import ran_out_of_memory


@dataclass(frozen=True)
class DeviceReport:
    """What one device is and whether it really computes."""

    name: str
    kind: str
    """cpu or cuda."""
    memory_bytes: int
    works: bool
    detail: str
    """Driver and compute capability where it works, the reason and the remedy where not."""


@dataclass(frozen=True)
class Compute:
    """Where and how a run computes."""

    device: torch.device
    precision: str
    """fp32, bf16 or fp16."""
    passed_over: tuple[str, ...] = ()
    """Why each GPU that is there was not taken, where the choice was open."""

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """Matrix products and convolutions in the run's precision; fp32 leaves everything as it is."""
        if self.precision == "fp32":
            yield
        else:
            with torch.autocast(self.device.type, dtype=_DTYPES[self.precision]):
                yield

    @property
    def is_without_bf16(self) -> bool:
        """Whether this is a GPU that leaves the choice between fp16 and fp32."""
        return self.device.type == "cuda" and torch.cuda.get_device_capability(self.device) < _FIRST_WITH_BF16

    def __str__(self) -> str:
        return f"{device_name(self.device)}, {self.precision}"


_FIRST_WITH_BF16 = (8, 0)
"""Compute capability of the first cards that multiply bf16."""

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def choose_compute(device: str = "auto", precision: str = "auto") -> Compute:
    """The device and precision for a run; auto takes the first GPU that passes a real kernel, else the CPU.

    bf16 is chosen where the GPU has it in hardware (compute capability 8.0 and later), else fp32; what fp16 is worth
    there, a step has to tell. Raises: InvalidOption.
    """
    chosen, passed_over = _auto_device() if device == "auto" else (_named_device(device), ())
    has_bf16 = chosen.type == "cuda" and torch.cuda.get_device_capability(chosen) >= _FIRST_WITH_BF16
    if precision == "bf16" and chosen.type == "cuda" and not has_bf16:
        raise InvalidOption(
            f"{device_name(chosen)} does not compute in bf16.",
            remedy="Use --precision fp16 or fp32, or leave it at auto.",
        )
    if precision == "auto":
        precision = "bf16" if has_bf16 else "fp32"
    if chosen.type == "cuda":
        chosen = torch.device("cuda", chosen.index or 0)
        torch.cuda.set_device(chosen)  # graphs, streams and kernels go to the current device
        torch.set_float32_matmul_precision("high")
        # Gradients of convolutions that add up in the same order every time: a run that was killed ends with the very
        # weights of one that was not. It costs an H100 nothing (docs/training-log.md).
        torch.backends.cudnn.deterministic = True
    return Compute(chosen, precision, passed_over)


def describe_devices() -> list[DeviceReport]:
    """The CPU and every CUDA device, each with the result of a real convolution and matrix product."""
    reports = [_report(torch.device("cpu"))]
    reports += [_report(torch.device("cuda", index)) for index in range(torch.cuda.device_count())]
    return reports


def device_name(device: torch.device) -> str:
    """The name a person knows the device by."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.processor() or platform.machine()}, {torch.get_num_threads()} threads)"


def free_memory(device: torch.device) -> int:
    """Bytes a run may still take on a GPU, or of the machine's memory for the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return _available_memory()


def _auto_device() -> tuple[torch.device, tuple[str, ...]]:
    """The first GPU that works, or the CPU; and what is wrong with those before it."""
    passed_over: list[str] = []
    for index in range(torch.cuda.device_count()):
        device = torch.device("cuda", index)
        report = _report(device)
        if report.works:
            return device, tuple(passed_over)
        passed_over.append(f"The device {device} cannot be used: {report.detail}")
    return torch.device("cpu"), tuple(passed_over)


def _named_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise InvalidOption(f"{name!r} is no device.", remedy="Use auto, cpu, cuda or cuda:N.")
    if device.type == "cuda":
        report = _report(device)
        if not report.works:
            raise InvalidOption(f"The device {name} cannot be used: {report.detail}", remedy="Use --device cpu.")
    return device


def _report(device: torch.device) -> DeviceReport:
    try:
        problem = _kernel_problem(device)
        name = device_name(device)
        memory = free_memory(device)
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        if ran_out_of_memory(error):
            detail = f"{reason}; close the programs that fill its memory."
            return DeviceReport(str(device), device.type, 0, False, detail)
        built = f"is built for CUDA {torch.version.cuda}" if torch.version.cuda else "is built without CUDA"
        return DeviceReport(
            str(device),
            device.type,
            0,
            False,
            f"{reason}; torch {torch.__version__} {built}: "
            "update the NVIDIA driver, or install the torch build made for this card.",
        )
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        slow = kernels.problem(device)
        ours = f"Triton's kernels do not work, so training is slower ({slow})" if slow else "Triton's kernels work"
        detail = f"compute capability {major}.{minor}, CUDA {torch.version.cuda}, {ours}"
    else:
        detail = f"{torch.get_num_threads()} threads"
    return DeviceReport(name, device.type, memory, problem is None, problem or detail)


def _kernel_problem(device: torch.device) -> str | None:
    """Run what training runs, a convolution and a matrix product forward and back, and check the numbers."""
    generator = torch.Generator().manual_seed(0)
    signal = torch.randn(2, 8, 64, generator=generator)
    weight = torch.randn(8, 8, 3, generator=generator)

    def result(where: torch.device) -> torch.Tensor:
        # A copy: on the CPU `to` gives the tensor itself, which must not begin to need gradients.
        leaf = signal.to(where, copy=True).requires_grad_()
        product = torch.nn.functional.conv1d(leaf, weight.to(where)).tanh() @ torch.ones(62, 4, device=where)
        torch.autograd.backward(product.sum())
        assert leaf.grad is not None
        return leaf.grad.cpu()

    expected = result(torch.device("cpu"))
    found = expected if device.type == "cpu" else result(device)
    if not bool(torch.isfinite(found).all()) or not torch.allclose(found, expected, rtol=1e-2, atol=1e-2):
        return "A convolution on this device gives wrong numbers; its driver or memory is faulty."
    return None


def _available_memory() -> int:
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 8 << 30
