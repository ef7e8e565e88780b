from __future__ import annotations

import json
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaxial.checkpoints.inspection import Inspection, fits, inspect_checkpoint
from coaxial.checkpoints.origin import Writer
from coaxial.domain.errors import BaseMismatch, CoaxialError, NotFound, UnreadableVoice, UnsafeCheckpoint
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.base import read_base, refuse_other_network
from coaxial.engine.checkpoint import checkpoint_contents
from old_checkpoints import (  # noqa: F401  full_size_checkpoint is a fixture
    OLD_EPOCH,
    OLD_STEP,
    discriminator_state,
    full_size_checkpoint,
    generator_state,
    old_hyper_parameters,
    write_old_checkpoint,
)
from random_voices import facts_of, make_pair
from torch_files import planted, with_network, wrap

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


def test_why_a_base_does_not_fit_is_said_in_full(tmp_path):
    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt", speakers=4), weights=False)
    assert fits(found, Quality.X_LOW, 3, 256) == []
    tier, speakers, symbols = fits(found, Quality.MEDIUM, 1, 130)
    assert tier.startswith("old.ckpt is a x_low checkpoint (16000 Hz) and this dataset is medium (22050 Hz).")
    assert speakers.startswith("old.ckpt speaks with 4 speakers and this dataset has one.")
    assert symbols.startswith("old.ckpt knows 256 phoneme symbols and this dataset uses 130.")


@pytest.mark.parametrize(
    ("speakers", "wanted"),
    [
        (1, NetworkShape.of(Quality.MEDIUM)),
        (4, NetworkShape.of(Quality.X_LOW)),
        (1, replace(NetworkShape.of(Quality.X_LOW), num_symbols=130)),
    ],
)
def test_training_refuses_a_base_in_the_same_words(tmp_path, speakers, wanted):
    path = write_old_checkpoint(tmp_path / "old.ckpt", speakers=speakers)
    quality = Quality.MEDIUM if wanted.sample_rate == 22050 else Quality.X_LOW
    with pytest.raises(BaseMismatch) as caught:
        refuse_other_network(read_base(path), quality, wanted)
    assert [str(caught.value)] == fits(inspect_checkpoint(path), quality, wanted.num_speakers, wanted.num_symbols)


def test_one_speaker_may_become_several(tmp_path):
    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt"), weights=False)
    assert fits(found, Quality.X_LOW, 5, 256) == []


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


# Published voices


@pytest.mark.parametrize("speakers", [("anna",), ("anna", "ben", "cleo")])
@pytest.mark.parametrize("quality", [Quality.X_LOW, Quality.LOW, Quality.MEDIUM])
def test_a_voice_is_told_by_its_size_and_settings(tmp_path, quality, speakers):
    path = make_pair(tmp_path, facts_of(quality, speakers))
    found = inspect_checkpoint(path)
    assert (found.is_voice, found.quality, found.sample_rate) == (True, quality, quality.sample_rate)
    assert (found.num_speakers, found.num_symbols) == (len(speakers), 256)
    assert (found.has_discriminator, found.epoch, found.broken_weights) == (False, None, None)
    assert fits(found, quality, len(speakers), 256) == []


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """A voice of random weights, to copy from."""
    return make_pair(tmp_path_factory.mktemp("voice"), facts_of())


def copied(voice, folder, length=None):
    path = folder / "a.onnx"
    path.write_bytes(voice.read_bytes()[:length])
    return path


def test_a_voice_without_settings_has_no_tier(voice, tmp_path):
    found = inspect_checkpoint(copied(voice, tmp_path))
    assert (found.is_voice, found.quality, found.sample_rate) == (True, None, None)
    assert fits(found, Quality.X_LOW, 1, 256)


@pytest.mark.parametrize("length", [0, 1, 2, 50, 1000, 1_000_000, -1])
def test_a_truncated_voice_is_said_to_be_cut_off(voice, tmp_path, length):
    with pytest.raises(UnreadableVoice, match=r"a\.onnx is no ONNX model, or it is cut off"):
        inspect_checkpoint(copied(voice, tmp_path, length))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x3a" + b"\xff" * 9 + b"\x01",  # a graph of 2^63 bytes
        b"\x3a\x00" + b"\x08\x01" * 20_000,  # a graph of none, and more fields than any model
        b"\x08\x01" * 10,  # no graph
        b"\x3a\x00" + b"\xff" * 20,
        b"\x3d\x00\x00\x00\x00",
    ],
)
def test_what_only_begins_as_a_voice_is_refused(tmp_path, raw):
    (tmp_path / "a.onnx").write_bytes(raw)
    with pytest.raises(UnreadableVoice, match="no ONNX model"):
        inspect_checkpoint(tmp_path / "a.onnx")


@pytest.mark.parametrize("config", ["", "{", "[]", "[" * 100_000, '{"audio": 3}', '{"audio": {"sample_rate": "x"}}'])
def test_a_voice_with_settings_of_nonsense_ends_in_a_sentence_or_without_a_tier(voice, tmp_path, config):
    path = copied(voice, tmp_path)
    (tmp_path / "a.onnx.json").write_text(config)
    try:
        assert inspect_checkpoint(path).quality is None
        assert isinstance(json.loads(config), dict)
    except UnreadableVoice as error:
        assert "a.onnx.json cannot be read" in str(error)


