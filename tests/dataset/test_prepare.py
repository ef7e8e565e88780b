from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from piper.config import PiperConfig

from audio.encoding import encode, tone
from coaxial.audio.loudness import integrated_loudness
from coaxial.audio.spectrogram import spectrogram
from coaxial.audio.wav import from_pcm, read_wav
from coaxial.dataset.prepare import dataset_fingerprint
from coaxial.domain.errors import EmptyDataset, StorageFailure, UnsupportedLanguage
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.quality import Quality
from coaxial.text.phonemes import phonemize
from dataset.recordings import Log, prepare_into, products, recordings_of, select


@pytest.fixture(scope="module")
def recordings(robot_corpus):
    return recordings_of(robot_corpus)


@pytest.fixture(scope="module")
def prepared(recordings, tmp_path_factory):
    """A dataset to read; its folder has clips/ beside datasets/."""
    return prepare_into(tmp_path_factory.mktemp("prepared"), recordings, processes=2)


def test_the_folder_holds_what_the_domain_says(prepared, recordings):
    names = {path.name for path in prepared.folder.iterdir()}
    assert names == {"wavs", "spectrograms", "metadata.csv", "config.json", "clips.jsonl", "dataset.json"}
    assert {clip.id for clip in prepared.clips} == {one.id for one in recordings}
    assert {path.stem for path in (prepared.folder / "wavs").iterdir()} == {one.id for one in recordings}
    assert prepared.folder.name == f"robot-medium-{prepared.fingerprint[:8]}"
    assert PreparedDataset.load(prepared.folder) == replace(
        prepared, clips=tuple(replace(clip, phoneme_ids=list(clip.phoneme_ids)) for clip in prepared.clips)
    )


@pytest.mark.parametrize(
    ("name", "spoiled"), [("dataset.json", b"{}"), ("clips.jsonl", b'{"id": 1'), ("clips.jsonl", b"\xff")]
)
def test_a_damaged_dataset_is_told_in_a_sentence(prepared, tmp_path, name, spoiled):
    for file in ("dataset.json", "clips.jsonl"):
        shutil.copy(prepared.folder / file, tmp_path)
    (tmp_path / name).write_bytes(spoiled)
    with pytest.raises(StorageFailure, match="is damaged"):
        PreparedDataset.load(tmp_path)


def test_every_clip_is_trimmed_levelled_and_has_the_spectrogram_of_its_audio(prepared, recordings):
    for clip, recording in zip(prepared.clips, recordings, strict=True):
        pcm, rate = read_wav(prepared.wav(clip))
        assert (rate, len(pcm)) == (22050, clip.samples)
        spoken = recording.speech_end - recording.speech_start
        assert spoken < clip.samples / rate <= spoken + 0.5 + 2 / rate
        assert integrated_loudness(from_pcm(pcm), rate) == pytest.approx(-23, abs=0.1)
        magnitudes = np.load(prepared.spectrogram(clip), allow_pickle=False)
        assert magnitudes.shape == (clip.frames, 513)
        assert np.array_equal(magnitudes, spectrogram(from_pcm(pcm)))


def test_phonemes_are_those_of_the_transcript(prepared):
    for clip in prepared.clips:
        assert tuple(clip.phoneme_ids) == phonemize(clip.text, "en-us").ids


def test_config_json_is_read_by_piper(prepared):
    config = PiperConfig.from_dict(json.loads(prepared.config_path.read_text(encoding="utf-8")))
    assert (config.num_symbols, config.num_speakers, config.sample_rate) == (256, 1, 22050)
    assert (config.espeak_voice, config.phoneme_type, config.speaker_id_map) == ("en-us", "espeak", {})
    assert config.phoneme_id_map["ə"] == [59]


@pytest.mark.parametrize("quality", [Quality.X_LOW, Quality.LOW, Quality.HIGH])
def test_every_tier_has_its_sample_rate(tmp_path, recordings, quality):
    dataset = prepare_into(tmp_path, recordings[:2], options=PrepareOptions(quality=quality))
    assert read_wav(dataset.wav(dataset.clips[0]))[1] == dataset.sample_rate == quality.sample_rate


