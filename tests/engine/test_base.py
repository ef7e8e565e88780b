from __future__ import annotations

import pathlib

import pytest
import torch

from coaxial.domain.errors import BaseMismatch, UnreadableCheckpoint
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.base import completed, read_base, start_from
from coaxial.engine.checkpoint import load_run_checkpoint
from coaxial.engine.export import ONLY_FOR_TRAINING
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer
from published_voices import publish
from random_voices import random_weights


def write_base(path, quality=Quality.X_LOW, *, speakers=1, rate=None, discriminator=True, change=None):
    """A checkpoint as the old trainer wrote it, leftovers of its command line and all."""
    torch.manual_seed(1)
    state = {f"model_g.{k}": v for k, v in Synthesizer(NetworkShape.of(quality, speakers)).state_dict().items()}
    if discriminator:
        state |= {f"model_d.{k}": v for k, v in MultiPeriodDiscriminator().state_dict().items()}
    if change:
        change(state)
    settings = {"sample_rate": rate or quality.sample_rate, "dataset_dir": pathlib.PosixPath("/x"), "sample_bytes": 2}
    torch.save({"epoch": 2164, "global_step": 99, "state_dict": state, "hyper_parameters": settings}, path)
    return path


def networks(quality=Quality.X_LOW, speakers=1):
    torch.manual_seed(2)
    shape = NetworkShape.of(quality, speakers)
    return shape, Synthesizer(shape), MultiPeriodDiscriminator()


def test_every_weight_of_a_fitting_base_is_loaded_and_said_so(tmp_path):
    base = read_base(write_base(tmp_path / "base.ckpt"))
    shape, generator, discriminator = networks()
    said = start_from(base, Quality.X_LOW, shape, generator, discriminator)
    assert all(torch.equal(value, base.generator[key]) for key, value in generator.state_dict().items())
    assert all(torch.equal(value, base.discriminator[key]) for key, value in discriminator.state_dict().items())
    count = len(generator.state_dict())
    assert f"Loaded {count} of {count} generator tensors from base.ckpt (x_low)." in said


def test_a_base_without_discriminator_is_told(tmp_path):
    base = read_base(write_base(tmp_path / "base.ckpt", discriminator=False))
    shape, generator, discriminator = networks()
    fresh = {key: value.clone() for key, value in discriminator.state_dict().items()}
    said = start_from(base, Quality.X_LOW, shape, generator, discriminator)
    assert "starts fresh" in said[-1]
    assert all(torch.equal(value, fresh[key]) for key, value in discriminator.state_dict().items())


def test_one_speaker_can_become_several(tmp_path):
    base = read_base(write_base(tmp_path / "base.ckpt"))
    shape, generator, discriminator = networks(speakers=3)
    said = start_from(base, Quality.X_LOW, shape, generator, discriminator)
    assert "20 tensors of the speaker embedding start fresh" in said[1]
    assert torch.equal(generator.state_dict()["enc_p.emb.weight"], base.generator["enc_p.emb.weight"])


def test_another_tier_or_rate_is_refused_with_both_named(tmp_path):
    shape, generator, discriminator = networks()
    base = read_base(write_base(tmp_path / "medium.ckpt", Quality.MEDIUM, discriminator=False))
    with pytest.raises(BaseMismatch, match=r"medium checkpoint \(22050 Hz\).*x_low \(16000 Hz\)"):
        start_from(base, Quality.X_LOW, shape, generator, discriminator)
    low = read_base(write_base(tmp_path / "low.ckpt", Quality.MEDIUM, rate=16000, discriminator=False))
    assert low.quality is Quality.LOW


def test_several_speakers_do_not_become_one_silently(tmp_path):
    base = read_base(write_base(tmp_path / "base.ckpt", speakers=4))
    with pytest.raises(BaseMismatch, match="4 speakers"):
        start_from(base, Quality.X_LOW, *networks())


def test_missing_or_misshapen_tensors_are_refused_before_anything_is_copied(tmp_path):
    def cut(state):
        state["model_g.flow.flows.0.pre.weight"] = torch.zeros(3, 3, 1)

    base = read_base(write_base(tmp_path / "base.ckpt", change=cut))
    shape, generator, discriminator = networks()
    before = generator.state_dict()["enc_p.emb.weight"].clone()
    with pytest.raises(BaseMismatch, match=r"flow\.flows\.0\.pre\.weight"):
        start_from(base, Quality.X_LOW, shape, generator, discriminator)
    assert torch.equal(generator.state_dict()["enc_p.emb.weight"], before)


def test_another_network_is_refused(tmp_path):
    path = tmp_path / "other.ckpt"
    torch.save({"state_dict": {"model_g.layer.weight": torch.ones(3, 3)}, "hyper_parameters": {}}, path)
    with pytest.raises(BaseMismatch, match="not a network of one of Piper's tiers"):
        read_base(path)


def test_weights_that_are_not_numbers_are_refused(tmp_path):
    def spoil(state):
        state["model_g.enc_p.emb.weight"][3, 5] = float("nan")

    with pytest.raises(UnreadableCheckpoint, match="NaN"):
        read_base(write_base(tmp_path / "base.ckpt", change=spoil))


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    shape = NetworkShape.of(Quality.X_LOW)
    return publish(random_weights(shape), shape, tmp_path_factory.mktemp("voice") / "anna.onnx")


