"""From what a person calls a base, an id or a file, to the file that training starts from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.provenance import now
from coaxial.domain.errors import NotFound
from coaxial.domain.options import TrainOptions
from coaxial.domain.progress import Progress
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.workflows.fetch_base import fetch_base


def file_of(settings: Settings, base: str, progress: Progress, quality: Quality | None = None) -> Path:
    """The file of an id such as en-US.amy, fetched if it is not here, or of a path to a `.ckpt` or `.onnx`.

    Raises: NotFound, and what fetch_base raises.
    """
    path = Path(base).expanduser()
    if path.suffix.lower() in (".ckpt", ".onnx") or path.exists():
        if not path.is_file():
            raise NotFound(f"There is no checkpoint {base}.", remedy="Give the path of a Piper voice's .ckpt file.")
        return path.resolve()
    return fetch_base(settings, base, progress, quality=quality).path


def with_base_file(settings: Settings, options: TrainOptions, quality: Quality, progress: Progress) -> TrainOptions:
    """The options with the file of their base voice, which is fetched if it is not here; others as they are."""
    if options.base_voice is not None:
        return replace(options, base=file_of(settings, options.base_voice, progress, quality))
    if options.base is not None:
        return replace(options, base=file_of(settings, str(options.base), progress, quality))
    return options


def note_use(settings: Settings, options: TrainOptions) -> None:
    """Write down that a run starts from a base now, where it is one of the cache."""
    if options.base is not None and options.base.parent == settings.checkpoints:
        Cache(settings.checkpoints).mark(options.base.stem, used=now())


def terms_of(settings: Settings, base: Path) -> str:
    """Licence and lineage of a base, for the card of a voice that started from it; empty where nothing is known."""
    written = Cache(settings.checkpoints).provenance(base.stem) if base.parent == settings.checkpoints else None
    known = [part for part in (written.licence, written.lineage) if part and part != "unknown"] if written else []
    return "; ".join(known)
