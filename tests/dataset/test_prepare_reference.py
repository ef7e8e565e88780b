"""A prepared folder in piper.train's own hands, as it lies."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from piper.config import PiperConfig

from dataset.recordings import prepare_into, recordings_of

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def recordings(robot_corpus):
    found = recordings_of(robot_corpus)
    texts = ['"Quoted," it begins.', "Two sentences here. And a | second one!", *(one.text for one in found[2:])]
    return [replace(one, text=text) for one, text in zip(found, texts, strict=True)]


def data_module(dataset, folder, **settings):
    data = pytest.importorskip("piper.train.vits.dataset")
    module = data.VitsDataModule(
        csv_path=dataset.folder / "metadata.csv",
        audio_dir=dataset.folder / "wavs",
        cache_dir=folder / "cache",
        config_path=folder / "config.json",
        espeak_voice=dataset.espeak_voice,
        voice_name=dataset.name,
        sample_rate=dataset.sample_rate,
        batch_size=4,
        num_workers=0,
        **settings,
    )
    module.prepare_data()
    module.setup("fit")
    return module


def utterances(module):
    """piper.train's utterances in the order of metadata.csv."""
    data = module.train_dataset.dataset
    found = sorted(data.utts, key=lambda one: int(one.phoneme_ids_path.name.partition("_")[0]))
    return [data[data.utts.index(one)] for one in found]


def test_piper_train_reads_every_clip_with_the_same_phonemes_and_spectrograms(tmp_path, recordings):
    dataset = prepare_into(tmp_path, recordings)
    module = data_module(dataset, tmp_path, trim_silence=False)
    theirs = utterances(module)
    assert len(theirs) == len(dataset.clips) == len(recordings)
    for clip, utterance in zip(dataset.clips, theirs, strict=True):
        assert utterance.text == clip.text
        assert utterance.phoneme_ids.tolist() == list(clip.phoneme_ids)
        assert len(utterance.audio_norm) == clip.samples
        ours = np.load(dataset.spectrogram(clip)).astype(np.float32)
        # Half precision keeps eleven bits; the rest is the rounding of single precision under a loud neighbour.
        np.testing.assert_allclose(ours, utterance.spectrogram.numpy().T, rtol=2**-11, atol=1e-5)
    assert len(next(iter(module.train_dataloader())).phoneme_ids) > 0


def test_piper_train_agrees_on_the_configuration(tmp_path, recordings):
    dataset = prepare_into(tmp_path, recordings[:3])
    data_module(dataset, tmp_path)
    ours = json.loads(dataset.config_path.read_text(encoding="utf-8"))
    theirs = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    # piper.train writes a version of its own choosing.
    assert PiperConfig.from_dict(ours | {"piper_version": None}) == PiperConfig.from_dict(
        theirs | {"piper_version": None}
    )


def test_piper_train_gives_speakers_the_same_numbers(tmp_path, recordings):
    voices = [replace(one, speaker="ada" if number % 2 else "zoe") for number, one in enumerate(recordings[:6])]
    dataset = prepare_into(tmp_path, voices)
    module = data_module(dataset, tmp_path, num_speakers=2)
    assert module.piper_config.speaker_id_map == dict(dataset.speakers)
    assert [one.speaker_id.item() for one in utterances(module)] == [clip.speaker_id for clip in dataset.clips]
