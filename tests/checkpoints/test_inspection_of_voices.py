"""What a published voice is, told from its file and its settings."""

from __future__ import annotations

import json

import pytest

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.domain.errors import UnreadableVoice
from coaxial.domain.quality import Quality
from random_voices import facts_of, make_pair


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
