"""Preparing a dataset beside piper.train's prepare_data; the aim is a tenth of its time.

Both run as whole processes, imports included, in turn on the same clips (48 kHz stereo WAV) and the same cores:
piper.train's VitsDataModule.prepare_data, and here measure_all + prepare, from original files to a finished dataset.
The first ratio is of the clock; on a machine that others use at the same time, that of processor seconds says more.

    python bench/prepare.py [--source LJSPEECH_FOLDER] [--clips 300] [--rounds 3]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import wave
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

RATE = 48_000


def run_ours(source: Path, out: Path, processes: int) -> None:
    """As `coaxial make` does it: every file is hashed, then measured, then prepared by the same workers."""
    from coaxial.audio.workers import kept_workers, warm_up

    if processes > 1:
        warm_up(["coaxial.audio.measure", "coaxial.dataset.standardise", "onnx", "piper.phonemize_espeak"])
    rows = _rows(source / "metadata.csv")
    paths = [source / "wavs" / file for file, _ in rows]
    hashes = [_sha256(path) for path in paths]

    from coaxial.audio.measure import Measures, measure_all
    from coaxial.dataset.prepare import Selected, prepare
    from coaxial.domain.options import PrepareOptions
    from coaxial.domain.progress import Silent

    with kept_workers():
        recordings = [
            Selected(path.stem, path, sha256, text, "speaker", found.speech_start, found.speech_end)
            for path, sha256, (_, text), found in zip(
                paths, hashes, rows, measure_all(paths, processes, Silent()), strict=True
            )
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
    # Nothing is removed before the end: for minutes ext4 makes files slowly where others were removed.
    outputs = source.parent / "outputs"
    print(f"{clips} clips, {seconds:.0f} s of audio, {RATE} Hz stereo WAV, {processes} processes, {rounds} rounds\n")
    sides = ("piper.train", "coaxial")
    took: dict[str, list[Cost]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides:
            took[side].append(_whole_process(side, source, outputs / f"{side}-{number}", processes))
    print(
        f"{'':12}  {'seconds':>8}  {'ratio':>6}  {'x real time':>11}  {'CPU seconds':>11}  {'ratio':>6}  "
        f"{'peak memory':>11}"
    )
    reference = _median(took["piper.train"])
    for side in sides:
        cost = _median(took[side])
        print(
            f"{side:12}  {cost.seconds:8.2f}  {reference.seconds / cost.seconds:5.1f}x  {seconds / cost.seconds:11.0f}"
            f"  {cost.processor:11.1f}  {reference.processor / cost.processor:5.1f}x  {cost.memory:7.0f} MiB"
        )


@dataclass
class Cost:
    """Of one whole process and everything it started."""

    seconds: float
    processor: float = 0.0
    """Seconds of all processors together (Linux; 0 elsewhere)."""
    memory: float = 0.0
    """MiB at the worst moment; what processes share counts for each of them, so it is never too small."""


def _median(costs: list[Cost]) -> Cost:
    # Imported here, where it is no part of what is measured.
    import statistics

    return Cost(*(statistics.median(values) for values in zip(*map(astuple, costs), strict=True)))


def _whole_process(side: str, source: Path, out: Path, processes: int) -> Cost:
    command = [sys.executable, __file__, "--side", side, "--source", source, "--out", out, "--processes", processes]
    out.mkdir(parents=True)
    cost = Cost(0.0)
    began = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    watcher = threading.Thread(target=_watch, args=(child, cost))
    watcher.start()
    errors = child.communicate()[1]
    cost.seconds = time.perf_counter() - began
    watcher.join()
    if child.returncode:
        sys.exit(f"{side} failed:\n{errors.decode()[-2000:]}")
    return cost


def _watch(child: subprocess.Popen[bytes], cost: Cost) -> None:
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE") / 2**20
    processor: dict[int, float] = {}
    while child.poll() is None:
        family = _family(child.pid)
        for pid, stat in family.items():
            processor[pid] = (int(stat[11]) + int(stat[12])) / ticks
        cost.memory = max(cost.memory, sum(int(stat[21]) for stat in family.values()) * page)
        time.sleep(0.05)
    cost.processor = sum(processor.values())


def _family(pid: int) -> dict[int, list[str]]:
    """/proc/PID/stat from the state on, of a process and of everything it started (proc(5), fields 3 and up)."""
    stats: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
    family = [pid]
    for member in family:
        family += [one for one, stat in stats.items() if int(stat[1]) == member]
    return {member: stats[member] for member in family if member in stats}


def make_clips(source: Path | None, folder: Path, clips: int) -> None:
    """Write an LJSpeech folder of 48 kHz stereo WAV from the speech there is, again and again at other levels."""
    import numpy as np

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


def _speech(source: Path | None, clips: int) -> list[tuple[Any, str]]:
    """Samples (n,) at RATE and transcript of every clip."""
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
