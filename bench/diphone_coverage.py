"""How much of a language's sounds the first sentences of the built-in prompt lists cover.

    .venv/bin/python bench/diphone_coverage.py
    .venv/bin/python bench/diphone_coverage.py --text FILE --language sv-SE

For every language: how many different diphones the first 20, 50 and 100 sentences hold, as the list is written and in
reading order, of all that the list holds; the area under that curve over the minutes of the whole list (1 would be all
of them at once); and the same of a hundred random orders, the mean. With --text: the phonemes of a text that come at
least once in ten minutes of it, for text/inventory.py, and how much of its diphones the built-in list covers.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from coaxial.text.coverage import PACE, Spoken, coverage, spoken
from coaxial.text.inventory import phoneme_inventory
from coaxial.text.languages import Language, resolve_language
from coaxial.text.normalise import normalise_transcript
from coaxial.text.prompt_lists import builtin_list, builtin_lists, written_sentences
from measuring import print_table

_STOPS = (20, 50, 100)
_TEN_MINUTES = 600 * PACE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, help="measure this text instead")
    parser.add_argument("--language", default="en-US", help="of the text")
    options = parser.parse_args()
    if options.text:
        measure_text(options.text, resolve_language(options.language))
    else:
        measure_lists()


def measure_lists() -> None:
    begun = time.perf_counter()
    lists = builtin_lists()
    print(f"Ordering {sum(len(one.sentences) for one in lists)} sentences: {time.perf_counter() - begun:.2f} s\n")
    rows = {}
    for one in lists:
        voice = resolve_language(one.tag).espeak_voice
        said = {sentence: spoken(sentence, voice) for sentence in one.sentences}
        written = [said[sentence] for sentence in written_sentences(one.tag)]
        reading = [said[sentence] for sentence in one.sentences]
        everything = len(_diphones(written))
        shares = [f"{_share(order, stop):.0%}" for stop in _STOPS for order in (written, reading)]
        areas = [f"{area(order):.3f}" for order in (written, reading)]
        inventory = phoneme_inventory(voice)
        phonemes = f"{len(inventory) - len(coverage(one.sentences, voice).missing(inventory))}/{len(inventory)}"
        rows[one.tag] = [
            str(len(reading)), f"{sum(one.seconds for one in reading) / 60:.1f}", phonemes, str(everything),
            *shares, *areas, f"{_random_area(reading):.3f}",
        ]  # fmt: skip
    columns = ["sentences", "minutes", "phonemes", "diphones"]
    columns += [f"{stop} {order}" for stop in _STOPS for order in ("written", "reading")]
    print_table([*columns, "area written", "area reading", "area random"], rows)


def area(order: Sequence[Spoken]) -> float:
    """Mean part of a list's diphones that was heard, over the time that it takes to read all of it in this order."""
    heard: set[str] = set()
    seconds = total = 0.0
    for one in order:
        total += len(heard) * one.seconds
        seconds += one.seconds
        heard.update(one.diphones)
    return total / seconds / len(heard)


def _random_area(said: Sequence[Spoken]) -> float:
    dice = random.Random(1)
    return sum(area(dice.sample(said, len(said))) for _ in range(100)) / 100


def _share(order: Sequence[Spoken], stop: int) -> float:
    return len(_diphones(order[:stop])) / len(_diphones(order))


def _diphones(said: Sequence[Spoken]) -> set[str]:
    return {diphone for one in said for diphone in one.diphones}


def measure_text(file: Path, language: Language) -> None:
    lines = [normalise_transcript(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = coverage(lines, language.espeak_voice)
    total = sum(found.phonemes.values())
    if not total:
        sys.exit(f"{file} holds nothing that could be spoken.")
    often = {phoneme: count * _TEN_MINUTES / total for phoneme, count in found.phonemes.items()}
    common = sorted(phoneme for phoneme, times in often.items() if times >= 1)
    print(f"At least once in ten minutes ({len(common)}): {' '.join(common)}")
    print("Rarer:", ", ".join(f"{phoneme} {times:.1f}" for phoneme, times in often.items() if times < 1) or "none")
    heard = coverage(builtin_list(language).sentences, language.espeak_voice).diphones
    counts = Counter(found.diphones)
    covered = sum(count for diphone, count in counts.items() if diphone in heard) / counts.total()
    kinds = f"{sum(diphone in heard for diphone in counts)} of {len(counts)} kinds"
    print(f"Of its diphones the built-in list covers {covered:.1%} as spoken, {kinds}.")


if __name__ == "__main__":
    main()
