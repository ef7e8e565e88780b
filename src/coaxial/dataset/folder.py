"""A prepared dataset's folder: there when it is finished, and its files beside the clips (see domain/prepared.py)."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.domain.errors import InUse, StorageFailure
from coaxial.domain.files import storage_errors, write_text
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import HOP_LENGTH, NUM_SYMBOLS

_FLUSH_SECONDS = 0.4
"""Between flushes, so that a disk is never far behind and short work has none."""


@contextmanager
def unfinished(target: Path) -> Iterator[Path | None]:
    """A fresh folder that becomes the target when the block ends well; None where the target is finished already.

    Raises: InUse (another process is making it), StorageFailure.
    """
    # Written last, so where it is, everything is.
    proof = target / "dataset.json"
    if proof.exists():
        yield None
        return
    with storage_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent)
    with _alone_with(target):
        if proof.exists():
            yield None
            return
        if target.exists():
            raise StorageFailure(
                f"{target} is there, but is not a finished dataset.",
                remedy="Move it away and run the same command again.",
            )
        part = target.parent / f".{target.name}.part"
        try:
            with storage_errors(part):
                (part / "wavs").mkdir(parents=True)
                (part / "spectrograms").mkdir()
            with _flushing_meanwhile():
                yield part
            with storage_errors(target):
                # One flush for all clips instead of one for each: on a hard disk seconds instead of minutes.
                if hasattr(os, "sync"):
                    os.sync()
                part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


@contextmanager
def _flushing_meanwhile() -> Iterator[None]:
    """Let the disk write what is made while more is made, so that the flush at the end finds little to do."""
    finished = threading.Event()

    def flush() -> None:
        while not finished.wait(_FLUSH_SECONDS):
            os.sync()

    flusher = threading.Thread(target=flush, daemon=True)
    if hasattr(os, "sync"):
        flusher.start()
    try:
        yield
    finally:
        finished.set()
        if flusher.ident is not None:
            flusher.join()


def _remove_leftovers(datasets_folder: Path) -> None:
    """Remove the unfinished folders of processes that were killed."""
    for part in datasets_folder.glob(".*.part"):
        try:
            with FileLock(part.with_suffix(".lock"), timeout=0):
                shutil.rmtree(part)
        except Timeout:
            continue


@contextmanager
def _alone_with(target: Path) -> Iterator[None]:
    lock = FileLock(target.parent / f".{target.name}.lock", timeout=0)
    try:
        with storage_errors(target):
            lock.acquire()
    except Timeout:
        raise InUse(
            f"The dataset {target.name} is being prepared by another command right now.",
            remedy="Wait until it has finished, then run this again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def link_or_copy(source: Path, target: Path) -> None:
    """One file under two names where the file system can, two files where not. Raises: StorageFailure."""
    with storage_errors(target):
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT):
                raise
            shutil.copyfile(source, target)


def write_folder(dataset: PreparedDataset, folder: Path) -> None:
    """Write everything but the clips into an unfinished folder; dataset.json last. Raises: StorageFailure."""
    files = {
        "metadata.csv": metadata_csv(dataset),
        "config.json": json.dumps(piper_config(dataset), ensure_ascii=False, indent=2) + "\n",
        "clips.jsonl": dataset.clip_lines(),
        "dataset.json": json.dumps(dataset.summary(), ensure_ascii=False, indent=2) + "\n",
    }
    for name, content in files.items():
        # The folder is flushed as a whole before it is finished.
        write_text(folder / name, content, durable=False)


def metadata_csv(dataset: PreparedDataset) -> str:
    """`ID.wav|text` a line, with several speakers `ID.wav|speaker|text` (LJSpeech, as piper.train reads it)."""
    several = len(dataset.speakers) > 1
    return "".join("|".join(_fields(clip, several)) + "\n" for clip in dataset.clips)


def _fields(clip: Clip, several: bool) -> list[str]:
    speaker = [_field(clip.speaker)] if several else []
    return [f"{clip.id}.wav", *speaker, _field(clip.text)]


def _field(value: str) -> str:
    # Python's csv module, which piper.train reads with, takes a quotation mark for quoting only at a field's start.
    return '"' + value.replace('"', '""') + '"' if value.startswith('"') else value


def piper_config(dataset: PreparedDataset) -> dict[str, object]:
    """Piper's voice configuration with the default phoneme map, as PiperConfig writes and reads it."""
    put_off_piper_runtime()
    from piper.config import PhonemeType, PiperConfig
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    config = PiperConfig(
        num_symbols=NUM_SYMBOLS,
        num_speakers=len(dataset.speakers),
        sample_rate=dataset.sample_rate,
        espeak_voice=dataset.espeak_voice,
        phoneme_id_map=DEFAULT_PHONEME_ID_MAP,
        phoneme_type=PhonemeType.ESPEAK,
        speaker_id_map=dict(dataset.speakers) if len(dataset.speakers) > 1 else {},
        piper_version=version("piper-tts"),
        hop_length=HOP_LENGTH,
    )
    return dict(config.to_dict())
