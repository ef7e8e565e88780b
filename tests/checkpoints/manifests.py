"""Files of a user's own base checkpoints, as people write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# As the specification prints it.
DOCUMENTED = {
    "en-US": {
        "amy": {
            "name": "Amy",
            "gender": "Female",
            "dataset": "LJSpeech",
            "quality": "High",
            "url": "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/amy/epoch%3D6679-step%3D1554200.ckpt",
            "config_url": "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/amy/config.json",
            "phoneme_type": "en-us-mfa",
            "sample_rate": 22050,
            "speaker_id": 0,
            "description": "High-quality female voice trained on LJSpeech dataset",
        }
    }
}


def written(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def of_one(path: Path, language: str = "en-US", voice: str = "custom", **fields: Any) -> Path:
    """A manifest of one entry: the shortest that is right, with some fields changed."""
    entry = {"name": "Custom Voice", "quality": "High", "url": "https://example.org/model.ckpt", **fields}
    return written(path, {language: {voice: {name: value for name, value in entry.items() if value is not ...}}})