def only_for_training(state):
    return {key: value for key, value in state.items() if key.startswith(ONLY_FOR_TRAINING)}


def test_a_voice_is_a_base_and_what_it_has_not_starts_fresh(voice):
    base = read_base(voice)
    shape, generator, discriminator = networks()
    fresh = {key: value.clone() for key, value in generator.state_dict().items()}
    said = start_from(base, Quality.X_LOW, shape, generator, discriminator)
    loaded = generator.state_dict()
    assert all(torch.equal(loaded[key], fresh[key]) for key in only_for_training(loaded))
    heard = loaded.keys() - only_for_training(loaded).keys()
    assert all(torch.equal(loaded[key], base.generator[key]) for key in heard)
    assert said[0] == f"Loaded {len(heard)} of {len(loaded)} generator tensors from anna.onnx (x_low)."
    assert said[1].startswith(f"{len(loaded) - len(heard)} tensors start fresh")
    assert "no usable discriminator" in said[2]


def test_a_checkpoint_without_posterior_encoder_is_no_voice_and_refused(tmp_path):
    def cut(state):
        del state["model_g.enc_q.pre.weight"]

    with pytest.raises(BaseMismatch, match=r"enc_q\.pre\.weight"):
        start_from(read_base(write_base(tmp_path / "base.ckpt", change=cut)), Quality.X_LOW, *networks())


def test_a_voice_of_one_speaker_can_become_several(voice):
    shape, generator, discriminator = networks(speakers=3)
    said = start_from(read_base(voice), Quality.X_LOW, shape, generator, discriminator)
    # 20 tensors are of the speakers, and 3 of those in the posterior encoder, which is fresh altogether.
    assert any(sentence.startswith("17 tensors of the speaker embedding start fresh") for sentence in said)


def test_another_base_gives_a_voice_what_only_training_needs(voice, tmp_path):
    rest = read_base(write_base(tmp_path / "rest.ckpt"))
    base = completed(read_base(voice), rest)
    shape, generator, discriminator = networks()
    said = start_from(base, Quality.X_LOW, shape, generator, discriminator)
    loaded, of_voice = generator.state_dict(), read_base(voice).generator
    assert all(torch.equal(value, of_voice[key]) for key, value in loaded.items() if key in of_voice)
    assert all(torch.equal(value, rest.generator[key]) for key, value in only_for_training(loaded).items())
    assert all(torch.equal(value, rest.discriminator[key]) for key, value in discriminator.state_dict().items())
    lacking = len(only_for_training(loaded))
    assert (
        said[1] == f"{lacking} of these tensors, which only training needs, and the discriminators came from rest.ckpt."
    )
    assert not any("fresh" in sentence for sentence in said)


def test_only_a_checkpoint_of_the_same_network_can_complete_a_voice(voice, tmp_path):
    base = read_base(voice)
    medium = read_base(write_base(tmp_path / "medium.ckpt", Quality.MEDIUM, discriminator=False))
    with pytest.raises(BaseMismatch, match=r"medium\.ckpt is a medium checkpoint and anna\.onnx is x_low"):
        completed(base, medium)
    choir = read_base(write_base(tmp_path / "choir.ckpt", speakers=4, discriminator=False))
    with pytest.raises(BaseMismatch, match="listens for 4 speakers"):
        completed(base, choir)
    with pytest.raises(BaseMismatch, match=r"anna\.onnx is a voice"):
        completed(base, base)


def test_a_rate_that_a_file_does_not_say_is_assumed_aloud(tmp_path):
    path = write_base(tmp_path / "base.ckpt")
    contents = torch.load(path, weights_only=False)
    del contents["hyper_parameters"]["sample_rate"]
    torch.save(contents, path)
    said = start_from(read_base(path), Quality.X_LOW, *networks())
    assert "base.ckpt does not say its sample rate: 16000 Hz is assumed." in said


@pytest.mark.parametrize("nonsense", [float("nan"), "9" * 5000, True, None], ids=["nan", "digits", "true", "none"])
def test_numbers_that_make_no_sense_are_taken_as_unknown_by_whoever_trains_or_exports(tmp_path, nonsense):
    path = write_base(tmp_path / "base.ckpt", discriminator=False)
    contents = torch.load(path, weights_only=False)
    contents |= {"epoch": nonsense, "global_step": nonsense, "hyper_parameters": {"sample_rate": nonsense}}
    torch.save(contents, path)
    assert (read_base(path).quality, read_base(path).epoch) == (Quality.X_LOW, 0)
    found = load_run_checkpoint(path)
    assert (found.quality, found.step, found.epoch) == (Quality.X_LOW, 0, 0)


def test_what_is_no_tensor_among_the_weights_is_told(tmp_path):
    def spoil(state):
        state["model_g.enc_p.emb.weight"] = [1, 2, 3]

    with pytest.raises(UnreadableCheckpoint, match="no tensors"):
        read_base(write_base(tmp_path / "base.ckpt", change=spoil))
