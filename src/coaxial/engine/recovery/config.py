"""What a voice's `.onnx.json` says that its graph does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from coaxial.domain.errors import UnreadableVoice

_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class VoiceConfig:
    """Of a published voice."""

    sample_rate: int
    """Samples per second."""
    symbols: int
    speakers: int


def read_voice_config(voice: Path) -> VoiceConfig:
    """Read the JSON file beside a voice. Raises: UnreadableVoice where it is missing, or says not all of it."""
    path = voice.with_name(f"{voice.name}.json")
    if not path.is_file():
        raise UnreadableVoice(
            f"{voice.name} has no {path.name} beside it, and only that tells its sample rate.",
            remedy="Put both files of the voice into one folder.",
        )
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is far too large")
        contents = json.loads(path.read_text(encoding="utf-8"))
        return VoiceConfig(
            sample_rate=_whole(contents, "audio", "sample_rate"),
            symbols=_whole(contents, "num_symbols"),
            speakers=_whole(contents, "num_speakers"),
        )
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableVoice(
            f"{path.name} cannot be used: {error}.", remedy="Download or copy both files of the voice again."
        ) from None


def _whole(contents: object, *keys: str) -> int:
    for key in keys:
        contents = contents.get(key) if isinstance(contents, dict) else None
    if not isinstance(contents, int) or isinstance(contents, bool) or contents < 1:
        raise ValueError(f"it does not say {'.'.join(keys)}")
    return contents
