"""Importing speech: every row's fate, and importing again."""

from __future__ import annotations

import csv
import json
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coaxial.domain.errors import InUse, InvalidOption, StorageFailure, UnreadableSource, UnsupportedLanguage
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.import_speech import import_speech
from coaxial.workflows.locks import locked, speech_key
from corpora import Recorder, contents, part_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", processes=1)


def bring(settings: Settings, source: Path, name: str = "robot", language: str = "en-US") -> dict[str, str]:
    """Import and answer each row's fate: "taken", or why not."""
    report = import_speech(settings, source, name, language, Silent())
    return {row.name: row.code or row.outcome for row in report.rows}


def test_recordings_are_taken_and_their_originals_kept_byte_for_byte(settings: Settings, robot_corpus: Path) -> None:
    fates = bring(settings, robot_corpus)
    assert set(fates.values()) == {"taken"}
    assert len(fates) == 12
    with open_store(settings) as store:
        for recording in store.recordings(profile="robot", prompt_list="robot"):
            original = robot_corpus / "wavs" / f"{recording.source}.wav"
            assert recording.file.read_bytes() == original.read_bytes()
            assert 0.1 < recording.measures.speech_start < 0.6
            assert recording.measures.rate == 22050


def test_the_report_is_saved_for_people_and_for_programs(settings: Settings, robot_corpus: Path) -> None:
    report = import_speech(settings, robot_corpus, "robot", "en-US", Silent())
    (folder,) = settings.reports.iterdir()
    assert folder.name.startswith("robot-")
    saved = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (saved["taken"], saved["rejected"]) == (report.taken, report.rejected) == (12, 0)
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == ["taken"] * 12


def test_importing_again_measures_nothing_and_changes_nothing(settings: Settings, robot_corpus: Path) -> None:
    bring(settings, robot_corpus)
    before = contents(settings)
    progress = Recorder()
    report = import_speech(settings, robot_corpus, "robot", "en_us", progress)
    assert report.taken == 12
    assert report.notes == ("12 were in the store already and were not measured again.",)
    assert "Measuring recordings" not in progress.totals
    assert contents(settings) == before


def test_only_new_recordings_are_measured(settings: Settings, robot_corpus: Path, tmp_path: Path) -> None:
    bring(settings, part_of(robot_corpus, tmp_path / "some", {"robot_0001": "robot_0001"}))
    progress = Recorder()
    import_speech(settings, robot_corpus, "robot", "en-US", progress)
    assert progress.totals["Measuring recordings"] == 11


