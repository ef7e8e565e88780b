"""Piper's configuration of a base checkpoint: the published one, or one made from what the network tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint
from coaxial.checkpoints.inspection import Inspection
from coaxial.domain.errors import UnreadableCheckpoint
from coaxial.domain.quality import HOP_LENGTH, NUM_SYMBOLS
from coaxial.text.languages import resolve_language
from coaxial.text.phonemes import phoneme_id_map

MOST_BYTES = 16 << 20
"""Larger is no configuration: the largest published ones, of hundreds of speakers, have some 100 kB."""


def check_configuration(path: Path) -> None:
    """Raise UnreadableCheckpoint where a file is not JSON with a phoneme map, as every voice's configuration is."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict) or not isinstance(config.get("phoneme_id_map"), dict):
        raise UnreadableCheckpoint("it is not the configuration of a Piper voice.")


def made_configuration(entry: BaseCheckpoint, inspection: Inspection) -> dict[str, Any]:
    """The configuration of a checkpoint that was published without one: Piper's default phoneme map, and its facts."""
    language = resolve_language(entry.language)
    return {
        "dataset": entry.voice,
        "audio": {"sample_rate": inspection.sample_rate or entry.sample_rate, "quality": str(entry.quality)},
        "espeak": {"voice": entry.espeak_voice},
        "language": {"code": language.code},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {symbol: list(ids) for symbol, ids in phoneme_id_map().items()},
        "num_symbols": inspection.num_symbols or NUM_SYMBOLS,
        "num_speakers": inspection.num_speakers or 1,
        "speaker_id_map": {},
        "hop_length": HOP_LENGTH,
    }
