"""Recordings to a frozen dataset: every clip standardised once, the folder either finished or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from coaxial.audio import measures
from coaxial.audio.workers import in_tasks, map_in_order
from coaxial.dataset.clip_cache import VERSION, Selected, Standardised, Work, find_standardised, standardise, wav_path
from coaxial.dataset.folder import link_or_copy, unfinished, write_folder
from coaxial.dataset.phoneme_cache import PhonemeCache
from coaxial.dataset.split import held_out_sentences, sentence_key
from coaxial.domain.errors import EmptyDataset
from coaxial.domain.files import storage_errors
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.progress import Progress

__all__ = ["PRELOAD", "Selected", "dataset_fingerprint", "prepare"]

PRELOAD = (*measures.PRELOAD, "coaxial.dataset.worker")
"""What measuring and preparing import in child processes (see audio/workers.py)."""


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
    chosen = sorted((replace(one, text=_one_line(one.text)) for one in recordings), key=_place)
    if not chosen:
        raise EmptyDataset(f"{name} has no recordings to prepare.", remedy="Import or record some first.")
    fingerprint = dataset_fingerprint(chosen, language, espeak_voice, options)
    draft = PreparedDataset(
        folder=datasets_folder / f"{name}-{options.quality}-{fingerprint[:8]}",
        name=name,
        fingerprint=fingerprint,
        quality=options.quality,
        language=language,
        espeak_voice=espeak_voice,
        speakers={},
        settings=_settings(options),
        clips=(),
    )
    work = Work(clips_folder, espeak_voice, options)
    with unfinished(draft.folder) as folder:
        if folder is not None:
            return _write(draft, folder, _standardise_all(chosen, work, processes, progress), work)
    return PreparedDataset.load(draft.folder)


def _write(
    draft: PreparedDataset, folder: Path, outcomes: Generator[tuple[Selected, Standardised], None, None], work: Work
) -> PreparedDataset:
    """Fill an unfinished folder with all clips as they are made, then with the rest."""
    made: list[tuple[Selected, Standardised]] = []
    # Closed whatever happens, so that a full disk or Ctrl-C here ends the workers at once.
    with closing(outcomes):
        for recording, outcome in outcomes:
            made.append((recording, outcome))
            if not outcome.problem:
                source = wav_path(recording, work)
                link_or_copy(source, folder / "wavs" / f"{recording.id}.wav")
                link_or_copy(source.with_suffix(".npy"), folder / "spectrograms" / f"{recording.id}.npy")
    dataset = _assembled(draft, sorted(made, key=lambda pair: _place(pair[0])))
    write_folder(dataset, folder)
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


def _place(recording: Selected) -> tuple[str, str]:
    return recording.speaker, recording.id


def _one_line(text: str) -> str:
    """A transcript as it can stand in metadata.csv: the delimiter and line breaks become spaces."""
    return " ".join(text.replace("|", " ").split())


def _standardise_all(
    recordings: Sequence[Selected], work: Work, processes: int, progress: Progress
) -> Generator[tuple[Selected, Standardised], None, None]:
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


def _made(
    missing: Sequence[Selected], work: Work, processes: int
) -> Generator[tuple[Selected, Standardised], None, None]:
    chunks = list(in_tasks(missing, processes))
    tasks = ((work, chunk) for chunk in chunks)
    results = map_in_order(standardise, tasks, min(processes, len(chunks)), PRELOAD)
    for chunk, made in zip(chunks, results, strict=True):
        yield from zip(chunk, made, strict=True)


def _assembled(draft: PreparedDataset, made: Sequence[tuple[Selected, Standardised]]) -> PreparedDataset:
    left_out = [{"recording": one.id, "reason": outcome.problem} for one, outcome in made if outcome.problem]
    usable = [(one, outcome) for one, outcome in made if not outcome.problem]
    if not usable:
        raise EmptyDataset(
            f"None of the {len(made)} recordings of {draft.name} can be trained on. The first: {left_out[0]['reason']}",
            remedy="Record or import clips of 1 to 15 seconds with what is said in them.",
        )
    # Numbered in the order in which metadata.csv names them, as piper.train numbers them.
    speakers = {speaker: number for number, speaker in enumerate(sorted({one.speaker for one, _ in usable}))}
    held_out = held_out_sentences(one.text for one, _ in usable)
    clips = tuple(
        Clip(
            id=one.id,
            text=one.text,
            speaker=one.speaker,
            speaker_id=speakers[one.speaker],
            phoneme_ids=outcome.phoneme_ids,
            samples=outcome.samples,
            held_out=sentence_key(one.text) in held_out,
        )
        for one, outcome in usable
    )
    return replace(draft, speakers=speakers, clips=clips, left_out=tuple(left_out))
