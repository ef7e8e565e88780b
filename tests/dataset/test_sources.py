from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from coaxial.dataset.sources import Source, SourceRow, open_source
from coaxial.domain.errors import UnreadableSource, UnsafeArchive


def _fill(folder: Path, **files: str | bytes) -> Path:
    """Files by name, with `__` for a folder and the last `_` for the dot: wavs__a_wav is wavs/a.wav."""
    for name, content in files.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        file = folder / f"{stem}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def _read(path: Path) -> Source:
    with open_source(path) as source:
        assert all(row.audio is None or row.audio.is_file() for row in source.rows)
        return source


def _usable(source: Source) -> list[tuple[str, str]]:
    return [(row.name, row.text) for row in source.rows if row.problem is None]


def _codes(source: Source) -> dict[str, str]:
    return {row.name: row.problem.code for row in source.rows if row.problem}


@pytest.mark.parametrize("place", ["wavs__", "wav__", "audio__", "WAVS__", ""])
@pytest.mark.parametrize(
    "name", ["a", "a.wav", "A.WAV", "wavs/a.wav", "./a", "C:\\voice\\wavs\\a.wav", "/home/me/a.wav", "a.mp3"]
)
def test_audio_is_found_wherever_people_put_it_and_however_they_name_it(tmp_path, place, name):
    folder = _fill(tmp_path, metadata_csv=f"{name}|Hello.\n", **{f"{place}a_wav": b"x"})
    if name == "wavs/a.wav" and place == "":
        assert _read(folder).rows[0].audio == folder / "a.wav"
        return
    [row] = _read(folder).rows
    assert row.problem is None and row.audio is not None and row.audio.name == "a.wav"


@pytest.mark.parametrize("table", ["metadata.csv", "metadata.tsv", "metadata.txt", "Metadata.CSV", "line_index.tsv"])
def test_a_table_is_found_by_its_name_or_because_it_is_the_only_one(tmp_path, table):
    _fill(tmp_path, a_wav=b"x", readme_txt="Read,me\nplease,do\n")
    (tmp_path / table).write_text("a\tHello.\n")
    assert _usable(_read(tmp_path)) == [("a", "Hello.")]


def test_several_tables_are_not_guessed_between(tmp_path):
    _fill(tmp_path, a_wav=b"x", train_csv="a|Hello.\n", val_csv="a|Hello.\n")
    with pytest.raises(UnreadableSource, match=r"train\.csv, val\.csv"):
        _read(tmp_path)
    assert _usable(_read(tmp_path / "val.csv")) == [("a", "Hello.")]


def test_a_text_file_beside_each_recording_is_its_transcript(tmp_path):
    _fill(tmp_path, a_wav=b"x", a_txt="\ufeffHello,\nyou.\n", sub__b_flac=b"x", sub__b_lab="Good bye.", c_mp3=b"x")
    _fill(tmp_path, d_txt="Nobody said this.", README_txt="About this folder.")
    source = _read(tmp_path)
    assert _usable(source) == [("a.wav", "Hello, you."), ("sub/b.flac", "Good bye.")]
    assert _codes(source) == {"c.mp3": "no_transcript", "d.txt": "missing_audio"}


def test_every_row_and_every_recording_has_its_fate(tmp_path):
    table = "a|Hello.\nb|Nobody recorded this.\n../secret|Hello.\na|Again.\nc|\nd|x|y|z\n"
    source = _read(_fill(tmp_path / "in", metadata_csv=table, wavs__a_wav=b"x", wavs__c_wav=b"x", wavs__e_wav=b"x"))
    _fill(tmp_path, secret_wav=b"x")
    assert _usable(source) == [("a", "Hello.")]
    assert [(row.line, row.problem.code) for row in source.rows if row.problem] == [
        (2, "missing_audio"),
        (3, "unsafe_name"),
        (4, "repeated_name"),
        (5, "empty_transcript"),
        (6, "wrong_columns"),
        (None, "no_transcript"),
    ]
    assert all(row.problem.sentence.endswith(".") for row in source.rows if row.problem)


def test_a_name_never_leads_out_of_the_folder(tmp_path):
    _fill(tmp_path, secret_wav=b"x", outside__b_wav=b"x")
    names = [
        "../secret.wav",
        str(tmp_path / "secret.wav"),
        "wavs/../../secret",
        "..\\secret.wav",
        "../in/a/../../secret",
    ]
    table = "".join(f"{name}|Hello.\n" for name in names)
    source = _read(_fill(tmp_path / "in", metadata_csv=table, a_wav=b"x"))
    assert [row.audio for row in source.rows[: len(names)]] == [None] * len(names)


def test_speakers_are_read(tmp_path):
    table = "a|anna|Good morning.\nb|bert|Thank you, well.\n"
    source = _read(_fill(tmp_path, metadata_csv=table, a_wav=b"x", b_wav=b"x"))
    assert [row.speaker for row in source.rows] == ["anna", "bert"]


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("utf-16-le", True), ("cp1252", True)],
)
def test_encodings_are_read_and_a_guess_is_told(tmp_path, encoding, guessed):
    _fill(tmp_path, a_wav=b"x", metadata_csv="a|Grüße für alle – wirklich.\r\n".encode(encoding))
    source = _read(tmp_path)
    assert _usable(source) == [("a", "Grüße für alle – wirklich.")]
    assert len(source.notes) == guessed


