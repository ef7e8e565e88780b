"""The generator as Piper's runtime wants it: one ONNX graph from phoneme ids to audio."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from coaxial.domain.errors import UnreadableCheckpoint
from coaxial.domain.files import storage_errors
from coaxial.domain.quality import NetworkShape
from coaxial.engine.vits.convolution import fold_weight_norm
from coaxial.engine.vits.synthesizer import Synthesizer

OPSET = 15
"""What every published Piper voice has; runtimes on phones and old Raspberry Pis know it."""

DEFAULT_SCALES = (0.667, 1.0, 0.8)
"""Variety of the sound, slowness, variety of the rhythm."""

ONLY_FOR_TRAINING = ("enc_q.", "dp.post_", "dp.flows.1.")
"""Prefixes of the generator's keys that no voice has: the posterior encoder, and the part of the duration predictor
that learns and does not speak."""

_TRACED_PHONEMES = 50


class PiperGraph(nn.Module):
    """A generator behind the inputs and the output of a Piper voice."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, ids: Tensor, lengths: Tensor, scales: Tensor, sid: Tensor | None = None) -> Tensor:
        """ids: (B, P) int64; lengths, sid: (B,) int64; scales: (3,). Returns: audio (B, 1, 1, T * 256) in [-1, 1]."""
        audio: Tensor = self.generator.infer(ids, lengths, scales[0], scales[1], scales[2], speaker_ids=sid)  # type: ignore[operator]
        return audio.unsqueeze(1)


def export_onnx(generator_state: Mapping[str, Tensor], shape: NetworkShape, path: Path) -> None:
    """Write a generator as an ONNX voice; the same weights give the same bytes. ONLY_FOR_TRAINING's may be missing.

    Inputs: `input` int64 (batch_size, phonemes), `input_lengths` int64 (batch_size), `scales` float32 (3), and for
    several speakers `sid` int64 (batch_size). Output: `output` float32 (batch_size, 1, 1, time).
    Raises: StorageFailure, UnreadableCheckpoint (weights are missing).
    """
    graph = _graph(generator_state, shape)
    ids = torch.arange(_TRACED_PHONEMES).unsqueeze(0)
    inputs = [ids, torch.tensor([_TRACED_PHONEMES]), torch.tensor(DEFAULT_SCALES)]
    names = ["input", "input_lengths", "scales"]
    free_sizes = {"input": {0: "batch_size", 1: "phonemes"}, "input_lengths": {0: "batch_size"}}
    if shape.num_speakers > 1:
        inputs.append(torch.tensor([0]))
        names.append("sid")
        free_sizes["sid"] = {0: "batch_size"}
    free_sizes["output"] = {0: "batch_size", 3: "time"}
    with storage_errors(path), _quiet(), torch.random.fork_rng(devices=[]), torch.no_grad():
        # The newer exporter cannot follow an output whose length the durations decide (GuardOnDataDependentSymNode).
        torch.onnx.export(
            graph,
            tuple(inputs),
            path,
            input_names=names,
            output_names=["output"],
            dynamic_axes=free_sizes,
            opset_version=OPSET,
            dynamo=False,
        )


class TorchSpeech:
    """The same generator computed by torch: the reference that an exported voice has to agree with."""

    def __init__(self, generator_state: Mapping[str, Tensor], shape: NetworkShape) -> None:
        self._graph = _graph(generator_state, shape)
        self._many_speakers = shape.num_speakers > 1

    def __call__(
        self, ids: Sequence[int], scales: Sequence[float] = DEFAULT_SCALES, speaker: int = 0
    ) -> npt.NDArray[np.float32]:
        """Audio (samples,) of one utterance's phoneme ids. scales: noise, length and rhythm noise."""
        sid = torch.tensor([speaker]) if self._many_speakers else None
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            audio = self._graph(torch.tensor([list(ids)]), torch.tensor([len(ids)]), torch.tensor(scales), sid)
        spoken: npt.NDArray[np.float32] = audio[0, 0, 0].numpy()
        return spoken


def _graph(generator_state: Mapping[str, Tensor], shape: NetworkShape) -> PiperGraph:
    # Building layers draws their first weights, which are replaced at once: nobody's random numbers are spent on them.
    with torch.random.fork_rng(devices=[]):
        generator = Synthesizer(shape)
        given = {key: value.detach().cpu().float() for key, value in generator_state.items()}
        missing, _ = generator.load_state_dict(given, strict=False)
        wanting = [key for key in missing if not key.startswith(ONLY_FOR_TRAINING)]
        if wanting:
            raise UnreadableCheckpoint(
                f"The checkpoint is incomplete: {len(wanting)} of the weights that a voice speaks with are missing, "
                f"the first is {wanting[0]}.",
                remedy="Choose another checkpoint of the run.",
            )
        return PiperGraph(fold_weight_norm(generator)).eval().requires_grad_(False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's advice from the person: it is about choices made here on purpose, and proven afterwards."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
