"""What a process that measures recordings and prepares clips imports, once for all of them (audio/workers.py)."""

from coaxial.dataset.lazy_piper import put_off_piper_runtime

put_off_piper_runtime()

import piper.phoneme_ids  # noqa: E402
import piper.phonemize_espeak  # noqa: E402, F401

import coaxial.dataset.standardise  # noqa: E402, F401
