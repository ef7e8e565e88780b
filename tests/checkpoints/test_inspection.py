"""What a checkpoint is, told from its file: who wrote it, its tier, its counters."""

from __future__ import annotations

import pickle

import pytest
import torch

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.checkpoints.origin import Writer
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.checkpoint import checkpoint_contents
from old_checkpoints import OLD_EPOCH, OLD_STEP, discriminator_state, generator_state, write_old_checkpoint

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


@BOTH_FORMS
def test_an_old_checkpoint_is_told_whole(tmp_path, zipped):
    path = write_old_checkpoint(tmp_path / "old.ckpt", zipped=zipped)
    found = inspect_checkpoint(path)
    assert (found.quality, found.sample_rate, found.num_symbols, found.num_speakers) == (Quality.X_LOW, 16000, 256, 1)
    assert found.shape == NetworkShape.of(Quality.X_LOW)
    assert (found.epoch, found.step, found.writer) == (OLD_EPOCH, OLD_STEP, Writer.OLD_PIPER)
    assert (found.has_discriminator, found.has_optimizer_states, found.broken_weights) == (False, True, 0)
    assert found.generator_parameters == sum(value.numel() for value in generator_state(Quality.X_LOW).values())
    assert found.discriminator_parameters == 0
    assert (found.missing, found.unknown, found.is_voice) == ((), (), False)
    assert found.byte_count == path.stat().st_size
    assert fits(found, Quality.X_LOW, 1, 256) == []


def test_what_other_readers_fail_on_is_told(tmp_path):
    path = write_old_checkpoint(tmp_path / "old.ckpt")
    with pytest.raises(pickle.UnpicklingError, match="PosixPath"):
        torch.load(path, weights_only=True)
    paths, old_settings = inspect_checkpoint(path, weights=False).leftovers
    assert "dataset, dataset_dir, default_root_dir" in paths
    assert "sample_bytes" in old_settings


@pytest.mark.parametrize("speakers", [1, 4])
@pytest.mark.parametrize("quality", Quality)
def test_every_tier_is_told_from_its_tensors(tmp_path, quality, speakers):
    # Views of one small tensor each would be refused, so the weights are real; half precision to write less.
    def halve(contents):
        contents["state_dict"] = {key: value.half() for key, value in contents["state_dict"].items()}

    path = write_old_checkpoint(tmp_path / "base.ckpt", quality, speakers=speakers, change=halve)
    found = inspect_checkpoint(path)
    assert (found.quality, found.num_speakers, found.broken_weights) == (quality, speakers, 0)
    assert (found.missing, found.unknown) == ((), ())


def test_a_checkpoint_of_ours_is_told(tmp_path):
    networks = {"model_g": generator_state(Quality.X_LOW), "model_d": discriminator_state()}
    contents = checkpoint_contents(
        shape=NetworkShape.of(Quality.X_LOW),
        networks=networks,
        optimizers=[],
        epoch=3,
        step=700,
        batch_size=16,
        learning_rate=2e-4,
        ours={"seed": 1},
    )
    torch.save(contents, tmp_path / "ours.ckpt")
    found = inspect_checkpoint(tmp_path / "ours.ckpt")
    assert (found.writer, found.epoch, found.step, found.leftovers) == (Writer.COAXIAL, 3, 1400, ())
    assert (found.has_discriminator, found.has_optimizer_states) == (True, False)
    assert found.discriminator_parameters == 46_747_132


@pytest.mark.parametrize("use_mrd", [False, True])
@pytest.mark.reference
def test_a_checkpoint_of_piper_train_is_told(tmp_path, use_mrd):
    lightning = pytest.importorskip("piper.train.vits.lightning")
    model = lightning.VitsModel(sample_rate=22050, use_mrd=use_mrd, mos_metric=None)
    contents = {
        "epoch": 1,
        "global_step": 10,
        "pytorch-lightning_version": "2.6.6",
        "state_dict": model.state_dict(),
        "hparams_name": "kwargs",
        "hyper_parameters": dict(model.hparams),
    }
    torch.save(contents, tmp_path / "new.ckpt")
    found = inspect_checkpoint(tmp_path / "new.ckpt")
    assert (found.writer, found.quality) == (Writer.PIPER_TTS, Quality.MEDIUM)
    assert (found.missing, found.unknown, found.leftovers) == ((), (), ())
    assert (found.has_discriminator, found.has_multi_resolution_discriminator) == (True, use_mrd)
    networks = (model.model_g, model.model_d, model.model_mrd)
    generator, *critics = (sum(p.numel() for p in net.parameters()) if net else 0 for net in networks)
    assert (found.generator_parameters, found.discriminator_parameters) == (generator, sum(critics))


def test_another_network_is_none_of_pipers(tmp_path):
    torch.save({"state_dict": {"model_g.layer.weight": torch.ones(3, 3)}}, tmp_path / "other.ckpt")
    found = inspect_checkpoint(tmp_path / "other.ckpt")
    assert (found.quality, found.shape, found.sample_rate, found.epoch, found.writer) == (
        *(None,) * 4,
        Writer.UNKNOWN,
    )
    (why,) = fits(found, Quality.MEDIUM, 1, 256)
    assert "not a network of one of Piper's tiers" in why


@pytest.mark.parametrize(
    "rate", [None, True, "many", -5, 0, float("nan"), float("inf"), 10**30, "9" * 5000, [16000], b"1"]
)
@pytest.mark.parametrize("count", [None, True, -1, 1.5, "3", [1]])
def test_settings_that_make_no_sense_are_taken_as_unknown(tmp_path, rate, count):
    state = {"model_g.enc_p.emb.weight": torch.zeros(256, 96), "model_g.dec.conv_pre.weight": torch.zeros(256, 96, 7)}
    contents = {"state_dict": state, "epoch": count, "global_step": count, "hyper_parameters": {"sample_rate": rate}}
    torch.save(contents, tmp_path / "a.ckpt")
    found = inspect_checkpoint(tmp_path / "a.ckpt")
    assert (found.epoch, found.step, found.quality) == (None, None, Quality.X_LOW)
    assert found.sample_rate is None
