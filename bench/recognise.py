"""How much of a voice a speech recogniser understands, beside the real recordings of the same sentences.

Held-out sentences of a dataset are spoken by an exported voice through Piper's runtime; pocketsphinx (US English, its
model is inside the package) writes down what it hears of them and of the recordings. Prints the word error rate of
both. The recogniser is an old one: compare the two figures, not either of them with a person.

    python bench/recognise.py DATASET_FOLDER VOICE.onnx [--sentences 20]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from coaxial.audio.decode import decode
from coaxial.audio.resample import resample
from coaxial.dataset.split import sentence_key
from coaxial.domain.prepared import PreparedDataset
from coaxial.voices.speech import SpeakingVoice

RATE = 16_000


def heard(decoder: Decoder, samples: NDArray[np.float32], rate: int) -> list[str]:
    """Words of the likeliest sentence; samples: (n,) in [-1, 1]."""
    peak = max(float(np.abs(samples).max(initial=0.0)), 1e-4)
    pcm = (resample(samples * np.float32(0.7 / peak), rate, RATE).clip(-1, 1) * 32767).astype("<i2")
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return sentence_key(found.hypstr).split() if found else []


def word_errors(said: list[str], heard_words: list[str]) -> int:
    """Substitutions, insertions and deletions between two sentences (Levenshtein 1966)."""
    row = list(range(len(heard_words) + 1))
    for place, word in enumerate(said, start=1):
        before, row = row, [place]
        for column, other in enumerate(heard_words, start=1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (word != other)))
    return row[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("voice", type=Path)
    parser.add_argument("--sentences", type=int, default=20)
    arguments = parser.parse_args()
    dataset = PreparedDataset.load(arguments.dataset)
    voice = SpeakingVoice(arguments.voice)
    clips = [clip for clip in dataset.clips if clip.held_out][: arguments.sentences]
    decoder = Decoder(loglevel="FATAL")
    words = errors_real = errors_voice = 0
    for clip in clips:
        said = sentence_key(clip.text).split()
        sound = decode(dataset.wav(clip))
        pcm = np.concatenate(list(voice.speak(clip.text)))
        spoken = pcm.astype(np.float32) / 32768
        of_real = heard(decoder, sound.samples, sound.sample_rate)
        of_voice = heard(decoder, spoken, voice.sample_rate)
        words += len(said)
        errors_real += word_errors(said, of_real)
        errors_voice += word_errors(said, of_voice)
        print(f"said   {' '.join(said)}\n  recording  {' '.join(of_real)}\n  voice      {' '.join(of_voice)}")
    print(f"\n{len(clips)} held-out sentences, {words} words\n{'':12}word error rate")
    print(f"{'recordings':12}{errors_real / words:15.1%}\n{'voice':12}{errors_voice / words:15.1%}")


if __name__ == "__main__":
    main()
