"""Claim: preparing a dataset takes at most a tenth of the time of piper.train's prepare_data.

Both run as whole processes, imports included, in turn on the same clips (48 kHz stereo WAV) and the same cores:
piper.train's VitsDataModule.prepare_data, and here measure_all + prepare, from original files to a finished dataset.

    python bench/prepare.py [--source LJSPEECH_FOLDER] [--clips 300] [--rounds 3]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

import numpy as np

RATE = 48_000


def run_ours(source: Path, out: Path, processes: int) -> None:
    from coaxial.audio.measure import Measures, measure_all
    from coaxial.dataset.prepare import Selected, prepare
    from coaxial.domain.options import PrepareOptions
    from coaxial.domain.progress import Silent

    rows = _rows(source / "metadata.csv")
    paths = [source / "wavs" / file for file, _ in rows]
    recordings = [
        Selected(path.stem, path, _sha256(path), text, "speaker", found.speech_start, found.speech_end)
        for path, (_, text), found in zip(paths, rows, measure_all(paths, processes, Silent()), strict=True)
        if isinstance(found, Measures) and found.speech_start is not None and found.speech_end is not None
    ]
    dataset = prepare(
        recordings,
        name="bench",
        datasets_folder=out / "datasets",
        clips_folder=out / "clips",
        language="en-US",
        espeak_voice="en-us",
        options=PrepareOptions(),
        processes=processes,
        progress=Silent(),
    )
    assert len(dataset.clips) == len(rows), dataset.left_out


def run_peer(source: Path, out: Path) -> None:
    from piper.train.vits.dataset import VitsDataModule

    VitsDataModule(
        csv_path=source / "metadata.csv",
        cache_dir=out / "cache",
        espeak_voice="en-us",
        config_path=out / "config.json",
        voice_name="bench",
        audio_dir=source / "wavs",
    ).prepare_data()


def compare(source: Path, rounds: int, processes: int) -> None:
    seconds = sum(_seconds(path) for path in (source / "wavs").iterdir())
    clips = len(_rows(source / "metadata.csv"))
    print(f"{clips} clips, {seconds:.0f} s of audio, {RATE} Hz stereo WAV, {processes} processes, {rounds} rounds\n")
    sides = ("piper.train", "coaxial")
    took: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            with tempfile.TemporaryDirectory() as out:
                took[side].append(_whole_process(side, source, Path(out), processes))
    print(f"{'':12}  {'seconds':>8}  {'x real time':>11}  {'peak memory':>11}  {'ratio':>6}")
    reference = statistics.median(time for time, _ in took["piper.train"])
    for side in sides:
        median = statistics.median(time for time, _ in took[side])
        memory = max(peak for _, peak in took[side])
        print(f"{side:12}  {median:8.2f}  {seconds / median:11.0f}  {memory:7.0f} MiB  {reference / median:5.1f}x")


def _whole_process(side: str, source: Path, out: Path, processes: int) -> tuple[float, float]:
    """Seconds from start to exit, and the largest memory of the process and all below it in MiB."""
    command = [sys.executable, __file__, "--side", side, "--source", source, "--out", out, "--processes", processes]
    began = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peaks = [0.0]
    watcher = threading.Thread(target=_watch, args=(child, peaks), daemon=True)
    watcher.start()
    errors = child.communicate()[1]
    took = time.perf_counter() - began
    if child.returncode:
        sys.exit(f"{side} failed:\n{errors.decode()[-2000:]}")
    return took, peaks[0]


def _watch(child: subprocess.Popen[bytes], peaks: list[float]) -> None:
    while child.poll() is None:
        peaks[0] = max(peaks[0], sum(_memory(pid) for pid in _family(child.pid)) / 1024)
        time.sleep(0.1)


def _family(pid: int) -> list[int]:
    """A process and everything it started (Linux)."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = [pid]
    for member in family:
        family += [one for one, parent in parents.items() if parent == member]
    return family


def _memory(pid: int) -> float:
    """KiB in memory; what processes share counts for each of them, so the sum is never too small."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def make_clips(source: Path | None, folder: Path, clips: int) -> None:
    """Write an LJSpeech folder of 48 kHz stereo WAV from the speech there is, again and again at other levels."""
    random = np.random.default_rng(0)
    speech = _speech(source, clips)
    (folder / "wavs").mkdir(parents=True)
    with (folder / "metadata.csv").open("w", encoding="utf-8") as metadata:
        for number in range(clips):
            samples, text = speech[number % len(speech)]
            stereo = np.stack([samples, samples], axis=1) * random.uniform(0.6, 1.0)
            stereo += random.standard_normal(stereo.shape) * 1e-4
            with wave.open(str(folder / "wavs" / f"{number:05}.wav"), "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((np.clip(stereo, -1, 1) * 32767).astype("<i2").tobytes())
            metadata.write(f"{number:05}.wav|{text}\n")


def _speech(source: Path | None, clips: int) -> list[tuple[np.ndarray, str]]:
    from coaxial.audio.decode import decode
    from coaxial.audio.resample import resample

    if source is None:
        sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
        import robot_speech

        spoken = [(*robot_speech.speak(text), text) for text in robot_speech.SENTENCES[:40]]
        return [(resample(samples, rate, RATE), text) for samples, rate, text in spoken]
    speech = []
    for file, text in _rows(source / "metadata.csv")[:clips]:
        found = [
            path for name in ("wavs", "wav", "audio", ".") for path in (source / name).glob(f"{Path(file).stem}.*")
        ]
        sound = decode(found[0])
        speech.append((resample(sound.samples, sound.sample_rate, RATE), text))
    return speech


def _rows(metadata: Path) -> list[tuple[str, str]]:
    with metadata.open(encoding="utf-8") as file:
        return [(row[0], row[-1]) for row in csv.reader(file, delimiter="|")]


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=os.environ.get("COAXIAL_SPEECH"), help="an LJSpeech folder")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--side", choices=("coaxial", "piper.train"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side == "coaxial":
        run_ours(arguments.source, arguments.out, arguments.processes)
    elif arguments.side == "piper.train":
        run_peer(arguments.source, arguments.out)
    else:
        with tempfile.TemporaryDirectory() as folder:
            make_clips(arguments.source and Path(arguments.source), Path(folder) / "clips", arguments.clips)
            compare(Path(folder) / "clips", arguments.rounds, arguments.processes)


if __name__ == "__main__":
    main()
