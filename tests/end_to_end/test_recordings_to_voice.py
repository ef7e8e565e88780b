"""The whole path as a person walks it: a folder of recordings goes in, a voice that Piper speaks with comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from piper import PiperVoice

COAXIAL = Path(sys.executable).with_name("coaxial")


def coaxial(data_dir: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COAXIAL_DATA_DIR": str(data_dir)}
    return subprocess.run([COAXIAL, *arguments], env=environment, capture_output=True, text=True, check=False)


def spoken(onnx: Path, text: str) -> np.ndarray:
    """What Piper's own runtime makes of a text, as 16-bit samples."""
    return np.concatenate([chunk.audio_int16_array for chunk in PiperVoice.load(onnx).synthesize(text)])


def the_onnx(folder: Path) -> Path:
    (path,) = folder.rglob("*.onnx")
    return path


@pytest.fixture(scope="module")
def made(robot_corpus, tmp_path_factory):
    """A data directory in which `make` has run on the robot's recordings."""
    data_dir = tmp_path_factory.mktemp("data")
    arguments = ("--name", "robot", "--language", "en-US", "--quality", "x_low", "--from-scratch", "--steps", "3")
    command = ("make", robot_corpus, *arguments, "--batch-size", "4", "--out", data_dir / "taken-home")
    result = coaxial(data_dir, *command)
    assert result.returncode == 0, result.stderr
    return data_dir, command, result


def test_make_leaves_a_pair_that_pipers_runtime_speaks_with(made):
    data_dir, _, result = made
    onnx = the_onnx(data_dir / "taken-home")
    assert onnx.name == "en_US-robot-x_low.onnx"
    config = json.loads(Path(f"{onnx}.json").read_text(encoding="utf-8"))
    assert (config["audio"]["sample_rate"], config["espeak"]["voice"]) == (16000, "en-us")
    assert len(spoken(onnx, "A first word.")) > 0
    assert str(onnx.parent) in result.stdout


def test_make_again_does_nothing_twice(made):
    data_dir, command, _ = made
    before = {path: path.stat().st_mtime_ns for path in (data_dir / "datasets").rglob("*") if path.is_file()}
    last = data_dir / "runs" / "robot-x_low-1" / "checkpoints" / "last.ckpt"
    trained = last.stat().st_mtime_ns
    result = coaxial(data_dir, *command)
    assert result.returncode == 0, result.stderr
    after = {path: path.stat().st_mtime_ns for path in (data_dir / "datasets").rglob("*") if path.is_file()}
    assert after == before
    assert last.stat().st_mtime_ns == trained
    assert [path.name for path in (data_dir / "runs").iterdir()] == ["robot-x_low-1"]


def test_where_a_run_trains_is_no_part_of_what_makes_it_the_same(made):
    data_dir, command, _ = made
    result = coaxial(data_dir, *command, "--device", "cpu")
    assert result.returncode == 0, result.stderr
    assert [path.name for path in (data_dir / "runs").iterdir()] == ["robot-x_low-1"]


def test_speak_writes_a_wav_to_a_file_and_to_standard_output(made, tmp_path):
    data_dir, _, _ = made
    result = coaxial(data_dir, "speak", "en_US-robot-x_low", "One, two, three.", "-o", tmp_path / "out.wav")
    assert result.returncode == 0, result.stderr
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        assert file.getnframes() > 0
    environment = {**os.environ, "COAXIAL_DATA_DIR": str(data_dir)}
    piped = subprocess.run(
        [COAXIAL, "speak", "en_US-robot-x_low", "-", "-o", "-"],
        input=b"Said through a pipe.",
        env=environment,
        capture_output=True,
        check=True,
    )
    assert piped.stdout[:4] == b"RIFF" and len(piped.stdout) > 1000


def test_what_was_made_is_listed_as_json(made):
    data_dir, _, _ = made
    for noun, name in (
        ("profiles", "robot"),
        ("prompt-lists", "robot"),
        ("runs", "robot-x_low-1"),
        ("voices", "en_US-robot-x_low"),
    ):
        (row,) = json.loads(coaxial(data_dir, noun, "list", "--json").stdout)
        assert row["name"] == name
    (dataset,) = json.loads(coaxial(data_dir, "datasets", "list", "--json").stdout)
    assert dataset["clips"] == 12


def test_forty_stereo_recordings_of_a_person_are_all_taken(speech, tmp_path):
    source = speech / "kathleen-40-original"
    before = {path: path.stat().st_mtime_ns for path in source.rglob("*")}
    result = coaxial(tmp_path, "import", source, "--name", "kathleen", "--language", "en-US")
    assert result.returncode == 0, result.stderr
    assert "40 taken" in result.stdout and "0 rejected" in result.stdout
    assert {path: path.stat().st_mtime_ns for path in source.rglob("*")} == before
    (report,) = (tmp_path / "imports").glob("*/report.json")
    assert len(json.loads(report.read_text(encoding="utf-8"))["rows"]) == 40


def test_german_keeps_its_umlauts_from_transcript_to_phonemes(speech, tmp_path):
    result = coaxial(tmp_path, "import", speech / "kerstin-100", "--name", "kerstin", "--language", "de-DE")
    assert result.returncode == 0, result.stderr
    result = coaxial(tmp_path, "prepare", "kerstin", "--quality", "low")
    assert result.returncode == 0, result.stderr
    (folder,) = (tmp_path / "datasets").glob("kerstin-low-*")
    lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 100
    assert any("Weißenburg" in line for line in lines) and any("über" in line for line in lines)
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["espeak"]["voice"] == "de"


@pytest.mark.slow
def test_twenty_steps_on_a_persons_voice_speak_in_pipers_runtime(speech, tmp_path):
    source = speech / "kathleen-40-original"
    arguments = ("--name", "kathleen", "--language", "en-US", "--quality", "x_low", "--from-scratch", "--steps", "20")
    result = coaxial(tmp_path, "make", source, *arguments, "--batch-size", "4")
    assert result.returncode == 0, result.stderr
    metrics = (tmp_path / "runs" / "kathleen-x_low-1" / "metrics.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in metrics.splitlines()]
    mel = [row["mel"] for row in rows if "mel" in row]
    assert len(mel) == 20
    # The first is what random weights make of speech; the second has learned from it already.
    assert np.mean(mel[-3:]) < 0.8 * mel[0]
    assert len(spoken(the_onnx(tmp_path / "voices"), "He was wounded in the arm.")) > 1000
