"""Which program wrote a checkpoint, and what of that is in other programs' way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from coaxial.checkpoints.unpickling import StoredPath

_OF_COAXIAL = "coaxial"
"""The key under which our own checkpoints keep what an exact resume needs."""

_OF_OLD_TRAINER = frozenset({"sample_bytes", "channels", "dataset_dir", "gpus", "max_phoneme_ids", "checkpoint_epochs"})
"""Hyper-parameters that only rhasspy/piper's trainer left in its files; piper.train knows none of them."""

_OF_PIPER_TTS = frozenset({"learning_rate_d", "betas_d", "lr_decay_d", "use_mrd", "_instantiator"})
"""Hyper-parameters that came with piper.train."""


class Writer(str, Enum):
    """Which program wrote a checkpoint."""

    OLD_PIPER = "piper (old trainer)"
    PIPER_TTS = "piper-tts"
    COAXIAL = "coaxial"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


def writer_of(contents: Mapping[Any, Any], settings: Mapping[Any, Any]) -> Writer:
    """Told from a checkpoint's keys, its Lightning version and its hyper-parameters."""
    if isinstance(contents.get(_OF_COAXIAL), dict):
        return Writer.COAXIAL
    version = contents.get("pytorch-lightning_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if settings.keys() & _OF_PIPER_TTS:
        return Writer.PIPER_TTS if major else Writer.UNKNOWN
    return Writer.OLD_PIPER if settings.keys() & _OF_OLD_TRAINER or major == "1" else Writer.UNKNOWN


def leftovers_in(settings: Mapping[Any, Any]) -> Iterator[str]:
    """What other programs fail on, in words."""
    paths = sorted(
        key for key, value in settings.items() if isinstance(key, str) and key.isprintable() and _holds_path(value)
    )
    if paths:
        yield f"paths of the machine it was trained on ({', '.join(paths)}): torch.load(weights_only=True) refuses them"
    strange = sorted(settings.keys() & _OF_OLD_TRAINER)
    if strange:
        yield f"settings of the old trainer ({', '.join(strange)}): piper.train --ckpt_path fails on them"


def _holds_path(value: object) -> bool:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    return any(isinstance(part, StoredPath) for part in parts)
