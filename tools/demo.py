"""`make demo`: a voice made of generated speech through the real command line, and a WAV of what it says.

Everything lies in `demo/` beside the repository's folders and can be deleted. Run again, it goes on where it was.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from coaxial.audio.robot_speech import make_corpus

FOLDER = Path(__file__).resolve().parents[1] / "demo"
CLIPS = 60
MINUTES = 2.0
SENTENCE = "The kettle sings before the morning begins."


def main() -> int:
    """Returns: the exit code of the first command that failed, else 0."""
    started = time.monotonic()
    recordings = FOLDER / "recordings"
    if not (recordings / "metadata.csv").exists():
        _say(f"espeak-ng reads {CLIPS} sentences aloud into {recordings}")
        make_corpus(recordings, CLIPS)
    choices = ("--quality", "x_low", "--from-scratch", "--minutes", f"{MINUTES:g}", "--batch-size", "4")
    try:
        voice = _coaxial("make", str(recordings), "--name", "robot", "--language", "en-US", *choices)
        wav = _coaxial("speak", voice, SENTENCE, "-o", str(FOLDER / "robot.wav"))
    except subprocess.CalledProcessError as error:
        return error.returncode
    except KeyboardInterrupt:
        return 130
    _say(
        f"Done in {time.monotonic() - started:.0f} s. After {MINUTES:g} minutes from random weights a voice hums and "
        "has no words yet; a real one starts from a base checkpoint (see README.md)."
    )
    print(wav)
    return 0


def _coaxial(*arguments: str) -> str:
    """Run a command as a person would, its progress in sight. Returns: the last line it printed."""
    _say("coaxial " + " ".join(f"'{one}'" if " " in one else one for one in arguments))
    program = Path(sysconfig.get_path("scripts")) / "coaxial"
    command = [str(program), *arguments, "--data-dir", str(FOLDER / "data")]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return output.splitlines()[-1]


def _say(line: str) -> None:
    print(f"\n{line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
