"""From a run in the store to a voice in the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coaxial.domain.errors import BaseMismatch, NotFound, StorageFailure, UnreadableCheckpoint
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.checkpoint import checkpoint_contents, write_checkpoint
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import Measures, Take
from coaxial.text.phonemes import phoneme_id_map, phonemize
from coaxial.workflows.export_voice import ExportedVoice, export_voice
from coaxial.workflows.speak import speak
from random_voices import SENTENCES, random_weights

RUN = "anna-x_low-1"


class Sayings(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def write_dataset(folder: Path) -> PreparedDataset:
    clips = [
        Clip(f"c{n}", text, "anna", 0, phonemize(text, "en-us").ids, 32000, held_out=n == 1)
        for n, text in enumerate(SENTENCES)
    ]
    dataset = PreparedDataset(
        folder=folder,
        name="Anna",
        fingerprint="f" * 64,
        quality=Quality.X_LOW,
        language="en-US",
        espeak_voice="en-us",
        speakers={"anna": 0},
        settings={},
        clips=clips,
    )
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"phoneme_id_map": phoneme_id_map()}), encoding="utf-8")
    (folder / "clips.jsonl").write_text(dataset.clip_lines(), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(dataset.summary()), encoding="utf-8")
    return dataset


def take(profile: str, text: str) -> Take:
    measures = Measures(2.0, 48000, 1, 0.2, 1.8, -6.0, -23.0, -60.0, 0.0)
    return Take(profile, text, "", Path("recordings") / profile, profile.rjust(64, "0"), f"{profile}.wav", measures)


def write_weights(path: Path, seed: int, quality: Quality = Quality.X_LOW, mel: float | None = None) -> None:
    shape = NetworkShape.of(quality)
    weights = random_weights(shape, seed)
    contents = checkpoint_contents(
        shape=shape,
        networks={"model_g": weights},
        optimizers=[],
        epoch=3,
        step=20 + seed,
        batch_size=2,
        learning_rate=2e-4,
        ours={"generator_average": weights, "validation_mel": mel},
    )
    write_checkpoint(path, contents)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data directory with a run that has a last and a best checkpoint."""
    settings = Settings(data_dir=tmp_path, processes=1)
    with open_store(settings) as store:
        dataset = write_dataset(settings.datasets / "Anna-x_low-1a2b")
        store.add_takes("Anna", "en-US", [take("Anna", SENTENCES[0]), take("Bert", SENTENCES[1])])
        store.describe_profile("Anna", "Recorded by myself", "CC0-1.0")
        row = store.add_dataset(dataset, [recording.id for recording in store.recordings()])
        store.add_run(RUN, row.name, {}, settings.runs / RUN, base="/models/lessac.ckpt")
    write_weights(settings.runs / RUN / "checkpoints" / "last.ckpt", seed=1)
    write_weights(settings.runs / RUN / "checkpoints" / "best.ckpt", seed=2, mel=0.5)
    return settings


def exported(settings: Settings, checkpoint: str = "best", out: Path | None = None) -> ExportedVoice:
    return export_voice(settings, RUN, checkpoint, out, Silent())


def test_the_best_checkpoint_becomes_a_voice_of_the_store_that_speaks(settings: Settings, tmp_path: Path) -> None:
    voice = exported(settings)
    assert voice.onnx == settings.voices / "en_US-anna-x_low" / "en_US-anna-x_low.onnx"
    with open_store(settings) as store:
        record = store.voice("en_US-anna-x_low")
    assert record == voice.record
    assert (record.run, record.checkpoint, record.onnx) == (RUN, "best.ckpt", voice.onnx)
    card = (voice.onnx.parent / "MODEL_CARD").read_text(encoding="utf-8")
    assert "22 steps, 3 epochs (run anna-x_low-1, checkpoint best.ckpt)" in card
    assert "0.5000" in card
    assert "Base checkpoint: lessac.ckpt" in card
    assert "dataset Anna-x_low-1a2b" in card
    assert "Consent of the speaker: Anna: Recorded by myself; Bert: not stated" in card
    # The held-out sentence is the one to hear.
    assert SENTENCES[1] in (voice.onnx.parent / "samples" / "sentences.txt").read_text(encoding="utf-8")
    spoken = speak(settings, "en_US-anna-x_low", "Hello there.", tmp_path / "hello.wav")
    assert spoken.seconds > 0.2


def test_a_file_is_exported_on_demand_and_copied_where_it_was_asked_for(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.data_dir / "mine.ckpt"
    write_weights(elsewhere, seed=3)
    voice = exported(settings, str(elsewhere), out=tmp_path / "out")
    assert voice.record.checkpoint == "mine.ckpt"
    assert voice.onnx == tmp_path / "out" / "en_US-anna-x_low" / "en_US-anna-x_low.onnx"
    assert voice.onnx.read_bytes() == voice.record.onnx.read_bytes()


def test_without_validation_the_last_checkpoint_is_the_best(settings: Settings) -> None:
    (settings.runs / RUN / "checkpoints" / "best.ckpt").unlink()
    sayings = Sayings()
    assert export_voice(settings, RUN, "best", None, sayings).record.checkpoint == "last.ckpt"
    assert any("No sentences were held out" in sentence for sentence in sayings.sentences)


def test_what_is_not_there_is_said(settings: Settings) -> None:
    with pytest.raises(NotFound, match="no run named"):
        export_voice(settings, "other", "best", None, Silent())
    with pytest.raises(NotFound):
        exported(settings, "nowhere.ckpt")
    for name in ("best", "last"):
        (settings.runs / RUN / "checkpoints" / f"{name}.ckpt").unlink()
    with pytest.raises(NotFound, match="no checkpoint yet"):
        exported(settings)


def test_a_file_that_is_no_checkpoint_or_of_another_network_is_refused(settings: Settings) -> None:
    other = settings.data_dir / "other.ckpt"
    write_weights(other, seed=1, quality=Quality.MEDIUM)
    with pytest.raises(BaseMismatch, match="medium network"):
        exported(settings, str(other))
    other.write_text("not a checkpoint", encoding="utf-8")
    with pytest.raises(UnreadableCheckpoint):
        exported(settings, str(other))
    assert not settings.voices.exists()


def test_a_damaged_dataset_is_said(settings: Settings) -> None:
    next(settings.datasets.glob("*/config.json")).write_text("{", encoding="utf-8")
    with pytest.raises(StorageFailure, match=r"config\.json is missing or damaged"):
        exported(settings)