def test_new_audio_under_an_old_name_supersedes_the_older_recording(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001", "b": "robot_0002"})
    bring(settings, source)
    shutil.copyfile(robot_corpus / "wavs" / "robot_0003.wav", source / "wavs" / "a.wav")
    bring(settings, source)
    with open_store(settings) as store:
        found = store.recordings(prompt_list="robot", kept_only=False)
        assert sorted((one.source, one.state) for one in found) == [("a", "kept"), ("a", "superseded"), ("b", "kept")]
        assert all(one.file.is_file() for one in found)


def test_a_corrected_transcript_moves_its_recording_without_measuring(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001"})
    bring(settings, source)
    (source / "metadata.csv").write_text("a|The kettle sang before the morning began.\n", encoding="utf-8")
    progress = Recorder()
    import_speech(settings, source, "robot", "en-US", progress)
    assert "Measuring recordings" not in progress.totals
    with open_store(settings) as store:
        assert [one.text for one in store.recordings()] == ["The kettle sang before the morning began."]
        assert [one.text for one in store.prompts("robot")] == ["The kettle sang before the morning began."]


def test_a_transcript_made_worse_leaves_the_store_as_it_was(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001"})
    bring(settings, source)
    before = contents(settings)
    (source / "metadata.csv").write_text("a|Kettle ☕ sings.\n", encoding="utf-8")
    assert bring(settings, source) == {"a": "unsayable_symbols"}
    assert contents(settings) == before


def test_every_row_that_cannot_be_used_gets_its_reason(settings: Settings, robot_corpus: Path, tmp_path: Path) -> None:
    source = part_of(
        robot_corpus, tmp_path / "source", {"good": "robot_0001", "twin": "robot_0001", "bad": "robot_0002"}
    )
    (source / "wavs" / "bad.wav").write_text("a letter that somebody renamed", encoding="utf-8")
    with (source / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("gone|Nobody recorded this.\nempty|\n")
    shutil.copyfile(robot_corpus / "wavs" / "robot_0004.wav", source / "wavs" / "empty.wav")
    assert bring(settings, source) == {
        "good": "taken",
        "twin": "duplicate_audio",
        "bad": "unreadable_audio",
        "gone": "missing_audio",
        "empty": "empty_transcript",
    }
    assert len(contents(settings)) == 1


def test_a_second_take_of_a_sentence_is_taken_with_a_warning(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    source = part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001", "b": "robot_0002"})
    (source / "metadata.csv").write_text("a|Same words.\nb|Same words.\n", encoding="utf-8")
    report = import_speech(settings, source, "robot", "en-US", Silent())
    assert report.taken == 2
    assert any("another take" in warning for warning in report.rows[1].warnings)
    with open_store(settings) as store:
        assert len(store.prompts("robot")) == 1


def test_several_speakers_become_profiles_of_one_prompt_list(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    rows = {"a|Ada": "robot_0001", "b|Bob B.": "robot_0002", "c|Ada": "robot_0003"}
    bring(settings, part_of(robot_corpus, tmp_path / "source", rows), "duo")
    with open_store(settings) as store:
        assert {one.name: one.recordings for one in store.profiles()} == {"duo-Ada": 2, "duo-Bob_B_": 1}
        assert [one.name for one in store.prompt_lists()] == ["duo"]


def test_speakers_that_come_in_two_imports_keep_their_own_profiles(
    settings: Settings, robot_corpus: Path, tmp_path: Path
) -> None:
    ada = part_of(robot_corpus, tmp_path / "1", {"a|Ada": "robot_0001", "c|Ada": "robot_0003", "d|Ada": "robot_0004"})
    bob = part_of(robot_corpus, tmp_path / "2", {"b|Bob": "robot_0002", "e|Bob": "robot_0005", "f|Bob": "robot_0006"})
    bring(settings, ada, "duo")
    bring(settings, bob, "duo")
    before = contents(settings)
    bring(settings, ada, "duo")
    assert contents(settings) == before
    with open_store(settings) as store:
        assert {one.name: one.recordings for one in store.profiles()} == {"duo": 3, "duo-Bob": 3}


def test_another_language_under_the_same_name_is_refused(settings: Settings, robot_corpus: Path) -> None:
    bring(settings, robot_corpus)
    before = contents(settings)
    with pytest.raises(InvalidOption, match="is en-US and cannot take de-DE"):
        bring(settings, robot_corpus, language="de-DE")
    assert contents(settings) == before


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "-x", "a" * 61, "a b", "a\0b"])
def test_a_name_that_cannot_name_files_is_refused(settings: Settings, robot_corpus: Path, name: str) -> None:
    with pytest.raises(InvalidOption):
        bring(settings, robot_corpus, name)


def test_what_is_no_language_or_no_source_is_refused(settings: Settings, robot_corpus: Path) -> None:
    with pytest.raises(UnsupportedLanguage):
        bring(settings, robot_corpus, language="tlh-XX-nonsense")
    with pytest.raises(UnreadableSource):
        bring(settings, robot_corpus / "nowhere")


def test_an_archive_is_imported_and_leaves_no_scratch(settings: Settings, robot_corpus: Path, tmp_path: Path) -> None:
    archive = tmp_path / "corpus.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(robot_corpus.rglob("*.*")):
            file.write(path, path.relative_to(robot_corpus))
    assert set(bring(settings, archive).values()) == {"taken"}
    assert list((settings.data_dir / "scratch").iterdir()) == []


def test_two_imports_under_one_name_at_once_are_refused(settings: Settings, robot_corpus: Path) -> None:
    with locked(settings, speech_key("robot"), "test"), pytest.raises(InUse, match="recordings of robot"):
        bring(settings, robot_corpus)


def test_an_import_killed_at_any_moment_and_run_again_equals_an_undisturbed_one(
    robot_corpus: Path, tmp_path: Path
) -> None:
    straight = Settings(tmp_path / "straight", 1)
    killed = Settings(tmp_path / "killed", 1)
    bring(straight, robot_corpus)
    for rows in (4, 9):
        assert import_in_child_killed_after(rows, killed, robot_corpus) == -9
    assert 0 < len(contents(killed)) < 12
    bring(killed, robot_corpus)
    assert contents(killed) == contents(straight)


def import_in_child_killed_after(rows: int, settings: Settings, source: Path) -> int:
    """Import in chunks of 2 in another process that is killed when it measures that many rows."""
    code = f"""
import os, signal
from pathlib import Path
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.workflows import import_speech
import_speech.CHUNK = 2
measured = import_speech.measure_all
def measure_and_die(paths, processes, progress):
    for number, result in enumerate(measured(paths[:{rows} + 1], 1, progress)):
        if number == {rows} - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        yield result
import_speech.measure_all = measure_and_die
settings = Settings(Path({str(settings.data_dir)!r}), 1)
import_speech.import_speech(settings, Path({str(source)!r}), "robot", "en-US", Silent())
"""
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_a_disk_that_fills_up_loses_nothing(settings: Settings, robot_corpus: Path, tmp_path: Path) -> None:
    bring(settings, part_of(robot_corpus, tmp_path / "some", {"robot_0001": "robot_0001"}))
    before = contents(settings)
    with files_of_at_most(20_000), pytest.raises(StorageFailure):
        bring(settings, robot_corpus)
    assert contents(settings) == before
    assert set(bring(settings, robot_corpus).values()) == {"taken"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Every write beyond that many bytes of a file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_real_german_recordings_keep_their_umlauts(settings: Settings, speech: Path, tmp_path: Path) -> None:
    lines = (speech / "kerstin-100" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if set("äöüÄÖÜß") & set(line)][:3]
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "audio").symlink_to(speech / "kerstin-100" / "audio")
    table = tmp_path / "source" / "chosen.csv"
    table.write_text("\n".join(chosen), encoding="utf-8")
    assert set(bring(settings, table, "kerstin", "de-DE").values()) == {"taken"}
    with open_store(settings) as store:
        assert all(set("äöüÄÖÜß") & set(one.text) for one in store.prompts("kerstin"))
