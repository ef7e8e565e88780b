"""Which phonemes and diphones sentences make a voice say, and the order of reading that covers most of them soonest.

A diphone is a phoneme with the one that follows it. Choosing sentences for it is the problem of covering a set at a
cost: taking, again and again, the sentence that adds most per second is never far from the best possible choice
(Nemhauser, Wolsey and Fisher 1978, "An analysis of approximations for maximizing submodular set functions"), and
need not look at every sentence each time, because what one adds only ever shrinks (Minoux 1978, "Accelerated greedy
algorithms").
"""

from __future__ import annotations

import heapq
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from coaxial.text.phonemes import Phonemization, phonemize

PAUSE = "_"
"""In a diphone, the silence before and after a sentence and at its punctuation."""

PACE = 13.5
"""Phonemes a second of people who read aloud; an English and a German speaker said 12.4 and 13.4, breaks included."""

BREAK = 0.2
"""Seconds that they stop at punctuation within a sentence."""

MARGINS = 0.5
"""Seconds of silence before and after the speech of a take, together."""

AGAIN = 0.01
"""What a diphone is worth each further time, as a part of the time before: new ones always come first, and where
nothing is new the order still goes for what was heard least."""

_PAUSES = frozenset(".,:;?!…。，、；：？！।")
_STRESS = frozenset("ˈˌ")
_TIES = frozenset("\u035c\u0361")


@dataclass(frozen=True)
class Spoken:
    """What one sentence makes a voice say."""

    phonemes: tuple[str, ...]
    """In order. Each is a phonetic letter with its length and its marks (iː, ɔ̃, tʰ); stress is no part of it."""
    diphones: tuple[str, ...]
    """`n-t`: two neighbours, also over the gap between words, where nobody stops; PAUSE is a neighbour too."""
    seconds: float
    """Estimated, of a take."""


@dataclass(frozen=True)
class Coverage:
    """What sentences make a voice say, all together, and how often."""

    phonemes: Mapping[str, int]
    """Most frequent first."""
    diphones: Mapping[str, int]
    seconds: float
    """Estimated, of reading all of them once."""

    def missing(self, inventory: Iterable[str]) -> tuple[str, ...]:
        """The phonemes of an inventory that are never said, sorted."""
        return tuple(sorted(phoneme for phoneme in inventory if phoneme not in self.phonemes))


@lru_cache(maxsize=20_000)
def spoken(sentence: str, espeak_voice: str) -> Spoken:
    """What a normalised sentence makes a voice say. Raises: UnsupportedLanguage."""
    return spoken_of(phonemize(sentence, espeak_voice))


def spoken_of(phonemization: Phonemization) -> Spoken:
    """As spoken, of a sentence whose phonemes are there already."""
    stretches = [stretch for one in phonemization.sentences for stretch in _stretches(one)]
    phonemes = tuple(sys.intern(phoneme) for stretch in stretches for phoneme in stretch)
    # Interned: a language has some thousand of them, and what was said once is kept.
    diphones = tuple(
        sys.intern(f"{first}-{second}")
        for stretch in stretches
        for first, second in zip((PAUSE, *stretch), (*stretch, PAUSE), strict=True)
    )
    seconds = len(phonemes) / PACE + BREAK * max(0, len(stretches) - 1) + MARGINS
    return Spoken(phonemes, diphones, seconds)


def coverage(sentences: Iterable[str], espeak_voice: str) -> Coverage:
    """What sentences make a voice say together. Raises: UnsupportedLanguage."""
    phonemes: Counter[str] = Counter()
    diphones: Counter[str] = Counter()
    seconds = 0.0
    for sentence in sentences:
        said = spoken(sentence, espeak_voice)
        phonemes.update(said.phonemes)
        diphones.update(said.diphones)
        seconds += said.seconds
    return Coverage(dict(phonemes.most_common()), dict(diphones.most_common()), seconds)


def reading_order(
    sentences: Sequence[str], espeak_voice: str, already: Iterable[str] = (), most: int | None = None
) -> list[int]:
    """Positions of sentences, ordered so that those read first cover most diphones per second of speech.

    already: sentences that were read before. most: how many to choose; None: all of them. The same input always gives
    the same order.
    Raises: UnsupportedLanguage.
    """
    heard = Counter(diphone for sentence in already for diphone in set(spoken(sentence, espeak_voice).diphones))
    said = [spoken(sentence, espeak_voice) for sentence in sentences]
    diphones = [tuple(dict.fromkeys(one.diphones)) for one in said]

    weights = {diphone: AGAIN ** heard[diphone] for one in diphones for diphone in one}

    def worth(position: int) -> float:
        return sum(map(weights.__getitem__, diphones[position])) / said[position].seconds

    # What stands in the heap was true once and is too much by now at most, so the first that is still true is the best.
    waiting = [(-worth(position), position) for position in range(len(said))]
    heapq.heapify(waiting)
    order: list[int] = []
    while waiting and (most is None or len(order) < most):
        _, position = waiting[0]
        now = (-worth(position), position)
        if now > waiting[0]:
            heapq.heapreplace(waiting, now)
            continue
        heapq.heappop(waiting)
        order.append(position)
        heard.update(diphones[position])
        weights.update((diphone, AGAIN ** heard[diphone]) for diphone in diphones[position])
    return order


def _stretches(symbols: Iterable[str]) -> list[list[str]]:
    """Phonemes between pauses, from Piper's single code points."""
    found: list[list[str]] = [[]]
    for symbol in symbols:
        stretch = found[-1]
        if symbol in _PAUSES:
            found.append([])
        elif symbol in _STRESS:
            continue
        elif stretch and (_belongs_to_letter(symbol) or stretch[-1][-1] in _TIES):
            stretch[-1] += symbol
        elif unicodedata.category(symbol) in ("Ll", "Lu", "Lo"):
            stretch.append(symbol)
    return [stretch for stretch in found if stretch]


def _belongs_to_letter(symbol: str) -> bool:
    """Length, marks, aspiration and the like, and the digits and letters for tones."""
    return unicodedata.category(symbol) in ("Mn", "Mc", "Lm", "Sk", "Nd", "No")
