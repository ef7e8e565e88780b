"""The proof of a recovery: the voice itself and the recovered network say the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from torch import Tensor

from coaxial.domain.errors import BaseMismatch, UnreadableVoice
from coaxial.domain.quality import NetworkShape
from coaxial.engine.export import TorchSpeech
from coaxial.engine.recovery.graph import in_one_line

MOST_DIFFERENCE = 1e-3
"""Between two samples, in parts of the loudest. Two runtimes differ by 1e-5 and less; a wrong weight, by everything."""

_QUIET = (0.0, 1.0, 0.0)
_PHONEMES = 24
_SENTENCES = 3


def prove_recovery(model: Any, generator: Mapping[str, Tensor], shape: NetworkShape, path: Path) -> None:
    """Let both speak without chance, and compare.

    model: onnx.ModelProto of the voice. generator: recovered, float32.
    Raises: UnreadableVoice (the runtime cannot speak with the voice), BaseMismatch (the two do not agree).
    """
    session = _session(model, path)
    spoken = TorchSpeech(generator, shape)
    worst = 0.0
    # Where a duration lies on the edge between two numbers of frames, rounding alone decides: another sentence then.
    for seed in range(_SENTENCES):
        ids = np.random.default_rng(seed).integers(1, shape.num_symbols, _PHONEMES)
        speaker = seed % shape.num_speakers
        heard = _speak(session, ids, speaker if shape.num_speakers > 1 else None, path)
        worst = _difference(heard, spoken(ids.tolist(), _QUIET, speaker))
        if worst <= MOST_DIFFERENCE:
            return
    raise BaseMismatch(
        f"{path.name} has the parts of a Piper network, but which weight belongs where cannot be told: put together "
        f"in the order of its graph, the same sentence sounds different (by {worst:.2g} of its loudest sample).",
        remedy="Choose the voice as its exporter wrote it, before any tool optimised it, or its checkpoint (.ckpt).",
    )


def _session(model: Any, path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        # Falling back to other hardware would only print of it: there is none.
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime's exceptions have no common type of their own
        raise _unspeakable(path, error) from None


def _speak(session: Any, ids: npt.NDArray[np.int64], speaker: int | None, path: Path) -> npt.NDArray[np.float32]:
    inputs = {"input": ids[None], "input_lengths": np.array([len(ids)]), "scales": np.array(_QUIET, np.float32)}
    if speaker is not None:
        inputs["sid"] = np.array([speaker])
    try:
        audio: npt.NDArray[np.float32] = session.run(None, inputs)[0].reshape(-1)
    except Exception as error:  # as above
        raise _unspeakable(path, error) from None
    return audio


def _unspeakable(path: Path, error: Exception) -> UnreadableVoice:
    return UnreadableVoice(
        f"{path.name} cannot be spoken with: {in_one_line(error)}", remedy="Download or copy it again."
    )


def _difference(heard: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> float:
    if heard.shape != expected.shape:
        return 1.0
    loudest = max(float(np.abs(expected).max()), 1e-6)
    return float(np.abs(heard - expected).max()) / loudest