# Files of strangers


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for name in ("none.ckpt", "none.onnx"):
        with pytest.raises(NotFound, match=name):
            inspect_checkpoint(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users as POSIX has them")
def test_a_file_that_may_not_be_read_is_said_to_be_so(tmp_path):
    path = tmp_path / "old.ckpt"
    small_checkpoint(path)
    path.chmod(0)
    program = (
        "import os, sys; from pathlib import Path; from coaxial.checkpoints.inspection import inspect_checkpoint\n"
        "from coaxial.domain.errors import CoaxialError\n"
        "os.chdir(Path(sys.argv[1]).parent); os.getuid() or os.setuid(65534)  # root may read everything\n"
        "try: inspect_checkpoint(Path(sys.argv[1]).relative_to(Path.cwd()))\n"
        "except CoaxialError as error: print(error)"
    )
    tmp_path.chmod(0o755)
    said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert "old.ckpt could not be read: Permission denied" in said.stdout + said.stderr


def small_checkpoint(path, zipped=True):
    state = {"model_g.enc_p.emb.weight": torch.randn(4, 3), "model_g.dec.conv_pre.weight": torch.randn(2, 3, 2)}
    contents = {
        "epoch": 3,
        "state_dict": state,
        "optimizer_states": [{"state": {0: {"step": torch.tensor(3.0)}}}],
        "hyper_parameters": old_hyper_parameters(Quality.X_LOW, 1),
    }
    torch.save(contents, path, _use_new_zipfile_serialization=zipped)
    return path.read_bytes()


def inspect_anything(path, raw):
    """Inspect a file's bytes: there is an answer or a sentence, and nothing new in its folder."""
    path.write_bytes(raw)
    before = sorted(path.parent.iterdir())
    try:
        assert isinstance(inspect_checkpoint(path), Inspection)
    except CoaxialError as error:
        assert len(str(error)) < 400
    assert sorted(path.parent.iterdir()) == before


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A folder with small checkpoints: `zip`, `legacy`, and the pickle of the first as `pickle`."""
    folder = tmp_path_factory.mktemp("fuzzed")
    small_checkpoint(folder / "zip")
    small_checkpoint(folder / "legacy", zipped=False)
    with zipfile.ZipFile(folder / "zip") as archive:
        (folder / "pickle").write_bytes(archive.read("zip/data.pkl"))
    return folder


many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OPCODES = [opcode.code.encode("latin1") for opcode in pickletools.opcodes]
changes = st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 255)), min_size=1, max_size=12)


def changed(raw, flips):
    raw = bytearray(raw)
    for place, difference in flips:
        raw[place % len(raw)] ^= difference
    return bytes(raw)


@BOTH_FORMS
@many
@given(flips=changes)
def test_changed_bytes_end_in_an_answer_or_a_sentence(fuzzed, zipped, flips):
    inspect_anything(fuzzed / "a.ckpt", changed((fuzzed / ("zip" if zipped else "legacy")).read_bytes(), flips))


@many
@given(flips=changes)
def test_changed_bytes_in_a_pickle_whose_checksum_fits_do_so_too(fuzzed, flips):
    path = wrap(fuzzed / "b.ckpt", changed((fuzzed / "pickle").read_bytes(), flips), zipped=True, values=bytes(48))
    inspect_anything(path, path.read_bytes())


@many
@given(opcodes=st.lists(st.one_of(st.binary(max_size=6), st.sampled_from(OPCODES)), max_size=60))
def test_any_opcodes_do_so_too(fuzzed, opcodes):
    path = wrap(fuzzed / "c.ckpt", with_network(b"".join(opcodes)), zipped=True, values=bytes(48))
    inspect_anything(path, path.read_bytes())


@many
@given(raw=st.binary(max_size=40))
def test_any_bytes_of_a_voice_do_so_too(fuzzed, raw):
    inspect_anything(fuzzed / "d.onnx", raw)


@BOTH_FORMS
def test_an_unsafe_checkpoint_is_refused_and_not_run(tmp_path, zipped):
    payload, name = planted(f"touch {tmp_path / 'witness'}")["GLOBAL"]
    with pytest.raises(UnsafeCheckpoint, match=name):
        inspect_checkpoint(wrap(tmp_path / "evil.ckpt", with_network(payload), zipped=zipped))
    assert not (tmp_path / "witness").exists()


# The size of a real one


def inspected_in_a_process(path):
    """Tier of a checkpoint, and the peak memory in MB of a process that only inspects it."""
    program = (
        "import sys; from pathlib import Path; from coaxial.checkpoints.inspection import inspect_checkpoint\n"
        "found = inspect_checkpoint(Path(sys.argv[1]))\n"
        "print(found.quality, *(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    quality, _, kilobytes, _ = subprocess.check_output([sys.executable, "-c", program, str(path)], text=True).split()
    return quality, int(kilobytes) / 1000


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells peak memory there")
def test_a_checkpoint_of_full_size_is_inspected_in_little_memory(full_size_checkpoint):  # noqa: F811
    assert full_size_checkpoint.stat().st_size == pytest.approx(845_898_328, rel=1e-3)
    quality, megabytes = inspected_in_a_process(full_size_checkpoint)
    assert quality == "medium"
    assert megabytes < 200
    found = inspect_checkpoint(full_size_checkpoint)
    assert (found.generator_parameters, found.discriminator_parameters) == (23_663_792, 46_747_132)
    assert (found.broken_weights, found.missing, found.unknown) == (0, (), ())
    assert replace(found, broken_weights=None, broken_generator=None) == inspect_checkpoint(
        full_size_checkpoint, weights=False
    )
    assert fits(found, Quality.MEDIUM, 1, 256) == []
