"""Clean checkpoints from old ones, from ours and from voices; read again by torch alone and by the real piper.train."""

from __future__ import annotations

import logging
import pathlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from coaxial.domain.errors import BaseMismatch, InvalidOption, UnsafeCheckpoint
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.base import read_base
from coaxial.engine.checkpoint import averaged_generator, load_run_checkpoint
from coaxial.engine.conversion import convert
from coaxial.engine.train import train
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer
from published_voices import publish
from random_voices import random_weights

X_LOW = NetworkShape.of(Quality.X_LOW)


def converted(source: Path, target: Path, **options: Any) -> tuple[dict[str, Any], list[str]]:
    """The contents of the clean file, read as anybody reads it, and what was said."""
    said = convert(source, target, progress=Silent(), **options)
    return torch.load(target), said


def state_of(seed: int) -> dict[str, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator, discriminator = Synthesizer(X_LOW), MultiPeriodDiscriminator()
    state = {f"model_g.{key}": value for key, value in generator.state_dict().items()}
    return state | {f"model_d.{key}": value for key, value in discriminator.state_dict().items()}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with everything in it that makes piper.train and plain torch.load fail."""
    path = tmp_path_factory.mktemp("old") / "epoch=2164-step=1355540.ckpt"
    state = state_of(1)
    settings = {
        "sample_rate": 16000,
        "dataset_dir": pathlib.PosixPath("/home/someone/training"),
        "sample_bytes": 2,
        "channels": 1,
        "gpus": "1",
        "inter_channels": 96,
        "checkpoint_epochs": 1,
    }
    contents = {
        "epoch": 2164,
        "global_step": 1355540,
        "pytorch-lightning_version": "1.7.7",
        "state_dict": state | {"model_mrd.discriminators.0.convs.0.bias": torch.ones(32)},
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {"ModelCheckpoint": {"best_model_path": "/home/someone/x.ckpt"}},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(4)}}, "param_groups": []}] * 2,
        "lr_schedulers": [{"last_epoch": 2164}],
        "hparams_name": "args",
        "hyper_parameters": settings,
    }
    torch.save(contents, path)
    return path


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(random_weights(X_LOW, 3), X_LOW, tmp_path_factory.mktemp("voice") / "anna.onnx")


def test_an_old_checkpoint_becomes_one_that_plain_torch_reads(old: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="PosixPath"):
        torch.load(old)
    clean, said = converted(old, tmp_path / "clean.ckpt")
    expected = state_of(1)
    assert clean["state_dict"].keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in clean["state_dict"].items())
    assert (clean["epoch"], clean["global_step"]) == (2164, 1355540)
    assert [clean[key] for key in ("optimizer_states", "lr_schedulers", "loops", "callbacks")] == [[], [], {}, {}]
    settings = clean["hyper_parameters"]
    assert (settings["sample_rate"], settings["inter_channels"], settings["num_symbols"]) == (16000, 96, 256)
    assert not settings.keys() & {"dataset_dir", "sample_bytes", "gpus", "channels", "checkpoint_epochs"}
    assert said == [
        f"Loaded 673 of 673 generator tensors from {old.name} (x_low).",
        "Loaded all 111 discriminator tensors.",
        "Dropped: the optimizers' states, learning-rate schedules, the trainer's position, its callbacks, "
        "tensors of other networks (1), settings that say nothing of the network (5: channels, checkpoint_epochs, "
        "dataset_dir, …).",
        "Wrote clean.ckpt: x_low, 16000 Hz, 1 speaker, epoch 2164.",
    ]


def test_settings_that_are_none_do_not_keep_the_weights_from_being_read(old: Path, tmp_path: Path) -> None:
    contents = torch.load(old, weights_only=False)
    torch.save(contents | {"hyper_parameters": 5}, tmp_path / "strange.ckpt")
    clean, said = converted(tmp_path / "strange.ckpt", tmp_path / "clean.ckpt")
    assert contents["state_dict"].keys() - clean["state_dict"].keys() == {"model_mrd.discriminators.0.convs.0.bias"}
    assert any("does not say its sample rate" in sentence for sentence in said)


def test_a_clean_checkpoint_converts_to_itself(old: Path, tmp_path: Path) -> None:
    converted(old, tmp_path / "clean.ckpt")
    _, said = converted(tmp_path / "clean.ckpt", tmp_path / "again.ckpt")
    assert (tmp_path / "again.ckpt").read_bytes() == (tmp_path / "clean.ckpt").read_bytes()
    assert not any("Dropped" in sentence for sentence in said)


def test_of_a_checkpoint_of_ours_the_averaged_weights_are_kept(hum: Any, tmp_path: Path) -> None:
    train(tmp_path / "run", hum, TrainOptions(Budget(steps=3), batch_size=2), Silent())
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    clean, said = converted(last, tmp_path / "clean.ckpt")
    contents = torch.load(last)
    average = averaged_generator(contents, last)
    assert average is not None
    kept = {key.removeprefix("model_g."): value for key, value in clean["state_dict"].items()}
    assert all(torch.equal(kept[key], value) for key, value in average.items())
    assert not all(torch.equal(contents["state_dict"][f"model_g.{key}"], value) for key, value in average.items())
    assert "coaxial" not in clean
    assert any("averaged weights" in sentence for sentence in said)
    exported = load_run_checkpoint(tmp_path / "clean.ckpt")
    assert (exported.step, exported.quality) == (3, Quality.X_LOW)


def test_a_voice_becomes_a_checkpoint_with_the_same_fresh_rest_every_time(voice: Path, tmp_path: Path) -> None:
    torch.manual_seed(11)
    first, said = converted(voice, tmp_path / "first.ckpt")
    state = torch.get_rng_state()
    torch.manual_seed(12)
    second, _ = converted(voice, tmp_path / "second.ckpt")
    torch.manual_seed(11)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, second["state_dict"][key]) for key, value in first["state_dict"].items())
    base = read_base(voice)
    assert all(torch.equal(value, first["state_dict"][f"model_g.{key}"]) for key, value in base.generator.items())
    assert read_base(tmp_path / "first.ckpt").generator.keys() == Synthesizer(X_LOW).state_dict().keys()
    assert any("270 tensors start fresh" in sentence for sentence in said)
    assert any("no usable discriminator" in sentence for sentence in said)


def test_a_voice_takes_its_rest_from_another_base(voice: Path, old: Path, tmp_path: Path) -> None:
    clean, said = converted(voice, tmp_path / "clean.ckpt", rest_from=old)
    of_voice, of_old = read_base(voice).generator, state_of(1)
    for key, value in clean["state_dict"].items():
        assert torch.equal(value, of_voice.get(key.removeprefix("model_g."), of_old[key]))
    assert any(f"came from {old.name}" in sentence for sentence in said)
    assert not any("fresh" in sentence for sentence in said)


def test_nothing_is_overwritten_unasked(old: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious.ckpt"
    target.write_text("precious")
    with pytest.raises(InvalidOption, match=r"precious\.ckpt exists already"):
        convert(old, target, progress=Silent())
    assert target.read_text() == "precious"
    converted(old, target, overwrite=True)
    with pytest.raises(InvalidOption, match=r"Let it end in \.ckpt"):
        convert(old, tmp_path / "voice.onnx", progress=Silent())


def test_a_checkpoint_converts_in_place(old: Path, tmp_path: Path) -> None:
    place = tmp_path / "base.ckpt"
    place.write_bytes(old.read_bytes())
    clean, _ = converted(place, place, overwrite=True)
    expected = state_of(1)
    assert all(torch.equal(value, expected[key]) for key, value in clean["state_dict"].items())
    assert [path.name for path in tmp_path.iterdir()] == ["base.ckpt"]


def test_a_refused_source_leaves_no_file(tmp_path: Path) -> None:
    class Planted:
        def __reduce__(self) -> Any:
            return pathlib.Path.touch, (tmp_path / "witness",)

    torch.save({"state_dict": {}, "surprise": Planted()}, tmp_path / "evil.ckpt")
    torch.save({"state_dict": {"model_g.layer.weight": torch.ones(3)}}, tmp_path / "other.ckpt")
    with pytest.raises(UnsafeCheckpoint):
        convert(tmp_path / "evil.ckpt", tmp_path / "clean.ckpt", progress=Silent())
    with pytest.raises(BaseMismatch):
        convert(tmp_path / "other.ckpt", tmp_path / "clean.ckpt", progress=Silent())
    assert {path.name for path in tmp_path.iterdir()} == {"evil.ckpt", "other.ckpt"}


@pytest.mark.reference
@pytest.mark.parametrize("kind", ["old", "voice"])
def test_piper_train_reads_what_was_converted(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from piper.train.vits.lightning import VitsModel

    clean, _ = converted(request.getfixturevalue(kind), tmp_path / "clean.ckpt")
    model = VitsModel.load_from_checkpoint(tmp_path / "clean.ckpt", map_location="cpu", mos_metric=None)
    theirs = model.state_dict()
    assert theirs.keys() == clean["state_dict"].keys()
    assert all(torch.equal(theirs[key], value) for key, value in clean["state_dict"].items())
    assert model.hparams.sample_rate == 16000
    warm = VitsModel(sample_rate=16000, inter_channels=96, hidden_channels=96, filter_channels=384, mos_metric=None)
    with caplog.at_level(logging.INFO):
        warm._warmstart_from_ckpt(str(tmp_path / "clean.ckpt"))
    assert f"Copied {len(theirs)} parameters" in caplog.text
    assert "(0 skipped" in caplog.text


# torch 2.9 and later export through dynamo unless told otherwise, which fails on piper's own network as well.
_EXPORT = """
import functools, runpy, torch
torch.onnx.export = functools.partial(torch.onnx.export, dynamo=False)
runpy.run_module("piper.train.export_onnx", run_name="__main__")
"""


@pytest.mark.reference
@pytest.mark.slow
def test_piper_exports_a_converted_voice_and_it_says_what_it_said(voice: Path, tmp_path: Path) -> None:
    converted(voice, tmp_path / "clean.ckpt")
    again = tmp_path / "again.onnx"
    command = [sys.executable, "-c", _EXPORT, "--checkpoint", str(tmp_path / "clean.ckpt"), "--output-file", str(again)]
    subprocess.run(command, check=True, capture_output=True)
    ids = np.random.default_rng(5).integers(1, 160, 30)
    inputs = {"input": ids[None], "input_lengths": np.array([30]), "scales": np.array([0, 1.1, 0], np.float32)}
    before, after = (onnxruntime.InferenceSession(path).run(None, inputs)[0] for path in (voice, again))
    assert before.shape == after.shape
    assert np.abs(before - after).max() < 1e-5
