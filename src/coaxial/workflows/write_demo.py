"""Recordings for whoever wants to see a voice come about before they have recorded anything."""

from __future__ import annotations

from pathlib import Path

from coaxial.audio.robot_speech import SENTENCES, make_corpus
from coaxial.domain.files import storage_errors
from coaxial.settings import Settings

CLIPS = 60


def write_demo(settings: Settings) -> Path:
    """Let a robot read sentences aloud, into a folder that can be imported; answers it.

    A folder that is whole already is left as it is. Raises: StorageFailure.
    """
    folder = settings.data_dir / "demo"
    # The transcript is written last: where it is, every recording is.
    if not (folder / "metadata.csv").exists():
        with storage_errors(folder):
            make_corpus(folder, min(CLIPS, len(SENTENCES)))
    return folder
