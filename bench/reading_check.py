"""How well the recogniser tells at recording time that another sentence was read: no other recorder does it.

Real recordings of a corpus (a folder with `metadata.csv`, a line `file|text` each) are listened to as the studio does,
and compared with their own sentence, with another one's, and, cut in the middle, with their own again. Prints how many
of each the studio would call another sentence, and how long it listens.

    python bench/reading_check.py ../shared/speech/kathleen [--recordings 60]
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from pathlib import Path

from coaxial.audio.decode import decode
from coaxial.audio.recognise import hear, recogniser_of
from coaxial.audio.wav import to_pcm, wav_header
from coaxial.dataset.split import sentence_key
from coaxial.text.reading import compare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--recordings", type=int, default=60)
    arguments = parser.parse_args()
    lines = (arguments.corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[:2] for line in lines]
    random.Random(1).shuffle(rows)
    rows = rows[: arguments.recordings + 1]
    files = {path.name: path for path in arguments.corpus.rglob("*") if path.is_file()}
    found = {"its own": 0, "another one": 0, "its own, cut in the middle": 0}
    seconds = listened = 0.0
    for (name, text), (_, other) in itertools.pairwise(rows):
        sound = decode(files[name])
        seconds += len(sound.samples) / sound.sample_rate
        begun = time.perf_counter()
        words = sentence_key(hear(files[name])).split()
        listened += time.perf_counter() - begun
        found["its own"] += compare(sentence_key(text).split(), words).is_another
        found["another one"] += compare(sentence_key(other).split(), words).is_another
        with tempfile.TemporaryDirectory() as folder:
            half = Path(folder) / "half.wav"
            pcm = to_pcm(sound.samples[: len(sound.samples) // 2])
            half.write_bytes(wav_header(len(pcm), sound.sample_rate) + pcm.tobytes())
            words = sentence_key(hear(half)).split()
        found["its own, cut in the middle"] += compare(sentence_key(text).split(), words).is_another
    tried = len(rows) - 1
    print(f"{recogniser_of('en')}: {tried} recordings, {seconds:.0f} s of sound, listened to in {listened:.0f} s")
    print(f"{'compared with':<28}{'called another sentence':>24}")
    for what, count in found.items():
        print(f"{what:<28}{count / tried:>24.0%}")


if __name__ == "__main__":
    main()
