"""Recordings to a frozen dataset: every clip standardised once, the folder either finished or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coaxial.audio.workers import map_in_order, task_size
from coaxial.dataset.folder import link_or_copy, write_folder
from coaxial.dataset.phoneme_cache import PhonemeCache
from coaxial.dataset.split import held_out_sentences, sentence_key
from coaxial.dataset.standardise import VERSION, Selected, Standardised, Work, find_standardised, standardise, wav_path
from coaxial.domain.errors import EmptyDataset, InUse, StorageFailure
from coaxial.domain.files import storage_errors
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.progress import Progress

__all__ = ["Selected", "dataset_fingerprint", "prepare"]


def prepare(
    recordings: Sequence[Selected],
    *,
    name: str,
    datasets_folder: Path,
    clips_folder: Path,
    language: str,
    espeak_voice: str,
    options: PrepareOptions,
    processes: int,
    progress: Progress,
) -> PreparedDataset:
    """Write `datasets_folder/NAME-QUALITY-FINGERPRINT/`, or return it at once where it is finished already.

    Clips are kept in clips_folder under what decides them and only linked into the dataset: after a change only what
    changed is done again. A kill or a full disk leaves no half dataset, and the finished clips for the next time.

    Raises: EmptyDataset (nothing left to train on), InUse (another process prepares the same dataset),
    StorageFailure, UnsupportedLanguage.
    """
    chosen = sorted(
        (replace(one, text=_one_line(one.text)) for one in recordings), key=lambda one: (one.speaker, one.id)
    )
    if not chosen:
        raise EmptyDataset(f"{name} has no recordings to prepare.", remedy="Import or record some first.")
    fingerprint = dataset_fingerprint(chosen, language, espeak_voice, options)
    target = datasets_folder / f"{name}-{options.quality}-{fingerprint[:8]}"
    if (target / "dataset.json").exists():
        return PreparedDataset.load(target)
    with storage_errors(datasets_folder):
        datasets_folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(datasets_folder)
    with _alone_with(target), _part_of(target) as part:
        if part is None:
            return PreparedDataset.load(target)
        work = Work(clips_folder, espeak_voice, options)
        outcomes = {}
        for recording, outcome in _standardise_all(chosen, work, processes, progress):
            outcomes[recording.id] = outcome
            if not outcome.problem:
                source = wav_path(recording, work)
                link_or_copy(source, part / "wavs" / f"{recording.id}.wav")
                link_or_copy(source.with_suffix(".npy"), part / "spectrograms" / f"{recording.id}.npy")
        dataset = _assemble(chosen, outcomes, name, target, fingerprint, language, work)
        write_folder(dataset, part)
    return dataset


def dataset_fingerprint(
    recordings: Sequence[Selected], language: str, espeak_voice: str, options: PrepareOptions
) -> str:
    """sha256 over every recording's audio, transcript, speaker and bounds, in any order, and the settings."""
    rows = sorted(
        [one.sha256, _one_line(one.text), one.speaker, f"{one.speech_start:.4f}", f"{one.speech_end:.4f}"]
        for one in recordings
    )
    facts = {
        "version": VERSION,
        "language": language,
        "espeak_voice": espeak_voice,
        "settings": _settings(options),
        "recordings": rows,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def _settings(options: PrepareOptions) -> dict[str, Any]:
    return asdict(options) | {"quality": str(options.quality)}


def _one_line(text: str) -> str:
    """A transcript as it can stand in metadata.csv: the delimiter and line breaks become spaces."""
    return " ".join(text.replace("|", " ").split())


def _standardise_all(
    recordings: Sequence[Selected], work: Work, processes: int, progress: Progress
) -> Iterator[tuple[Selected, Standardised]]:
    """Every recording's outcome, those first that the cache holds."""
    with storage_errors(work.clips_folder):
        work.clips_folder.mkdir(parents=True, exist_ok=True)
    phonemes = PhonemeCache(work.clips_folder, work.espeak_voice)
    missing = []
    for recording in recordings:
        outcome = find_standardised(recording, work, phonemes.get(recording.text))
        if outcome is None:
            missing.append(recording)
        else:
            yield recording, outcome
    if 0 < len(missing) < len(recordings):
        progress.say(f"{len(recordings) - len(missing)} of {len(recordings)} clips are as they were.")
    if missing:
        progress.stage("Preparing clips", total=len(missing), unit="clips")
    for recording, outcome in _made(missing, work, processes):
        progress.advance()
        if outcome.phoneme_ids:
            phonemes.add(recording.text, outcome.phoneme_ids)
        yield recording, outcome
    phonemes.save()


def _made(missing: Sequence[Selected], work: Work, processes: int) -> Iterator[tuple[Selected, Standardised]]:
    size = task_size(len(missing), processes)
    chunks = [missing[begin : begin + size] for begin in range(0, len(missing), size)]
    tasks = ((work, chunk) for chunk in chunks)
    preload = [standardise.__module__, "scipy.fft", "piper.phonemize_espeak"]
    results = map_in_order(standardise, tasks, min(processes, len(chunks)), preload)
    for chunk, made in zip(chunks, results, strict=True):
        yield from zip(chunk, made, strict=True)


def _assemble(
    recordings: Sequence[Selected],
    outcomes: dict[str, Standardised],
    name: str,
    target: Path,
    fingerprint: str,
    language: str,
    work: Work,
) -> PreparedDataset:
    left_out = [
        {"recording": one.id, "reason": outcomes[one.id].problem} for one in recordings if outcomes[one.id].problem
    ]
    usable = [one for one in recordings if not outcomes[one.id].problem]
    if not usable:
        raise EmptyDataset(
            f"None of the {len(recordings)} recordings of {name} can be trained on. The first: {left_out[0]['reason']}",
            remedy="Record or import clips of 1 to 15 seconds with what is said in them.",
        )
    # Numbered in the order in which metadata.csv names them, as piper.train numbers them.
    speakers = {speaker: number for number, speaker in enumerate(sorted({one.speaker for one in usable}))}
    held_out = held_out_sentences(one.text for one in usable)
    clips = tuple(
        Clip(
            id=one.id,
            text=one.text,
            speaker=one.speaker,
            speaker_id=speakers[one.speaker],
            phoneme_ids=outcomes[one.id].phoneme_ids,
            samples=outcomes[one.id].samples,
            held_out=sentence_key(one.text) in held_out,
        )
        for one in usable
    )
    return PreparedDataset(
        folder=target,
        name=name,
        fingerprint=fingerprint,
        quality=work.options.quality,
        language=language,
        espeak_voice=work.espeak_voice,
        speakers=speakers,
        settings=_settings(work.options),
        clips=clips,
        left_out=tuple(left_out),
    )


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


@contextmanager
def _part_of(target: Path) -> Iterator[Path | None]:
    """A fresh folder that becomes the target when the block ends well; None where another process made it meanwhile."""
    if (target / "dataset.json").exists():
        yield None
        return
    if target.exists():
        raise StorageFailure(
            f"{target} is there, but is not a finished dataset.", remedy="Move it away and run the same command again."
        )
    part = target.parent / f".{target.name}.part"
    with storage_errors(part):
        (part / "wavs").mkdir(parents=True)
        (part / "spectrograms").mkdir()
    try:
        yield part
        with storage_errors(target):
            # One flush for all clips instead of one for each: on a hard disk seconds instead of minutes.
            if hasattr(os, "sync"):
                os.sync()
            part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
