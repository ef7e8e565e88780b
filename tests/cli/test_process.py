"""The command as a process: start-up, streams, signals."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())"]
HEAVY = (
    "torch",
    "numpy",
    "sqlalchemy",
    "alembic",
    "av",
    "onnxruntime",
    "piper",
    "rich.progress",
    "celery",
    "kombu",
    "urllib3",
    "fastapi",
    "uvicorn",
)


def environment(data_dir: Path) -> dict[str, str]:
    return {**os.environ, "COAXIAL_DATA_DIR": str(data_dir), "COAXIAL_PROCESSES": "1"}


def test_help_answers_within_half_a_second() -> None:
    def seconds() -> float:
        # Of the processor: what others do on this machine at the same time is not the command's time.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.5


@pytest.mark.parametrize("line", ["--help", "make --help", "train --help", "train x", "jobs --help", "worker --help"])
def test_help_and_bad_usage_import_nothing_heavy(line: str) -> None:
    code = (
        "import sys; from coaxial.cli.main import main\n"
        f"main({line.split()!r})\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_results_go_to_standard_output_and_everything_else_to_standard_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "profiles", "show", "nobody"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: There is no profile named 'nobody'.",
        "See which there are with: coaxial profiles list",
    ]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "profiles", "list"], env=environment(tmp_path), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_output_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, "profiles", "list"],
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(robot_corpus: Path, tmp_path: Path) -> None:
    line = ["import", str(robot_corpus), "--name", "robot", "--language", "en-US"]
    child = subprocess.Popen(
        [*COMMAND, *line], env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    while not child.stderr.readline().startswith("Measuring"):
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said.splitlines()[-2:] == ["Stopped.", "What was finished is kept; run the same command again to go on."]
    again = subprocess.run([*COMMAND, *line], env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (again.returncode, "12 taken" in again.stdout) == (0, True)


def test_train_model_at_the_root_takes_the_documented_options_and_explains_what_is_missing(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "train_model.py"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )

    documented = ("profile-id", "prompt-list-id", "language-code", "base-voice", "checkpoint", "epochs", "batch-size")
    shown = run("--help").stdout
    assert all(f"--{option} " in shown for option in documented)
    line = ["--profile-id", "Me", "--prompt-list-id", "List", "--language-code", "en-US", "--epochs", "100"]
    both = run(*line, "--base-voice", "en-US.amy", "--checkpoint", "amy.ckpt")
    assert (both.returncode, "starts from one place" in both.stderr) == (2, True)
    unknown = run(*line, "--base-voice", "en-US.amy")
    assert (unknown.returncode, "no profile named 'Me'" in unknown.stderr) == (1, True)
