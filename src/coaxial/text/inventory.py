"""The phonemes that speakers of a language need, as its espeak-ng voice says them.

espeak-ng's own tables name many that no word has. These are the ones that ten minutes of ordinary speech hold: of the
twenty thousand commonest words of each language, drawn as often as people use them (wordfreq 3), those that come at
least once in ten minutes and in at least ten words. Words that espeak-ng speaks as another language's are left out:
their phonemes are not this one's. `bench/diphone_coverage.py --text` tells of any text which come that often.
"""

from __future__ import annotations

import unicodedata

_OF_VOICE = {
    "de": "a b ç d eː f h iː j k l m n oː p r s t uː v x yː z ø øː ŋ œ ɐ ɑ ɑː ɔ ə ɛ ɛː ɜ ɡ ɪ ɪʲ ɾ ʃ ʊ ʏ",
    "en-gb-x-rp": "a b d e f h i iː iːʲ j k l m n p s t uː v w z æ ð ŋ ɐ ɑː ɒ ɔ ɔː ə ɛ ɜː ɡ ɪ ɪʲ ɹ ʃ ʊ ʌ ʒ θ",
    "en-us": "a b d e f h i iʲ iː iːʲ j k l m n n̩ o p s t uː v w z æ ð ŋ ɐ ɑː ɔ ɔː ə ɚ ɛ ɜː ɡ ɪ ɪʲ ɹ ɾ ʃ ʊ ʌ ʒ ʔ θ ᵻ",
    "es": "a b d e f i iʲ j k l m n o p pː r s t u w x ð ŋ ɛ ɡ ɣ ɪ ɲ ɾ ʃ ʊ ʎ ʝ β θ",
    "fr": "a aː b d e f i j k l m n o oː p s t u v w y yː z ø œ œ̃ ɑ̃ ɔ ɔ̃ ə ɛ ɛ̃ ɡ ɲ ʁ ʃ ʒ",
    "it": "a aː b bː d dː e eː f i iʲ iː iːʲ j k kː l m n o p pː r s sː t tː u v w z zː "
    "ŋ ɔ ɔː ɛ ɛː ɡ ɪ ɲ ɾ ʃ ʃː ʊ ʎ ʒ ʒː",
    "sv": "a b d eː f h iː iːʲ j k kː l m n oː p r s t tː uː v y yː øː ŋ œ ɑː ɔ ɕ ɖ ə ɛ ɛː ɡ ɧ ɪ ɪʲ ɭ ɳ ɵ ʂ ʃ ʈ ʉː ʊ",
}


def phoneme_inventory(espeak_voice: str) -> frozenset[str]:
    """The phonemes of a language; none where nobody has measured them yet."""
    # Decomposed, as Piper's phonemes are.
    return frozenset(unicodedata.normalize("NFD", _OF_VOICE.get(espeak_voice, "")).split())
