"""A run's checkpoint becomes a voice: exported, proven, and only then shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coaxial.domain.errors import BaseMismatch, NotFound, StorageFailure
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.records import DatasetRecord, ProfileRecord, RunRecord, VoiceRecord
from coaxial.text.languages import resolve_language
from coaxial.voices.facts import VoiceFacts
from coaxial.voices.package import build_voice, copy_voice
from coaxial.workflows.locks import locked
from coaxial.workflows.resolve_base import terms_of

if TYPE_CHECKING:
    from coaxial.engine.checkpoint import RunCheckpoint


@dataclass(frozen=True)
class ExportedVoice:
    """A voice that proved itself."""

    record: VoiceRecord
    onnx: Path
    """In the folder that was asked for, else in the data directory; its `.onnx.json` is beside it."""


def export_voice(
    settings: Settings, run_name: str, checkpoint: str, out: Path | None, progress: Progress
) -> ExportedVoice:
    """Export a checkpoint of a run as a Piper voice into the store, and into `out` too where that is given.

    checkpoint: best, last, or a file. best is last where no sentences were held out to judge by.
    Raises: NotFound (run, checkpoint), UnreadableCheckpoint, UnsafeCheckpoint, BaseMismatch (a file of another
    network than the run's), ExportRejected, StorageFailure, InUse.
    """
    with open_store(settings) as store:
        run = store.run(run_name)
        row = store.dataset(run.dataset)
        dataset = PreparedDataset.load(row.folder)
        from coaxial.engine.checkpoint import load_run_checkpoint
        from coaxial.engine.export import TorchSpeech, export_onnx

        loaded = load_run_checkpoint(_checkpoint_file(run, checkpoint, progress))
        _refuse_other_network(loaded, dataset)
        facts = _facts(settings, store, run, row, dataset, loaded)
        with locked(settings, f"voice-{facts.stem}", f"the voice {facts.stem}"):
            folder, proof = build_voice(
                facts,
                lambda path: export_onnx(loaded.generator, loaded.shape, path),
                TorchSpeech(loaded.generator, loaded.shape),
                settings.voices,
                progress,
            )
            record = store.add_voice(
                facts.stem, run.name, loaded.path.name, folder, dataset.language, str(facts.quality)
            )
            shown = copy_voice(folder, out.expanduser().resolve(), facts.created) if out else folder
    progress.say(
        f"{facts.stem} is proven: ONNX and torch differ by at most {proof.largest_difference:.0e} "
        f"in {proof.cases} utterances, and Piper speaks with it."
    )
    return ExportedVoice(record, shown / f"{facts.stem}.onnx")


def _checkpoint_file(run: RunRecord, checkpoint: str, progress: Progress) -> Path:
    folder = run.folder / "checkpoints"
    if checkpoint not in ("best", "last"):
        named = folder / checkpoint
        return named if named.is_file() else Path(checkpoint).expanduser()
    path = folder / f"{checkpoint}.ckpt"
    if checkpoint == "best" and not path.exists():
        path = folder / "last.ckpt"
        progress.say("No sentences were held out to tell the best checkpoint by, so the last one is exported.")
    if not path.exists():
        raise NotFound(
            f"The run {run.name} has written no checkpoint yet.", remedy=f"Train it on with: coaxial resume {run.name}"
        )
    return path


def _refuse_other_network(loaded: RunCheckpoint, dataset: PreparedDataset) -> None:
    speakers = max(len(dataset.speakers), 1)
    if (loaded.quality, loaded.shape.num_speakers) != (dataset.quality, speakers):
        raise BaseMismatch(
            f"{loaded.path.name} is a {loaded.quality} network of {loaded.shape.num_speakers} speaker(s), and this "
            f"run trains a {dataset.quality} network of {speakers}.",
            remedy="Choose a checkpoint of this run: best, last, or a file in its checkpoints folder.",
        )


def _facts(
    settings: Settings,
    store: Store,
    run: RunRecord,
    row: DatasetRecord,
    dataset: PreparedDataset,
    loaded: RunCheckpoint,
) -> VoiceFacts:
    from coaxial.engine.listening import choose_sentences

    owners = _owners(store, row)
    return VoiceFacts(
        name=row.selection,
        language=replace(resolve_language(dataset.language), espeak_voice=dataset.espeak_voice),
        quality=loaded.quality,
        shape=loaded.shape,
        speakers=dataset.speakers,
        dataset_config=_config(dataset),
        dataset=row.name,
        clips=len(dataset.clips),
        seconds=dataset.seconds,
        sentences=[clip.text for clip in choose_sentences(dataset)],
        run=run.name,
        checkpoint=loaded.path.name,
        step=loaded.step,
        epoch=loaded.epoch,
        validation_mel=loaded.validation_mel,
        base=str(run.options.get("base_voice") or Path(run.base).name) if run.base else "",
        base_licence=terms_of(settings, Path(run.base)) if run.base else "",
        consent=_stated({profile.name: profile.consent for profile in owners}),
        licence=_stated({profile.name: profile.licence for profile in owners}),
        created=datetime.now().astimezone(),
    )


def _config(dataset: PreparedDataset) -> Mapping[str, Any]:
    try:
        config = json.loads(dataset.config_path.read_text(encoding="utf-8"))
        return {"phoneme_id_map": config["phoneme_id_map"], **config}
    except (OSError, ValueError, KeyError, TypeError):
        raise StorageFailure(
            f"{dataset.config_path} is missing or damaged, and the voice's phoneme map is in it.",
            remedy=f"Prepare {dataset.name} again: its config.json is written anew.",
        ) from None


def _owners(store: Store, dataset: DatasetRecord) -> list[ProfileRecord]:
    """The profiles whose recordings the dataset was made of."""
    used = set(store.dataset_recordings(dataset.name))
    names = {recording.profile for recording in store.recordings(kept_only=False) if recording.id in used}
    return [profile for profile in store.profiles() if profile.name in names]


def _stated(statements: Mapping[str, str]) -> str:
    """One person's statement as it is; of several, each with the name, so that nobody answers for another."""
    if len(statements) <= 1 or not any(statements.values()):
        return next(iter(statements.values()), "")
    return "; ".join(f"{name}: {statement or 'not stated'}" for name, statement in statements.items())
