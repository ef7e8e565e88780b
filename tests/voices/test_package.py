"""What lies in a voice's folder, and what becomes of the one that was there before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from piper.config import PhonemeType, PiperConfig

from coaxial.domain.errors import ExportRejected
from coaxial.domain.progress import Silent
from coaxial.engine.export import TorchSpeech, export_onnx
from coaxial.voices.config import sherpa_tokens, voice_config
from coaxial.voices.package import build_voice, copy_voice, staged
from random_voices import SENTENCES, facts_of, make_pair, random_weights

FIELDS = {
    *("dataset", "audio", "espeak", "language", "inference", "phoneme_type", "phoneme_map", "phoneme_id_map"),
    *("num_symbols", "num_speakers", "speaker_id_map", "hop_length", "piper_version"),
}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_voice_is_a_pair_with_card_tokens_and_samples(anna: Path) -> None:
    assert anna.name == "en_US-anna-x_low.onnx"
    pair = {anna.name, f"{anna.name}.json"}
    samples = {"samples/1.wav", "samples/2.wav", "samples/sentences.txt"}
    assert files_of(anna.parent) == {*pair, *samples, "MODEL_CARD", "card.json", "tokens.txt"}


def test_the_configuration_has_every_field_of_a_published_voice(anna: Path) -> None:
    config = json.loads(Path(f"{anna}.json").read_text(encoding="utf-8"))
    assert set(config) == FIELDS
    assert config["audio"] == {"sample_rate": 16000, "quality": "x_low"}
    assert config["language"] == {
        "code": "en_US",
        "family": "en",
        "region": "US",
        "name_native": "English",
        "name_english": "English",
        "country_english": "United States",
    }
    assert config["dataset"] == anna.stem


def test_pipers_own_reader_takes_the_configuration() -> None:
    facts = facts_of(speakers=("alto", "bass"))
    config = PiperConfig.from_dict(json.loads(json.dumps(voice_config(facts))))
    assert (config.num_symbols, config.num_speakers, config.sample_rate) == (256, 2, 16000)
    assert (config.espeak_voice, config.phoneme_type, config.hop_length) == ("en-us", PhonemeType.ESPEAK, 256)
    assert config.speaker_id_map == {"alto": 0, "bass": 1}
    assert config.phoneme_id_map == facts.dataset_config["phoneme_id_map"]
    assert (config.noise_scale, config.length_scale, config.noise_w_scale) == (0.667, 1.0, 0.8)


def test_a_phoneme_map_of_the_datasets_own_is_kept() -> None:
    own = {"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3]}, "vowel_clusters": [["a", "ɪ"]]}
    config = voice_config(replace(facts_of(), dataset_config=own))
    assert config["phoneme_id_map"] == own["phoneme_id_map"]
    assert config["vowel_clusters"] == own["vowel_clusters"]


def test_sherpa_onnx_finds_its_metadata_and_tokens(anna: Path) -> None:
    metadata = {entry.key: entry.value for entry in onnx.load(anna).metadata_props}
    assert metadata == {
        "model_type": "vits",
        "comment": "piper",
        "language": "English",
        "voice": "en-us",
        "has_espeak": "1",
        "n_speakers": "1",
        "sample_rate": "16000",
    }
    tokens = (anna.parent / "tokens.txt").read_text(encoding="utf-8").splitlines()
    assert tokens[0] == "_ 0"
    assert "  3" in tokens
    assert len(tokens) == 161
    assert sherpa_tokens({"a": [7], "aɪ": [8]}) == "a 7\n"


def test_the_card_says_what_the_voice_is_made_of_and_what_it_inherits(anna: Path) -> None:
    card = (anna.parent / "MODEL_CARD").read_text(encoding="utf-8")
    for fact in (
        "120 clips, 12.6 minutes",
        "lessac.ckpt",
        "Blizzard 2013: research only",
        "4,200 steps",
        "0.4321",
        "CC0-1.0",
        "Recorded by myself",
        "2026-01-02",
        SENTENCES[0],
    ):
        assert fact in card


def test_the_same_weights_and_facts_give_the_same_voice(anna: Path, tmp_path: Path) -> None:
    again = make_pair(tmp_path, facts_of())
    assert again.read_bytes() == anna.read_bytes()
    assert Path(f"{again}.json").read_bytes() == Path(f"{anna}.json").read_bytes()


def test_a_voice_that_is_not_its_network_is_refused_and_leaves_the_older_one(anna: Path, tmp_path: Path) -> None:
    facts = facts_of()
    older = copy_voice(anna.parent, tmp_path, facts.created)
    before = {name: (older / name).read_bytes() for name in files_of(older)}
    right, wrong = random_weights(facts.shape), random_weights(facts.shape, seed=1)
    with pytest.raises(ExportRejected):
        build_voice(
            facts,
            lambda path: export_onnx(wrong, facts.shape, path),
            TorchSpeech(right, facts.shape),
            tmp_path,
            Silent(),
        )
    assert list(tmp_path.iterdir()) == [older]
    assert {name: (older / name).read_bytes() for name in files_of(older)} == before


def write_voice(folder: Path, weights: bytes) -> None:
    with staged(folder, facts_of().created) as new:
        (new / f"{folder.name}.onnx").write_bytes(weights)


def test_an_older_voice_of_the_name_is_kept(tmp_path: Path) -> None:
    for weights in (b"first", b"second", b"third"):
        write_voice(tmp_path / "anna", weights)
    assert (tmp_path / "anna" / "anna.onnx").read_bytes() == b"third"
    earlier = sorted((tmp_path / "earlier").iterdir())
    assert [folder.name for folder in earlier] == ["anna-20260102-030405", "anna-20260102-030405-2"]
    assert [(folder / "anna.onnx").read_bytes() for folder in earlier] == [b"first", b"second"]


def test_exporting_the_same_again_keeps_no_second_copy(tmp_path: Path) -> None:
    write_voice(tmp_path / "anna", b"same")
    write_voice(tmp_path / "anna", b"same")
    assert files_of(tmp_path) == {"anna/anna.onnx"}
    assert not (tmp_path / "earlier").exists()


def test_a_failure_while_building_changes_nothing(tmp_path: Path) -> None:
    write_voice(tmp_path / "anna", b"first")
    with pytest.raises(RuntimeError), staged(tmp_path / "anna", facts_of().created) as new:
        (new / "half").write_bytes(b"half")
        raise RuntimeError
    assert files_of(tmp_path) == {"anna/anna.onnx"}


def test_what_a_killed_export_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".anna.abc.part").mkdir()
    write_voice(tmp_path / "anna", b"first")
    assert files_of(tmp_path) == {"anna/anna.onnx"}
    assert not list(tmp_path.glob(".anna.*"))
