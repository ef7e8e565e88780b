"""A prepared dataset as it lies in its folder: what `dataset` writes and `engine` reads.

The folder holds
    wavs/ID.wav            16-bit mono PCM at the tier's rate
    spectrograms/ID.npy    float16 (frames, 513), linear magnitude
    metadata.csv           audio_filename|Transcript text   (several speakers: audio_filename|speaker|Transcript text)
    config.json            Piper's voice configuration
    clips.jsonl            one Clip a line
    dataset.json           everything else below; written last, so a folder without it was never finished
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coaxial.domain.errors import NotFound, StorageFailure
from coaxial.domain.quality import HOP_LENGTH, Quality


@dataclass(frozen=True)
class Clip:
    """One prepared recording."""

    id: str
    """Names the clip's files in `wavs/` and `spectrograms/`."""
    text: str
    """Transcript, NFC."""
    speaker: str
    speaker_id: int
    phoneme_ids: Sequence[int]
    """Piper's ids of the transcript's phonemes, with begin, end and padding."""
    samples: int
    """Length of the audio in samples."""
    held_out: bool
    """True: for validation, never trained on. All takes of one sentence are on the same side."""

    @property
    def frames(self) -> int:
        """Spectrogram frames of the audio."""
        return self.samples // HOP_LENGTH


@dataclass(frozen=True)
class PreparedDataset:
    """A frozen dataset and where it lies."""

    folder: Path
    name: str
    fingerprint: str
    """sha256 over every clip's audio, transcript and speaker, and the settings."""
    quality: Quality
    language: str
    """Tag such as en-US."""
    espeak_voice: str
    speakers: Mapping[str, int]
    """Speaker name to id, 0 to n-1."""
    settings: Mapping[str, Any]
    """The PrepareOptions it was made with."""
    clips: Sequence[Clip]
    left_out: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    """Recordings that were selected but cannot be trained on: {"recording", "reason"}."""

    @property
    def sample_rate(self) -> int:
        return self.quality.sample_rate

    @property
    def seconds(self) -> float:
        """Speech in all clips together."""
        return sum(clip.samples for clip in self.clips) / self.sample_rate

    def wav(self, clip: Clip) -> Path:
        return self.folder / "wavs" / f"{clip.id}.wav"

    def spectrogram(self, clip: Clip) -> Path:
        return self.folder / "spectrograms" / f"{clip.id}.npy"

    @property
    def config_path(self) -> Path:
        return self.folder / "config.json"

    def summary(self) -> dict[str, Any]:
        """What dataset.json holds."""
        values = {key: getattr(self, key) for key in ("name", "fingerprint", "language", "espeak_voice")}
        return {
            **values,
            "quality": str(self.quality),
            "sample_rate": self.sample_rate,
            "speakers": dict(self.speakers),
            "settings": dict(self.settings),
            "clips": len(self.clips),
            "held_out": sum(clip.held_out for clip in self.clips),
            "seconds": round(self.seconds, 3),
            "left_out": [dict(row) for row in self.left_out],
        }

    def clip_lines(self) -> str:
        """What clips.jsonl holds."""
        return "".join(json.dumps(vars(clip), ensure_ascii=False) + "\n" for clip in self.clips)

    @staticmethod
    def load(folder: Path) -> PreparedDataset:
        """Read a dataset's folder.

        Raises: NotFound where there is none, or where it was never finished; StorageFailure where it is damaged.
        """
        try:
            summary = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
            lines = (folder / "clips.jsonl").read_text(encoding="utf-8").splitlines()
            return PreparedDataset(
                folder=folder,
                name=summary["name"],
                fingerprint=summary["fingerprint"],
                quality=Quality(summary["quality"]),
                language=summary["language"],
                espeak_voice=summary["espeak_voice"],
                speakers=summary["speakers"],
                settings=summary["settings"],
                clips=tuple(Clip(**json.loads(line)) for line in lines),
                left_out=tuple(summary["left_out"]),
            )
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(
                f"There is no finished dataset in {folder}.", remedy="Prepare it with: coaxial prepare NAME"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise StorageFailure(
                f"The dataset in {folder} is damaged.", remedy="Delete it and prepare it again; recordings are kept."
            ) from None