def test_loudness_can_be_left_alone_and_margins_chosen(tmp_path, recordings):
    dataset = prepare_into(tmp_path, recordings[:1], options=PrepareOptions(loudness=None, margin=0.0))
    pcm, rate = read_wav(dataset.wav(dataset.clips[0]))
    spoken = recordings[0].speech_end - recordings[0].speech_start
    assert len(pcm) / rate == pytest.approx(spoken, abs=2 / rate)
    assert integrated_loudness(from_pcm(pcm), rate) != pytest.approx(-23, abs=1)


def test_retakes_of_a_sentence_are_on_one_side(tmp_path, recordings):
    twice = [replace(one, id=f"{one.id}-{take}") for one in recordings[:4] for take in "ab"]
    clips = prepare_into(tmp_path, twice).clips
    sides = {(clip.text, clip.held_out) for clip in clips}
    assert len(sides) == 4
    assert sum(clip.held_out for clip in clips) == 2


def test_one_process_and_two_make_the_same_dataset(tmp_path, recordings, prepared):
    again = prepare_into(tmp_path, list(reversed(recordings)), processes=1)
    assert again.fingerprint == prepared.fingerprint
    for name in ("metadata.csv", "clips.jsonl", "config.json", "dataset.json"):
        assert (again.folder / name).read_bytes() == (prepared.folder / name).read_bytes()
    for clip in again.clips:
        assert again.wav(clip).read_bytes() == prepared.wav(clip).read_bytes()
        assert again.spectrogram(clip).read_bytes() == prepared.spectrogram(clip).read_bytes()


def test_prepared_again_nothing_is_done(tmp_path, recordings):
    first = prepare_into(tmp_path, recordings[:3])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    log = Log()
    assert prepare_into(tmp_path, recordings[:3], progress=log).clips == PreparedDataset.load(first.folder).clips
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert (log.total, log.done) == (0, 0)


def test_after_one_changed_only_that_one_is_done_again(tmp_path, recordings):
    first = prepare_into(tmp_path, recordings[:5])
    before, log = products(tmp_path), Log()
    retake = encode(tmp_path / "retake.wav", from_pcm(read_wav(recordings[7].audio)[0]), 22050)
    changed = select(retake, recordings[2].text, id=recordings[2].id)
    second = prepare_into(tmp_path, [*recordings[:2], changed, *recordings[3:5]], progress=log)
    assert second.folder != first.folder
    assert (log.total, log.done) == (1, 1)
    assert "4 of 5 clips" in log.said
    after = products(tmp_path)
    assert len(after) == len(before) + 2
    assert all(after[name] == facts for name, facts in before.items())
    same = [first.wav(a).samefile(second.wav(b)) for a, b in zip(first.clips, second.clips, strict=True)]
    assert same == [True, True, False, True, True]


def test_a_changed_transcript_makes_no_audio_again(tmp_path, recordings):
    prepare_into(tmp_path, recordings[:3])
    before = products(tmp_path)
    dataset = prepare_into(tmp_path, [replace(recordings[0], text="Nothing like it."), *recordings[1:3]])
    assert products(tmp_path) == before
    assert dataset.clips[0].phoneme_ids == phonemize("Nothing like it.", "en-us").ids


def test_everything_that_decides_a_dataset_is_in_its_fingerprint(recordings):
    one, *others = recordings[:3]
    variants = [
        ([replace(one, sha256="0" * 64), *others], "en-US", "en-us", PrepareOptions()),
        ([replace(one, text="Other."), *others], "en-US", "en-us", PrepareOptions()),
        ([replace(one, speaker="other"), *others], "en-US", "en-us", PrepareOptions()),
        ([replace(one, speech_end=one.speech_end - 0.1), *others], "en-US", "en-us", PrepareOptions()),
        (others, "en-US", "en-us", PrepareOptions()),
        ([one, *others], "en-GB", "en-us", PrepareOptions()),
        ([one, *others], "en-US", "en", PrepareOptions()),
        ([one, *others], "en-US", "en-us", PrepareOptions(quality=Quality.LOW)),
        ([one, *others], "en-US", "en-us", PrepareOptions(loudness=None)),
        ([one, *others], "en-US", "en-us", PrepareOptions(margin=0.3)),
        ([one, *others], "en-US", "en-us", PrepareOptions()),
    ]
    assert len({dataset_fingerprint(*variant) for variant in variants}) == len(variants)
    assert dataset_fingerprint([*others, one], "en-US", "en-us", PrepareOptions()) == dataset_fingerprint(*variants[-1])


