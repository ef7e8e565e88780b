"""`coaxial prompt-lists add` and `export`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from coaxial.cli.main import main


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COAXIAL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_built_in_sentences_are_added_shown_and_exported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompt-lists", "add", "svenska", "--language", "sv-SE", "--builtin"]) == 0
    assert capsys.readouterr().out == "svenska (sv-SE): 186 sentences added.\n"
    assert main(["prompt-lists", "show", "svenska"]) == 0
    shown = capsys.readouterr().out
    assert "said 46, of 46" in shown and "sentences (186)" in shown
    assert main(["prompt-lists", "export", "svenska"]) == 0
    exported = capsys.readouterr().out.splitlines()
    assert len(exported) == 186 and "Sjutton sjömän sjöng så högt att hela hamnen vaknade." in exported


def test_what_is_exported_can_be_piped_in_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["prompt-lists", "add", "one", "--language", "fr-FR", "--builtin"])
    capsys.readouterr()
    main(["prompt-lists", "export", "one"])
    exported = capsys.readouterr().out
    pipe(monkeypatch, exported.encode("utf-8"))
    assert main(["prompt-lists", "add", "two", "--language", "fr-FR", "--file", "-"]) == 0
    capsys.readouterr()
    main(["prompt-lists", "export", "two"])
    assert capsys.readouterr().out == exported != ""


def test_rejected_lines_are_listed_with_their_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.txt").write_text("Good morning.\n★\n" + "...\n" * 30, encoding="utf-8")
    assert main(["prompt-lists", "add", "own", "--language", "en-US", "--file", str(tmp_path / "own.txt")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "own (en-US): 1 sentence added, 31 rejected."
    assert lines[1] == "  line 2: The voice cannot say '★' (BLACK STAR); write what is to be spoken instead."
    assert lines[-1] == "  … and 11 more; --json lists them all." and len(lines) == 22
    pipe(monkeypatch, b"Good morning.\n...\n")
    assert main(["prompt-lists", "add", "own", "--language", "en-US", "--file", "-", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["added"], report["known"]) == (0, 1)
    assert [(one["line"], one["code"]) for one in report["rejected"]] == [(2, "nothing_to_say")]


def test_where_nothing_could_be_added_the_exit_code_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, b"...\n")
    assert main(["prompt-lists", "add", "own", "--language", "en-US", "--file", "-"]) == 1
    assert "0 sentences added, 1 rejected" in capsys.readouterr().out
    assert main(["prompt-lists", "export", "own"]) == 1
    assert "no prompt list named 'own'" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", "--builtin --file own.txt", "--builtin --language"])
def test_bad_usage_is_told(line: str, capsys: pytest.CaptureFixture[str], data_dir: Path) -> None:
    assert main(["prompt-lists", "add", "own", "--language", "en-US", *line.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "error:" in printed.err
    assert not data_dir.exists()
