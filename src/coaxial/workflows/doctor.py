"""Whether this machine can do the work: every part is really used, not only looked for."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from coaxial.domain.errors import CoaxialError
from coaxial.settings import Settings

GIB = 1 << 30

NEEDED_DISK = 10 * GIB
"""A run with its checkpoints (about 850 MB each with optimizer) beside a corpus."""

NEEDED_MEMORY = 4 * GIB


@dataclass(frozen=True)
class Check:
    """One line of the doctor's answer."""

    name: str
    state: str
    """ok; warning: the work can be done, with less comfort; failed: something will not work."""
    detail: str
    remedy: str = ""
    """What to do about it."""


def examine(settings: Settings) -> Iterator[Check]:
    """Try every part once, and answer as results come."""
    yield _python()
    yield _disk(settings)
    for name, remedy, part in (
        ("store", "Choose another data directory with --data-dir.", lambda: _store(settings)),
        ("audio", "Install it again: pip install --force-reinstall av soxr silero-vad", _audio),
        ("phonemizer", "Install it again: pip install --force-reinstall piper-tts", _phonemizer),
        ("onnxruntime", "Install it again: pip install --force-reinstall onnxruntime", _onnxruntime),
        ("piper runtime", "Install it again: pip install --force-reinstall piper-tts", _piper),
    ):
        yield _tried(name, remedy, part)
    yield from _devices()


def _python() -> Check:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return Check("python", "ok", f"Python {platform.python_version()} in {sys.prefix}, {system}")


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.data_dir).free
    detail = f"{free / GIB:.1f} GiB free in {settings.data_dir}"
    if free < NEEDED_DISK:
        remedy = f"Training wants about {NEEDED_DISK // GIB} GiB: free some, or choose another disk with --data-dir."
        return Check("disk", "warning" if free > GIB else "failed", detail, remedy)
    return Check("disk", "ok", detail)


def _tried(name: str, remedy: str, part: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", part())
    except CoaxialError as error:
        return Check(name, "failed", error.message, error.remedy or remedy)
    except Exception as error:  # the doctor's whole purpose is to name what is broken, whatever it raises
        return Check(name, "failed", f"{type(error).__name__}: {error}".splitlines()[0], remedy)


def _store(settings: Settings) -> str:
    from coaxial.store import open_store

    with open_store(settings) as store:
        return f"{settings.database}; profiles: {len(store.profiles())}, voices: {len(store.voices())}"


def _audio() -> str:
    import tempfile
    from pathlib import Path

    import numpy as np

    from coaxial.audio.measure import Measures, measure
    from coaxial.audio.wav import write_wav

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tone.wav"
        tone = np.sin(np.arange(48000) * (2 * np.pi * 440 / 48000)) * 8192
        write_wav(path, tone.astype(np.int16), 48000)
        (found,) = measure([path])
    if not isinstance(found, Measures):
        raise found
    return f"a tone of {found.seconds:.1f} s was decoded, resampled and measured ({found.loudness:.1f} LUFS)"


def _phonemizer() -> str:
    from coaxial.text.phonemes import phonemize

    said = phonemize("The quick brown fox.", "en-us")
    if said.spoken < 10:
        raise RuntimeError("espeak-ng says nothing for an English sentence")
    return "espeak-ng says “" + "".join(said.sentences[0]) + "”"


def _onnxruntime() -> str:
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__} ({', '.join(onnxruntime.get_available_providers())})"


def _piper() -> str:
    from piper import PiperVoice

    return f"piper-tts {version('piper-tts')}, {PiperVoice.__name__} loads"


def _devices() -> Iterator[Check]:
    try:
        from coaxial.engine.device import describe_devices

        reports = describe_devices()
    except Exception as error:  # a broken CUDA library shows itself in any form while torch is imported
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        yield Check("torch", "failed", reason, "Install it again: pip install --force-reinstall torch")
        return
    yield Check("torch", "ok", f"torch {version('torch')}")
    for report in reports:
        detail = f"{report.name}, {report.memory_bytes / GIB:.1f} GiB free, {report.detail}"
        if not report.works:
            yield Check(report.kind, "failed", f"{report.name}: a computation on it failed", report.detail)
        elif report.memory_bytes < NEEDED_MEMORY:
            yield Check(report.kind, "warning", detail, f"Training wants about {NEEDED_MEMORY // GIB} GiB of memory.")
        else:
            yield Check(report.kind, "ok", detail)
    if all(report.kind == "cpu" for report in reports):
        yield Check("gpu", "warning", *_without_gpu())


def _without_gpu() -> tuple[str, str]:
    if shutil.which("nvidia-smi"):
        return (
            "there is an NVIDIA driver, but torch cannot use it",
            "Install the torch build for CUDA (pytorch.org), or update the driver.",
        )
    return "no GPU: training runs on the CPU", "Fine for trying things out; a real voice wants an NVIDIA GPU."
