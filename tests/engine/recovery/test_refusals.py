"""Voices that are damaged, cut off, too large or not what their settings say: a sentence, and no weights."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from coaxial.domain.errors import BaseMismatch, CoaxialError, NotFound, UnreadableVoice
from coaxial.engine.recovery.generator import recover_generator
from engine.recovery.again import X_LOW
from published_voices import describe, rewritten


def test_a_voice_without_its_json_is_refused(ours: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(ours.read_bytes())
    with pytest.raises(UnreadableVoice, match=r"alone\.onnx has no alone\.onnx\.json beside it"):
        recover_generator(alone)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"num_speakers": 4}, "says 4 speakers and the network has 1"),
        ({"num_symbols": 300}, "says 300 symbols and the network has 256"),
        ({"num_symbols": None}, "does not say num_symbols"),
        ({"audio": {}}, "does not say audio.sample_rate"),
        ({"audio": {"sample_rate": "16000; rm"}}, "does not say audio.sample_rate"),
        ({"audio": {"sample_rate": 22050}}, "not a network of one of Piper's tiers .* at 22050 Hz"),
    ],
)
def test_a_json_of_another_voice_is_refused_with_both_numbers(
    ours: Path, tmp_path: Path, said: dict[str, Any], sentence: str
) -> None:
    voice = tmp_path / "voice.onnx"
    voice.write_bytes(ours.read_bytes())
    with pytest.raises((UnreadableVoice, BaseMismatch), match=sentence):
        recover_generator(describe(voice, X_LOW, **said))


@pytest.mark.parametrize("text", ["{", "[]", "null", "\x00", "[" * 100_000])
def test_a_json_that_is_none_is_a_sentence(ours: Path, tmp_path: Path, text: str) -> None:
    voice = tmp_path / "voice.onnx"
    voice.write_bytes(ours.read_bytes())
    (tmp_path / "voice.onnx.json").write_text(text)
    with pytest.raises(UnreadableVoice, match=r"voice\.onnx\.json cannot be used"):
        recover_generator(voice)


@pytest.mark.parametrize("keep", [0, 100, 50_000, 10_000_000, -1])
def test_a_truncated_voice_is_a_sentence(ours: Path, tmp_path: Path, keep: int) -> None:
    voice = tmp_path / "cut.onnx"
    voice.write_bytes(ours.read_bytes()[:keep])
    with pytest.raises(CoaxialError, match=r"cut\.onnx") as raised:
        recover_generator(describe(voice, X_LOW))
    assert isinstance(raised.value, (UnreadableVoice, BaseMismatch))


def test_a_text_and_a_checkpoint_by_a_voices_name_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("Dear diary, today I renamed a file.\n" * 50)
    torch.save({"state_dict": {}}, tmp_path / "checkpoint.onnx")
    for name in ("text.onnx", "checkpoint.onnx"):
        with pytest.raises(UnreadableVoice, match="no ONNX file"):
            recover_generator(describe(tmp_path / name, X_LOW))
    with pytest.raises(NotFound):
        recover_generator(tmp_path / "none.onnx")


@pytest.mark.parametrize("seed", range(5))
def test_a_voice_with_wrong_bytes_in_its_graph_is_a_sentence_or_the_same_voice(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path, seed: int
) -> None:
    contents, chance = bytearray(ours.read_bytes()), random.Random(seed)
    begin = contents.find(onnx.load(ours).graph.node[0].SerializeToString())
    for _ in range(5):
        contents[begin + chance.randrange(400_000)] = chance.randrange(256)
    (tmp_path / "wrong.onnx").write_bytes(contents)
    try:
        got = recover_generator(describe(tmp_path / "wrong.onnx", X_LOW)).generator
    except CoaxialError as error:
        assert error.message.startswith("wrong.onnx ")
        assert error.message.isprintable()
    else:
        assert all(torch.equal(value, of_ours[key]) for key, value in got.items())


def test_weights_that_are_not_numbers_are_refused(ours: Path, tmp_path: Path) -> None:
    def spoil(graph: Any) -> None:
        tensor = next(tensor for tensor in graph.initializer if tensor.name.endswith("enc_p.emb.weight"))
        values = numpy_helper.to_array(tensor).copy()
        values[3, 5] = np.nan
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    with pytest.raises(UnreadableVoice, match="1 of its weights are not numbers"):
        recover_generator(rewritten(ours, tmp_path / "spoilt.onnx", spoil))


def test_a_few_bytes_that_stand_for_more_than_memory_are_refused(ours: Path, tmp_path: Path) -> None:
    def inflate(graph: Any) -> None:
        row, column = np.ones((1 << 20, 1), np.float32), np.ones((1, 1 << 20), np.float32)
        graph.initializer.extend([numpy_helper.from_array(row, "row"), numpy_helper.from_array(column, "column")])
        graph.node.insert(0, onnx.helper.make_node("Mul", ["row", "column"], ["terabytes"]))

    with pytest.raises(UnreadableVoice, match="terabytes is larger than any weight"):
        recover_generator(rewritten(ours, tmp_path / "bomb.onnx", inflate))
