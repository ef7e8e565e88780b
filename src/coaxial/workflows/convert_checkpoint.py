"""A clean checkpoint from an old one, from one of ours, or from a published voice."""

from __future__ import annotations

from pathlib import Path

from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.workflows.resolve_base import file_of


def convert_checkpoint(
    settings: Settings, source: str, target: Path, rest_from: str | None, overwrite: bool, progress: Progress
) -> list[str]:
    """Write target, which every Piper trainer and plain torch.load read: weights and settings, nothing else.

    source: a file (`.ckpt`, `.onnx`), or an id such as en-US.amy. rest_from: likewise, a base of the same tier that
    gives what a voice's `.onnx` does not have (posterior encoder, discriminators); without it they start fresh.

    Returns: what was kept, dropped and is fresh, in sentences.
    Raises: what fetch_base raises, InvalidOption (target exists), UnreadableCheckpoint, UnreadableVoice,
    UnsafeCheckpoint, BaseMismatch, StorageFailure.
    """
    from coaxial.engine.conversion import convert

    given = file_of(settings, source, progress)
    rest = None if rest_from is None else file_of(settings, rest_from, progress)
    return convert(given, target.expanduser(), rest_from=rest, overwrite=overwrite, progress=progress)
