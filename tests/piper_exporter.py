"""Voices as piper.train's own exporter writes them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from coaxial.domain.quality import NetworkShape


def export_as_piper_does(weights: Mapping[str, Tensor], shape: NetworkShape, path: Path, **options: Any) -> None:
    """What `python -m piper.train.export_onnx` calls, with the exporter that still follows that network.

    options: of torch.onnx.export. The input `sid` is left out by the exporter where nothing reads it.
    """
    from piper.train.vits.models import SynthesizerTrn

    values = {key: value for key, value in asdict(shape).items() if key not in ("sample_rate", "num_symbols")}
    network = SynthesizerTrn(
        n_vocab=shape.num_symbols, spec_channels=513, segment_size=32, n_speakers=values.pop("num_speakers"), **values
    )
    network.load_state_dict(weights)
    network.eval()
    with torch.no_grad():
        network.dec.remove_weight_norm()

    def forward(text, lengths, scales, sid=None):  # type: ignore[no-untyped-def]
        audio = network.infer(text, lengths, sid, scales[0], scales[1], scales[2])[0]
        return audio.unsqueeze(1)

    network.forward = forward
    ids, scales = torch.ones(1, 50, dtype=torch.int64), torch.tensor([0.667, 1.0, 0.8])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (ids, torch.tensor([50]), scales, torch.tensor([0])),
            path,
            opset_version=15,
            input_names=["input", "input_lengths", "scales", "sid"],
            output_names=["output"],
            dynamic_axes={"input": {0: "batch_size", 1: "phonemes"}, "input_lengths": {0: "batch_size"}},
            dynamo=False,
            **options,
        )
