"""The commands, called in this process: what they print, where, and how they end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from coaxial.cli import failing
from coaxial.cli import main as main_module
from coaxial.cli.main import main
from coaxial.domain.errors import Interrupted, StorageFailure
from corpora import part_of

NOUNS = ("profiles", "prompt-lists", "datasets", "runs", "voices")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands use this data directory, in one process."""
    monkeypatch.setenv("COAXIAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COAXIAL_PROCESSES", "1")
    return tmp_path / "data"


@pytest.fixture
def source(robot_corpus: Path, tmp_path: Path) -> Path:
    """A corpus of two clips."""
    return part_of(robot_corpus, tmp_path / "source", {"a": "robot_0001", "b": "robot_0002"})


def test_import_prepare_list_show_and_delete_work_on_one_store(
    data_dir: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(source), "--name", "robot", "--language", "en-US"]) == 0
    printed = capsys.readouterr()
    assert "2 taken" in printed.out
    assert "Measuring recordings" in printed.err
    assert main(["prepare", "robot", "--quality", "x_low", "--no-loudness"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert json.loads((folder / "dataset.json").read_text(encoding="utf-8"))["settings"]["loudness"] is None
    assert main(["datasets", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["folder"], listed["clips"]) == (folder.name, str(folder), 2)
    assert main(["profiles", "show", "robot"]) == 0
    assert "takes (2)" in capsys.readouterr().out
    assert main(["datasets", "delete", folder.name, "--yes"]) == 0
    assert not folder.exists()
    assert main(["profiles", "delete", "robot", "--yes"]) == 0
    assert "There are no profiles yet." in (main(["profiles", "list"]), capsys.readouterr().out)[1]


@pytest.mark.parametrize("noun", NOUNS)
def test_an_empty_store_lists_nothing_and_says_so(
    data_dir: Path, noun: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([noun, "list"]) == 0
    assert capsys.readouterr().out == f"There are no {noun.replace('-', ' ')} yet.\n"
    assert main([noun, "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main([noun, "show", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_the_data_directory_on_the_line_wins_over_the_environment(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profiles", "list", "--data-dir", str(tmp_path / "other")]) == 0
    assert (tmp_path / "other" / "coaxial.db").is_file()
    assert not data_dir.exists()


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "train",
        "train x --steps",
        "train x --from-scratch --steps many",
        "train x --steps 5",
        "train x --from-scratch --checkpoint a.ckpt --steps 5",
        "train x --base en-US.amy --checkpoint a.ckpt",
        "train x --from-scratch --steps 5 --epochs 5",
        "train x --from-scratch --steps 5 --batch-size 0",
        "train x --from-scratch --minutes -1",
        "train x --from-scratch --steps 5 --gpus 0,0",
        "train x --from-scratch --steps 5 --gpus one",
        "train x --from-scratch --steps 5 --gpus 0,1 --batch-size 1",
        "train x --from-scratch --steps 5 --final-learning-rate 0",
        "resume x --gpus 0,",
        "prepare x --quality huge",
        "prepare x --loudness 3",
        "import x --name a/b --language en-US",
        "datasets list extra",
        "checkpoints clear --older-than nan --yes",
        "checkpoints clear --older-than 1e12 --yes",
    ],
)
def test_bad_usage_ends_with_2_and_a_sentence(data_dir: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("import nowhere --name a --language en-US", "nowhere does not exist"),
        ("import . --name a --language xx-unknown", "xx-unknown"),
        ("prepare nobody", "no profile and no prompt list named 'nobody'"),
        ("train nobody --from-scratch", "no dataset named 'nobody'"),
        ("resume nobody", "no run named 'nobody'"),
        ("export nobody", "no run named 'nobody'"),
        ("speak nobody hello", "no voice named 'nobody'"),
        ("make . --name a --language en-US --checkpoint none.ckpt", "no checkpoint none.ckpt"),
    ],
)
def test_what_fails_ends_with_1_a_sentence_and_a_remedy(
    data_dir: Path, line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 1
    error, *remedy = capsys.readouterr().err.strip().splitlines()
    assert error.startswith("error: ")
    assert sentence in error
    assert remedy


def test_deleting_asks_on_a_terminal_and_needs_yes_elsewhere(
    data_dir: Path, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(source), "--name", "robot", "--language", "en-US"])
    monkeypatch.setattr(sys, "stdin", Answering("", terminal=False))
    assert main(["profiles", "delete", "robot"]) == 2
    assert "2 recordings" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", Answering("n\n", terminal=True))
    assert main(["profiles", "delete", "robot"]) == 1
    monkeypatch.setattr(sys, "stdin", Answering("y\n", terminal=True))
    assert main(["profiles", "delete", "robot"]) == 0


class Answering:
    """Somebody at the keyboard, or a pipe."""

    def __init__(self, answer: str, terminal: bool) -> None:
        self._answer, self._terminal = answer, terminal

    def isatty(self) -> bool:
        return self._terminal

    def readline(self) -> str:
        return self._answer


def test_a_data_directory_that_is_a_file_is_a_sentence(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_dir.write_text("a letter", encoding="utf-8")
    assert main(["profiles", "list"]) == 1
    assert f"error: The data directory {data_dir} cannot be made" in capsys.readouterr().err


def test_an_import_that_takes_nothing_ends_with_1(
    data_dir: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wav in (source / "wavs").iterdir():
        wav.write_bytes(b"")
    assert main(["import", str(source), "--name", "robot", "--language", "en-US"]) == 1
    assert "0 taken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (StorageFailure("The disk is full.", remedy="Free some."), 1, ["error: The disk is full.", "Free some."]),
        (
            Interrupted("Stopped after step 7.", remedy="Go on: coaxial resume r"),
            130,
            ["Stopped after step 7.", "Go on"],
        ),
        (KeyboardInterrupt(), 130, ["Stopped.", "run the same command again"]),
        (MemoryError(), 1, ["error: The machine's memory is full.", "COAXIAL_PROCESSES=1"]),
        (ZeroDivisionError("division by zero"), 1, ["a mistake in coaxial", "ZeroDivisionError", "details are in"]),
    ],
)
def test_every_way_to_fail_has_its_exit_code_and_sentence(
    data_dir: Path, error: BaseException, code: int, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise error

    assert failing.exit_code_of(command) == code
    printed = capsys.readouterr()
    assert all(part in printed.err for part in shown)
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_what_nobody_foresaw_is_logged_in_the_data_directory_and_shown_for_debugging(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise ZeroDivisionError("division by zero")

    failing.exit_code_of(command)
    (log,) = (data_dir / "logs").iterdir()
    assert "ZeroDivisionError: division by zero" in log.read_text(encoding="utf-8")
    monkeypatch.setenv("COAXIAL_DEBUG", "1")
    failing.exit_code_of(command)
    assert "Traceback" in capsys.readouterr().err


def test_the_doctor_tries_every_part_and_says_what_to_do(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    for part in ("python", "disk", "store", "audio", "phonemizer", "onnxruntime", "piper runtime", "torch", "cpu"):
        assert checks[part]["state"] in ("ok", "warning")
    assert "kwˈɪk" in checks["phonemizer"]["detail"]
    assert all(check["remedy"] for check in checks.values() if check["state"] != "ok")


def test_a_doctor_who_finds_something_broken_ends_with_1(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_dir.mkdir()
    (data_dir / "coaxial.db").write_bytes(b"no database at all, just words" * 50)
    assert main(["doctor"]) == 1
    assert "failed   store" in capsys.readouterr().out


def test_every_command_has_help_with_a_sentence_for_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("make", "import", "prepare", "train", "resume", "export", "speak", "doctor", "checkpoints", *NOUNS):
        assert main([command, "--help"]) == 0
        assert "Usage: coaxial" in capsys.readouterr().out
    for argument in main_module.app["make"].assemble_argument_collection():
        assert argument.parameter.help or argument.children, argument.name
