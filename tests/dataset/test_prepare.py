from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from piper.config import PiperConfig

from audio.encoding import encode, tone
from coaxial.audio.loudness import integrated_loudness
from coaxial.audio.spectrogram import spectrogram
from coaxial.audio.wav import from_pcm, read_wav
from coaxial.dataset.prepare import dataset_fingerprint
from coaxial.domain.errors import EmptyDataset, InUse, StorageFailure, UnsupportedLanguage
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.text.phonemes import phonemize
from dataset.recordings import prepare_into, recordings_of, select


class Log(Silent):
    """A Progress that remembers how much was to be done and was done."""

    def __init__(self) -> None:
        self.total, self.done, self.said = 0.0, 0.0, ""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.total = total or 0

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount

    def say(self, sentence: str) -> None:
        self.said += sentence


@pytest.fixture(scope="module")
def recordings(robot_corpus):
    return recordings_of(robot_corpus)


@pytest.fixture(scope="module")
def prepared(recordings, tmp_path_factory):
    """A dataset to read; its folder has clips/ beside datasets/."""
    return prepare_into(tmp_path_factory.mktemp("prepared"), recordings, processes=2)


def products(folder: Path) -> dict[str, tuple[int, int]]:
    """inode and time of change of every cached clip file."""
    files = (folder / "clips").glob("*/*")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def test_the_folder_holds_what_the_domain_says(prepared, recordings):
    names = {path.name for path in prepared.folder.iterdir()}
    assert names == {"wavs", "spectrograms", "metadata.csv", "config.json", "clips.jsonl", "dataset.json"}
    assert {clip.id for clip in prepared.clips} == {one.id for one in recordings}
    assert {path.stem for path in (prepared.folder / "wavs").iterdir()} == {one.id for one in recordings}
    assert prepared.folder.name == f"robot-medium-{prepared.fingerprint[:8]}"
    assert PreparedDataset.load(prepared.folder) == replace(
        prepared, clips=tuple(replace(clip, phoneme_ids=list(clip.phoneme_ids)) for clip in prepared.clips)
    )


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
        "edited": replace(recordings[3], id="edited", sha256="0" * 64),
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
    assert "not the file that was imported" in reasons["edited"]
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


def test_a_second_command_on_the_same_dataset_is_told_to_wait(tmp_path, recordings):
    class SecondCommand(Silent):
        answer: InUse | None = None

        def advance(self, amount: float = 1.0) -> None:
            with pytest.raises(InUse) as caught:
                prepare_into(tmp_path, recordings[:2])
            self.answer = caught.value

    progress = SecondCommand()
    dataset = prepare_into(tmp_path, recordings[:2], progress=progress)
    assert "is being prepared by another command right now" in progress.answer.message
    assert len(dataset.clips) == 2


def test_a_cut_off_clip_in_the_cache_is_made_again(tmp_path, recordings):
    first = prepare_into(tmp_path, recordings[:2])
    whole = first.wav(first.clips[0]).read_bytes()
    damaged = next(path for path in (tmp_path / "clips").glob("*/*.wav") if path.read_bytes() == whole)
    damaged.write_bytes(whole[:1000])
    shutil.rmtree(first.folder)
    again = prepare_into(tmp_path, recordings[:2])
    assert again.wav(again.clips[0]).read_bytes() == whole


def test_where_links_fail_clips_are_copied(tmp_path, recordings, monkeypatch):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    dataset = prepare_into(tmp_path, recordings[:2])
    assert [dataset.wav(clip).stat().st_nlink for clip in dataset.clips] == [1, 1]
    assert len(read_wav(dataset.wav(dataset.clips[0]))[0]) == dataset.clips[0].samples


def test_an_unfinished_folder_in_the_way_is_not_touched(tmp_path, recordings):
    dataset = prepare_into(tmp_path, recordings[:2])
    (dataset.folder / "dataset.json").unlink()
    with pytest.raises(StorageFailure, match="not a finished dataset"):
        prepare_into(tmp_path, recordings[:2])
    assert dataset.wav(dataset.clips[0]).exists()


CHILD = """
import os, pickle, resource, sys
from dataset.recordings import prepare_into
from coaxial.domain.errors import CoaxialError
from coaxial.domain.progress import Silent
from pathlib import Path

class DieAfter(Silent):
    left = int(sys.argv[3])
    def advance(self, amount=1.0):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), 9)

if __name__ == "__main__":
    recordings = pickle.loads(Path(sys.argv[1]).read_bytes())
    if limit := int(sys.argv[4]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        prepare_into(Path(sys.argv[2]), recordings, processes=int(sys.argv[5]), progress=DieAfter())
    except CoaxialError as error:
        sys.exit(str(error))
"""


def in_child(tmp_path, recordings, *, die_after=0, file_limit=0, processes=1) -> subprocess.Popen[str]:
    import pickle

    (tmp_path / "recordings.pickle").write_bytes(pickle.dumps(recordings))
    (tmp_path / "child.py").write_text(CHILD)
    arguments = [tmp_path / "recordings.pickle", tmp_path, die_after, file_limit, processes]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, tmp_path / "child.py", *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def test_a_kill_leaves_no_half_dataset_and_its_clips_for_the_next_time(tmp_path, recordings):
    child = in_child(tmp_path, recordings[:6], die_after=3)
    child.communicate()
    assert child.returncode == -9
    assert not [path for path in (tmp_path / "datasets").iterdir() if not path.name.startswith(".")]
    before, log = products(tmp_path), Log()
    assert len(before) >= 6
    dataset = prepare_into(tmp_path, recordings[:6], progress=log)
    assert len(dataset.clips) == 6
    assert products(tmp_path).items() >= before.items()
    assert not list((tmp_path / "datasets").glob(".*.part"))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_midway_is_a_sentence_and_breaks_nothing(tmp_path, recordings, prepared, processes):
    sizes = sorted(prepared.spectrogram(clip).stat().st_size for clip in prepared.clips)
    child = in_child(tmp_path, recordings, file_limit=sizes[-2] + 1, processes=processes)
    errors = child.communicate()[1]
    assert child.returncode == 1
    assert "could not be written" in errors
    assert "Traceback" not in errors
    assert not [path for path in (tmp_path / "datasets").iterdir() if path.suffix != ".lock"]
    before = products(tmp_path)
    assert 0 < len(before) < 2 * len(recordings)
    assert len(prepare_into(tmp_path, recordings).clips) == len(recordings)
    assert products(tmp_path).items() >= before.items()


def test_two_processes_at_once_make_one_whole_dataset(tmp_path, recordings):
    children = [in_child(tmp_path, recordings[:4]) for _ in range(2)]
    for child in children:
        errors = child.communicate()[1]
        assert child.returncode == 0 or "is being prepared by another command" in errors
    assert 0 in [child.returncode for child in children]
    (folder,) = [path for path in (tmp_path / "datasets").iterdir() if not path.name.startswith(".")]
    assert len(PreparedDataset.load(folder).clips) == 4


@pytest.mark.parametrize("name", ["datasets", "clips"])
def test_a_file_in_the_way_is_a_sentence(tmp_path, recordings, name):
    (tmp_path / name).write_text("in the way")
    with pytest.raises(StorageFailure, match=name):
        prepare_into(tmp_path, recordings[:2])
