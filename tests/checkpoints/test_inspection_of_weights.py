"""Weights that are no numbers, missing, misshapen or too many: found and named."""

from __future__ import annotations

import pytest
import torch

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.domain.quality import Quality
from old_checkpoints import discriminator_state, generator_state, write_old_checkpoint

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


SPOILED = ("model_g.dec.ups.1.weight_v", "model_g.dp.proj.bias")


def generator_names():
    return [f"model_g.{key}" for key in generator_state(Quality.X_LOW)]


@BOTH_FORMS
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_weight_that_is_not_finite_is_found_and_named(tmp_path, zipped, value, dtype):
    def spoil(contents):
        state = contents["state_dict"]
        for name in SPOILED:
            state[name] = state[name].to(dtype)
            state[name].view(-1)[-1] = value

    path = write_old_checkpoint(tmp_path / "old.ckpt", zipped=zipped, change=spoil)
    found = inspect_checkpoint(path)
    assert found.broken_weights == 2
    assert found.first_broken == next(key for key in generator_names() if key in SPOILED)
    assert "damaged: 2 of its tensors" in fits(found, Quality.X_LOW, 1, 256)[0]
    assert inspect_checkpoint(path, weights=False).broken_weights is None


def test_a_broken_discriminator_is_told_and_starts_fresh(tmp_path):
    def spoil(contents):
        contents["state_dict"] |= {f"model_d.{key}": value for key, value in discriminator_state().items()}
        contents["state_dict"]["model_d.discriminators.3.convs.1.bias"][2] = float("nan")

    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt", change=spoil))
    assert (found.broken_weights, found.first_broken) == (1, "model_d.discriminators.3.convs.1.bias")
    assert (found.broken_generator, found.has_discriminator) == (False, True)
    assert fits(found, Quality.X_LOW, 1, 256) == []


def test_values_that_are_none_of_the_networks_are_not_looked_at(tmp_path):
    def spoil(contents):
        contents["state_dict"]["judge.weight"] = torch.tensor(float("nan"))
        next(iter(contents["optimizer_states"][0]["state"].values()))["exp_avg"].fill_(float("nan"))

    assert inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt", change=spoil)).broken_weights == 0


def test_tensors_that_are_missing_misshapen_or_too_many_are_named(tmp_path):
    def change(contents):
        state = contents["state_dict"]
        del state["model_g.enc_q.pre.bias"]
        state["model_g.flow.flows.0.pre.weight"] = torch.zeros(3, 3, 1)
        state["model_g.surprise"] = torch.zeros(3)
        state["model_d.discriminators.0.conv_post.bias"] = torch.zeros(1)

    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt", change=change))
    generator = [name for name in found.missing if name.startswith("model_g.")]
    assert generator == ["model_g.enc_q.pre.bias", "model_g.flow.flows.0.pre.weight"]
    assert len(found.missing) == 2 + 110
    assert found.unknown == ("model_g.surprise",)
    assert not found.has_discriminator
    assert fits(found, Quality.X_LOW, 1, 256) == [
        "old.ckpt does not fit: 2 tensors are missing or of another shape, the first is model_g.enc_q.pre.bias."
    ]
