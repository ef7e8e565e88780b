"""Preparing a dataset beside piper.train's prepare_data; the aim is a tenth of its time.

Both run as whole processes, imports included, in turn on the same clips (48 kHz stereo WAV) and the same cores:
piper.train's VitsDataModule.prepare_data, and here measure_all + prepare, from original files to a finished dataset.
Each side runs once before it counts. The first ratio is of the clock; on a machine that others use at the same time,
that of processor seconds says more. (The two sides stand in prepare_sides.py.)

    python bench/prepare.py [--source LJSPEECH_FOLDER] [--clips 300] [--rounds 3]
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import statistics
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


def compare(source: Path, rounds: int, processes: int) -> None:
    seconds = sum(_seconds(path) for path in (source / "wavs").iterdir())
    clips = len(_rows(source / "metadata.csv"))
    # Nothing is removed before the end: for minutes ext4 makes files slowly where others were removed.
    outputs = source.parent / "outputs"
    print(f"{clips} clips, {seconds:.0f} s of audio, {RATE} Hz stereo WAV, {processes} processes, {rounds} rounds")
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            print(f"{name}={os.environ[name]} is set: numpy does not multiply as fast as this processor can.")
    sides = ("piper.train", "coaxial")
    # What the first run alone does: compile sources, numba's functions too, and read libraries from the disk.
    for side in sides:
        _whole_process(side, _first_clips(source, 8), outputs / f"{side}-first", processes)
    took: dict[str, list[Cost]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides:
            took[side].append(_whole_process(side, source, outputs / f"{side}-{number}", processes))
    print(
        f"\n{'':12}  {'seconds':>8}  {'ratio':>6}  {'x real time':>11}  {'CPU seconds':>11}  {'ratio':>6}  "
        f"{'peak memory':>11}"
    )
    reference = _median(took["piper.train"])
    for side in sides:
        cost = _median(took[side])
        print(
            f"{side:12}  {cost.seconds:8.2f}  {reference.seconds / cost.seconds:5.1f}x  {seconds / cost.seconds:11.0f}"
            f"  {cost.processor:11.2f}  {reference.processor / cost.processor:5.1f}x  {cost.memory:7.0f} MiB"
        )
    for side in sides:
        rounds_took = ", ".join(f"{cost.seconds:.2f} ({cost.processor:.2f})" for cost in took[side])
        print(f"{side}, seconds (CPU seconds) of each round: {rounds_took}")


@dataclass
class Cost:
    """Of one whole process and everything it started."""

    seconds: float
    """Until the process itself has ended, as a person waits for it."""
    processor: float = 0.0
    """Seconds of all processors together; without Linux's way of adopting orphans, those of waited-for children."""
    memory: float = 0.0
    """MiB at the worst moment; what processes share counts for each of them, so it is never too small."""


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*map(astuple, costs), strict=True)))


def _whole_process(side: str, source: Path, out: Path, processes: int) -> Cost:
    command = [sys.executable, Path(__file__).with_name("prepare_sides.py"), side, source, out, processes]
    out.mkdir(parents=True)
    # Sources are compiled once, as they are where a package is installed.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cost = Cost(0.0)
    before = _processor_seconds()
    with (out / "errors").open("wb") as errors:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors, env=environment
        )
        watcher = threading.Thread(target=_watch, args=(child.pid, cost))
        watcher.start()
        child.wait()
        cost.seconds = time.perf_counter() - began
    watcher.join()
    _wait_for_orphans()
    cost.processor = _processor_seconds() - before
    if child.returncode:
        sys.exit(f"{side} failed:\n{(out / 'errors').read_text()[-2000:]}")
    return cost


def _adopt_orphans() -> None:
    """Let what a side leaves behind become this process's child, so that its processor time is counted (prctl(2))."""
    if sys.platform == "linux":
        import ctypes

        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _wait_for_orphans() -> None:
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def _processor_seconds() -> float:
    """Of all children that have ended and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(pid: int, cost: Cost) -> None:
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    while family := _family(pid):
        cost.memory = max(cost.memory, sum(int(stat[21]) for stat in family.values()) * page)
        time.sleep(0.05)


def _family(pid: int) -> dict[int, list[str]]:
    """/proc/PID/stat from the state on, of a process and of everything it started (proc(5), fields 3 and up)."""
    stats: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
    if stats.get(pid, ["Z"])[0] == "Z":
        return {}
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
        from coaxial.audio import robot_speech

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


def _first_clips(source: Path, clips: int) -> Path:
    """A folder of the first clips of another."""
    folder = source.parent / "first"
    if not folder.exists():
        (folder / "wavs").mkdir(parents=True)
        lines = (source / "metadata.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:clips]
        (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
        for line in lines:
            file = line.partition("|")[0]
            (folder / "wavs" / file).hardlink_to(source / "wavs" / file)
    return folder


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=os.environ.get("COAXIAL_SPEECH"), help="an LJSpeech folder")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    _adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        make_clips(arguments.source and Path(arguments.source), Path(folder) / "clips", arguments.clips)
        compare(Path(folder) / "clips", arguments.rounds, arguments.processes)


if __name__ == "__main__":
    main()
