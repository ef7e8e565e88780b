"""How much of a voice a speech recogniser understands, beside the real recordings of the same sentences.

Held-out sentences of a dataset are spoken by voices through Piper's runtime: exported ones, or checkpoints of ours or
of piper.train, which are exported for it. Or they were spoken before, elsewhere: folders, or .tar.gz files, that hold
folders of WAVs and `sentences.txt`, a line `WAV's name without .wav<TAB>text` each, as same_learning.py writes them.
pocketsphinx (US English, its model is inside the package) writes down what it hears. Prints the word error rate of
each. The recogniser is an old one: compare the figures, not any of them with a person.

    python bench/recognise.py DATASET_FOLDER VOICE.onnx RUN.ckpt … [--sentences 20]
    python bench/recognise.py --spoken FOLDER_OR_TAR …
"""

from __future__ import annotations

import argparse
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from coaxial.audio.decode import decode
from coaxial.audio.resample import resample
from coaxial.dataset.split import sentence_key
from coaxial.domain.prepared import PreparedDataset
from coaxial.text.reading import compare
from coaxial.voices.speech import SpeakingVoice

RATE = 16_000

Utterance = tuple[str, NDArray[np.float32], int]
"""Text, samples (n,) in [-1, 1] and their rate."""


def heard(decoder: Decoder, samples: NDArray[np.float32], rate: int) -> list[str]:
    """Words of the likeliest sentence; samples: (n,) in [-1, 1]."""
    peak = max(float(np.abs(samples).max(initial=0.0)), 1e-4)
    pcm = (resample(samples * np.float32(0.7 / peak), rate, RATE).clip(-1, 1) * 32767).astype("<i2")
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return sentence_key(found.hypstr).split() if found else []


def recordings(dataset: PreparedDataset, sentences: int) -> Iterator[Utterance]:
    for clip in [clip for clip in dataset.clips if clip.held_out][:sentences]:
        sound = decode(dataset.wav(clip))
        yield clip.text, sound.samples, sound.sample_rate


def spoken_by(path: Path, dataset: PreparedDataset, sentences: int) -> Iterator[Utterance]:
    """The same sentences in a voice, exported or of a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        voice = SpeakingVoice(path if path.suffix == ".onnx" else _export(path, dataset, Path(folder)))
        for clip in [clip for clip in dataset.clips if clip.held_out][:sentences]:
            pcm = np.concatenate(list(voice.speak(clip.text)))
            yield clip.text, pcm.astype(np.float32) / 32768, voice.sample_rate


def spoken_before(path: Path) -> Iterator[Utterance]:
    """What lies in a folder."""
    for line in (path / "sentences.txt").read_text(encoding="utf-8").splitlines():
        name, text = line.split("\t")
        sound = decode(path / f"{name}.wav")
        yield text, sound.samples, sound.sample_rate


def voices_in(path: Path, unpacked: Path) -> list[Path]:
    """The folders of voices in a folder, or in a tar file, which is unpacked."""
    if path.is_file():
        with tarfile.open(path) as tar:
            tar.extractall(unpacked, filter="data")
        path = unpacked
    return sorted(file.parent for file in path.rglob("sentences.txt"))


def _export(checkpoint: Path, dataset: PreparedDataset, folder: Path) -> Path:
    from coaxial.engine.checkpoint import load_run_checkpoint
    from coaxial.engine.export import export_onnx

    found = load_run_checkpoint(checkpoint)
    path = folder / "voice.onnx"
    export_onnx(found.generator, found.shape, path)
    shutil.copy(dataset.config_path, f"{path}.json")
    return path


def score(name: str, utterances: Iterable[Utterance]) -> tuple[int, int, int]:
    """Print what is heard. Returns: sentences, words and word errors."""
    # One that has heard nothing yet: it adapts to what it hears.
    decoder = Decoder(loglevel="FATAL")
    sentences = words = errors = 0
    print(name)
    for text, samples, rate in utterances:
        said = sentence_key(text).split()
        found = heard(decoder, samples, rate)
        sentences += 1
        words += len(said)
        errors += compare(said, found).errors
        print(f"  said   {' '.join(said)}\n  heard  {' '.join(found)}")
    return sentences, words, errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("voices", type=Path, nargs="*", help=".onnx or .ckpt")
    parser.add_argument("--spoken", type=Path, nargs="+", default=[], help="folders or .tar.gz files of WAVs")
    parser.add_argument("--sentences", type=int, default=20)
    arguments = parser.parse_args()
    sources: list[tuple[str, Iterable[Utterance]]] = []
    if arguments.dataset:
        dataset = PreparedDataset.load(arguments.dataset)
        sources.append(("recordings", recordings(dataset, arguments.sentences)))
        sources += [(str(path), spoken_by(path, dataset, arguments.sentences)) for path in arguments.voices]
    with tempfile.TemporaryDirectory() as unpacked:
        for number, path in enumerate(arguments.spoken):
            voices = voices_in(path, Path(unpacked) / str(number))
            sources += [(voice.name, spoken_before(voice)) for voice in voices]
        if not sources:
            parser.error("a dataset and voices, or --spoken")
        scores = {name: score(name, utterances) for name, utterances in sources}
    width = max(map(len, scores))
    print(f"\n{'':{width}}  sentences  words  word error rate")
    for name, (sentences, words, errors) in scores.items():
        print(f"{name:{width}}  {sentences:9}  {words:5}  {errors / words:15.1%}")


if __name__ == "__main__":
    main()
