"""The two sides that bench/prepare.py times, each a whole process; what only the timing needs is not imported here.

python bench/prepare_sides.py coaxial|piper.train LJSPEECH_FOLDER OUTPUT_FOLDER PROCESSES
"""

from __future__ import annotations

import hashlib
import sys
import threading
from importlib import import_module
from pathlib import Path


def run_coaxial(source: Path, out: Path, processes: int) -> None:
    """As `coaxial make` does it: every file is hashed, then measured, then prepared by the same workers."""
    from coaxial.audio.workers import kept_workers, warm_up

    if processes > 1:
        warm_up(["coaxial.audio.measure", "coaxial.dataset.worker"])
    rows = _rows(source / "metadata.csv")
    paths = [source / "wavs" / file for file, _ in rows]
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]

    from coaxial.audio.measures import Measures, measure_all
    from coaxial.domain.progress import Silent

    # The workers are busy while this process imports what comes next.
    threading.Thread(target=import_module, args=("coaxial.dataset.prepare",)).start()
    with kept_workers():
        measured = list(measure_all(paths, processes, Silent()))

        from coaxial.dataset.prepare import Selected, prepare
        from coaxial.domain.options import PrepareOptions

        recordings = [
            Selected(path.stem, path, sha256, text, "speaker", found.speech_start, found.speech_end)
            for path, sha256, (_, text), found in zip(paths, hashes, rows, measured, strict=True)
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


def run_piper_train(source: Path, out: Path) -> None:
    from piper.train.vits.dataset import VitsDataModule

    VitsDataModule(
        csv_path=source / "metadata.csv",
        cache_dir=out / "cache",
        espeak_voice="en-us",
        config_path=out / "config.json",
        voice_name="bench",
        audio_dir=source / "wavs",
    ).prepare_data()


def _rows(metadata: Path) -> list[tuple[str, str]]:
    """File and transcript; the corpus is written by bench/prepare.py and quotes nothing."""
    fields = (line.split("|") for line in metadata.read_text(encoding="utf-8").splitlines())
    return [(row[0], row[-1]) for row in fields]


if __name__ == "__main__":
    # Not from this folder: numba imports a package `coverage` where there is one, and a script here has that name.
    sys.path.pop(0)
    side, source, out, processes = sys.argv[1:]
    if side == "coaxial":
        run_coaxial(Path(source), Path(out), int(processes))
    else:
        run_piper_train(Path(source), Path(out))