def test_names_with_accents_match_in_any_unicode_form(tmp_path):
    _fill(tmp_path, metadata_csv="u\u0308ber|Hello.\n", wavs__über_wav=b"x")
    assert _usable(_read(tmp_path)) == [("u\u0308ber", "Hello.")]


def test_a_file_name_in_another_encoding_is_still_text(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"gr\xfc\xdfe.wav")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    source = _read(_fill(tmp_path, metadata_csv="grüße|Hello.\n"))
    assert _usable(source) == [("grüße", "Hello.")]


def test_links_to_folders_are_followed_once(tmp_path):
    _fill(tmp_path / "elsewhere", a_wav=b"x")
    folder = _fill(tmp_path / "in", metadata_csv="a|Hello.\n")
    (folder / "wavs").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    assert _usable(_read(folder)) == [("a", "Hello.")]


def test_what_is_no_plain_file_is_not_opened(tmp_path):
    _fill(tmp_path, metadata_csv="a|Hello.\nb|Hello.\n", b_wav=b"x")
    os.mkfifo(tmp_path / "a.wav")
    assert _codes(_read(tmp_path)) == {"a": "missing_audio"}


@pytest.mark.parametrize("wrapping", ["", "my voice/"])
def test_a_zip_is_read_like_the_folder_in_it(robot_corpus, tmp_path, wrapping):
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(robot_corpus.rglob("*")):
            archive.write(file, wrapping + file.relative_to(robot_corpus).as_posix())
    with open_source(path, scratch=tmp_path / "scratch") as source:
        assert _usable(source) == _usable(_read(robot_corpus))
        recordings = [row.audio for row in source.rows]
        assert all(file and file.suffix == ".wav" and file.stat().st_size > 1000 for file in recordings)
    assert not any(file and file.exists() for file in recordings)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_unsafe_zip_is_refused_before_anything_is_read(tmp_path):
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.csv", "a|Hello.\n")
        archive.writestr("../a.wav", b"x")
    with pytest.raises(UnsafeArchive):
        _read(path)


def test_nothing_usable_says_what_was_looked_for(tmp_path):
    _fill(tmp_path / "audio only", a_wav=b"x")
    _fill(tmp_path / "text only", notes_txt="Prose.", more_md="Prose.")
    _fill(tmp_path / "prose", metadata_csv="Just prose\n", a_wav=b"x")
    _fill(tmp_path, a_wav=b"x", binary_csv=b"\x00\x01" * 50, voice_7z=b"x", voice_zip=b"no archive", empty_csv=b"")
    (tmp_path / "empty").mkdir()
    for name in (
        "audio only",
        "text only",
        "prose",
        "empty",
        "a.wav",
        "binary.csv",
        "voice.7z",
        "voice.zip",
        "empty.csv",
        "gone",
    ):
        with pytest.raises(UnreadableSource) as refusal:
            _read(tmp_path / name)
        assert refusal.value.message.endswith(".") and refusal.value.remedy, name
    for name in ("\0", "x" * 5000):
        with pytest.raises(UnreadableSource):
            _read(Path(name))


def test_a_source_that_may_not_be_read_says_so(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    folder = _fill(tmp_path / "in", a_wav=b"x", metadata_csv="a|Hello.\n")
    (folder / "metadata.csv").chmod(0)
    with pytest.raises(UnreadableSource, match="cannot be read"):
        _read(folder)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users as POSIX has them")
def test_a_table_is_read_where_a_folder_beside_it_may_not_be(tmp_path):
    folder = _fill(tmp_path / "in", wavs__a_wav=b"x", closed__b_wav=b"x", mine_csv="a|Hello.\n")
    (folder / "closed").chmod(0)
    folder.chmod(0o755)
    program = (
        "import heapq, os, sys; from pathlib import Path; from coaxial.dataset.sources import open_source\n"
        "os.chdir(sys.argv[1]); os.getuid() or os.setuid(65534)  # root may read everything\n"
        "with open_source(Path('mine.csv')) as source: print([row.text for row in source.rows if row.problem is None])"
    )
    said = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True)
    (folder / "closed").chmod(0o755)
    assert said.stdout == "['Hello.']\n", said.stderr


def test_transcripts_that_are_no_text_reject_only_their_recording(tmp_path):
    _fill(
        tmp_path,
        a_wav=b"x",
        a_txt=b"RIFF\x00\x01\x02" * 20,
        b_wav=b"x",
        b_txt="Hello.",
        c_wav=b"x",
        c_txt="x" * 2_000_000,
    )
    source = _read(tmp_path)
    assert _usable(source) == [("b.wav", "Hello.")]
    assert _codes(source) == {"a.wav": "unreadable_transcript", "c.wav": "unreadable_transcript"}


def test_the_original_folder_is_left_as_it_was(robot_corpus, tmp_path):
    folder = tmp_path / "corpus"
    shutil.copytree(robot_corpus, folder)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    _read(folder)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "clips", "sentence"),
    [
        ("kathleen-40-original", 40, "He was wounded in the arm."),
        ("kerstin-100", 100, "Sie ist nach der Kreisstadt Weißenburg des Landkreises Weißenburg-Gunzenhausen benannt."),
    ],
)
def test_real_corpora_are_read_whole(speech, name, clips, sentence):
    rows: list[SourceRow] = _read(speech / name).rows
    assert len(rows) == clips and not any(row.problem for row in rows)
    assert rows[0].text == sentence
