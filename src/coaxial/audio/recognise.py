"""What a speech recogniser hears in a recording, where one is installed: pocketsphinx, the extra `listen`.

It is an old and small one, with US English inside its package, so that nothing is downloaded. It writes down three
words of four: enough to tell another sentence from the right one, not to correct a transcript with.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

from coaxial.domain.errors import UnreadableAudio

LONGEST = 60.0
"""Seconds of a recording that are listened to; a take of one sentence is far shorter."""

_PATIENCE = 180.0
_RATE = 16_000
_LEVEL = 0.7
"""Of the largest sample: what the recogniser's model was made with is loud."""


def recogniser_of(language: str) -> str | None:
    """Name and version of a recogniser that is here and knows a language, such as "en"; None: there is none."""
    if language != "en" or importlib.util.find_spec("pocketsphinx") is None:
        return None
    return f"pocketsphinx {importlib.metadata.version('pocketsphinx')}"


def hear(file: Path) -> str:
    """The words of a recording, in a process of its own: a recogniser holds up the whole of the one it runs in.

    Raises: UnreadableAudio, also where it takes far longer than the recording lasts.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(file.resolve())],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableAudio(
            f"The speech recogniser did not come to an end of {file.name} in {_PATIENCE:.0f} s.",
            remedy="Try again when this machine has less to do.",
        ) from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UnreadableAudio(
            f"The speech recogniser could not listen to {file.name}: {said}",
            remedy="Play the recording; where it is heard, go by your own ears.",
        )
    return done.stdout.strip()


def _listen(file: Path) -> str:
    import numpy as np
    from pocketsphinx import Decoder

    from coaxial.audio.decode import decode
    from coaxial.audio.resample import resample

    sound = decode(file)
    samples = sound.samples[: int(LONGEST * sound.sample_rate)]
    samples = samples * np.float32(_LEVEL / max(float(np.abs(samples).max(initial=0.0)), 1e-4))
    pcm = (resample(samples, sound.sample_rate, _RATE).clip(-1, 1) * 32767).astype("<i2")
    # A new one each time: it adapts to what it hears, and would hear a sentence otherwise after another one.
    decoder = Decoder(loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr if found else ""


if __name__ == "__main__":
    sys.stdout.write(_listen(Path(sys.argv[1])))