def test_what_cannot_be_trained_on_is_left_out_with_a_reason(tmp_path, recordings):
    short = encode(tmp_path / "short.wav", tone(0.2, 22050), 22050)
    long = encode(tmp_path / "long.wav", tone(40.0, 22050), 22050)
    bad = {
        "short": select(short, "Hi."),
        "long": select(long, "A long tone."),
        "crowded": replace(recordings[0], id="crowded", text="Far too many words for it. " * 30),
        "unspoken": replace(recordings[1], id="unspoken", text="…"),
        "gone": replace(recordings[2], id="gone", audio=tmp_path / "gone.wav"),
    }
    dataset = prepare_into(tmp_path, [*recordings[:2], *bad.values()])
    reasons = {row["recording"]: row["reason"] for row in dataset.left_out}
    assert {clip.id for clip in dataset.clips} == {one.id for one in recordings[:2]}
    assert reasons.keys() == bad.keys()
    assert "too short" in reasons["short"]
    assert "40 s" in reasons["long"]
    assert "phonemes against" in reasons["crowded"]
    assert "nothing that can be spoken" in reasons["unspoken"]
    assert "gone.wav" in reasons["gone"]
    assert not (dataset.folder / "wavs" / "short.wav").exists()


def test_nothing_left_is_said_and_leaves_nothing(tmp_path, recordings):
    with pytest.raises(EmptyDataset, match="no recordings"):
        prepare_into(tmp_path, [])
    with pytest.raises(EmptyDataset, match="None of the 1 recordings"):
        prepare_into(tmp_path, [replace(recordings[0], text="word " * 2000)])
    assert [path.suffix for path in (tmp_path / "datasets").iterdir()] == [".lock"]


def test_an_unknown_voice_is_refused(tmp_path, recordings):
    with pytest.raises(UnsupportedLanguage):
        prepare_into(tmp_path, recordings[:2], espeak_voice="xx-none", processes=2)


def test_speakers_are_numbered_as_piper_train_numbers_them(tmp_path, recordings):
    voices = [replace(one, speaker="ada" if number % 2 else "zoe") for number, one in enumerate(recordings[:6])]
    dataset = prepare_into(tmp_path, voices)
    assert dataset.speakers == {"ada": 0, "zoe": 1}
    rows = list(csv.reader((dataset.folder / "metadata.csv").open(encoding="utf-8"), delimiter="|"))
    assert [row[1] for row in rows] == ["ada"] * 3 + ["zoe"] * 3
    config = PiperConfig.from_dict(json.loads(dataset.config_path.read_text(encoding="utf-8")))
    assert (config.num_speakers, config.speaker_id_map) == (2, {"ada": 0, "zoe": 1})


@pytest.mark.parametrize(
    "text", ['"Yes," she said.', 'He said "no"', '"', "one|two", "one\ntwo\r\n three", "Ünïcode ß"]
)
def test_any_transcript_stays_one_row_of_metadata_csv(tmp_path, recordings, text):
    dataset = prepare_into(tmp_path, [replace(recordings[0], text=text + " and so on."), recordings[1]])
    with (dataset.folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="|"))
    assert rows == [[f"{clip.id}.wav", clip.text] for clip in dataset.clips]
    assert rows[0][1] == " ".join((text + " and so on.").replace("|", " ").split())


def test_real_stereo_recordings_become_a_dataset(tmp_path, speech):
    source = speech / "kathleen-40-original"
    rows = [line.split("|") for line in (source / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    chosen = [select(source / "wav" / f"{name}.flac", text, speaker="kathleen") for name, text in rows]
    dataset = prepare_into(tmp_path, chosen, processes=2)
    assert (len(dataset.clips), dataset.left_out) == (40, ())
    assert 100 < dataset.seconds < 140


def test_real_german_with_umlauts_is_phonemized_as_german(tmp_path, speech):
    source = speech / "kerstin-100"
    rows = [line.split("|") for line in (source / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if set(row[1]) & set("äöüß")][:5]
    chosen = [select(source / "audio" / name, text, speaker="kerstin") for name, text in rows]
    dataset = prepare_into(tmp_path, chosen, language="de-DE", espeak_voice="de")
    assert [clip.text for clip in dataset.clips] == [text for _, text in rows]
    assert all(tuple(clip.phoneme_ids) == phonemize(clip.text, "de").ids for clip in dataset.clips)
