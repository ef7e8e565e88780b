"""The checkpoints of a run in the hands of the real piper.train."""

from __future__ import annotations

import logging
import subprocess
import sys

import onnxruntime
import pytest
import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.engine.train import train

pytestmark = pytest.mark.reference

# torch 2.9 and later export through dynamo unless told otherwise, which fails on piper's own network as well.
_EXPORT = """
import functools, runpy, torch
torch.onnx.export = functools.partial(torch.onnx.export, dynamo=False)
runpy.run_module("piper.train.export_onnx", run_name="__main__")
"""


@pytest.fixture(scope="module")
def checkpoint(hum, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    train(folder, hum, TrainOptions(Budget(steps=2), batch_size=2), Silent())
    return folder / "checkpoints" / "last.ckpt"


def test_piper_train_loads_a_checkpoint_with_every_weight(checkpoint):
    from piper.train.vits.lightning import VitsModel

    model = VitsModel.load_from_checkpoint(checkpoint, map_location="cpu", mos_metric=None)
    ours = torch.load(checkpoint, weights_only=True)["state_dict"]
    theirs = model.state_dict()
    assert theirs.keys() == ours.keys()
    assert all(torch.equal(theirs[key], ours[key]) for key in ours)
    assert model.hparams.sample_rate == 16000


def test_piper_train_starts_warm_from_a_checkpoint_and_skips_nothing(checkpoint, caplog):
    from piper.train.vits.lightning import VitsModel

    model = VitsModel(sample_rate=16000, inter_channels=96, hidden_channels=96, filter_channels=384, mos_metric=None)
    with caplog.at_level(logging.INFO):
        model._warmstart_from_ckpt(str(checkpoint))
    assert f"Copied {len(model.state_dict())} parameters" in caplog.text
    assert "(0 skipped" in caplog.text


def test_piper_train_exports_a_checkpoint(checkpoint, tmp_path):
    target = tmp_path / "voice.onnx"
    command = [sys.executable, "-c", _EXPORT, "--checkpoint", str(checkpoint), "--output-file", str(target)]
    subprocess.run(command, check=True, capture_output=True)
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()][:3] == ["input", "input_lengths", "scales"]
