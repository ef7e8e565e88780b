"""What there is: profiles, prompt lists, datasets, runs and voices, and one of each in detail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from coaxial.domain.errors import InUse
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import (
    DatasetRecord,
    ProfileRecord,
    PromptListRecord,
    RecordingRecord,
    RunRecord,
    VoiceRecord,
)
from coaxial.text.coverage import coverage
from coaxial.text.inventory import phoneme_inventory
from coaxial.text.languages import resolve_language
from coaxial.workflows.locks import locked


def list_profiles(settings: Settings) -> list[ProfileRecord]:
    """All profiles by name."""
    with open_store(settings) as store:
        return store.profiles()


def list_prompt_lists(settings: Settings) -> list[PromptListRecord]:
    """All prompt lists by name."""
    with open_store(settings) as store:
        return store.prompt_lists()


def list_datasets(settings: Settings) -> list[DatasetRecord]:
    """All datasets, oldest first."""
    with open_store(settings) as store:
        return store.datasets()


def list_runs(settings: Settings) -> list[RunRecord]:
    """All runs, oldest first; one that was killed is "stopped"."""
    with open_store(settings) as store:
        return [really(settings, run) for run in store.runs()]


def list_voices(settings: Settings) -> list[VoiceRecord]:
    """All voices by name."""
    with open_store(settings) as store:
        return store.voices()


def show_profile(settings: Settings, name: str) -> Mapping[str, Any]:
    """A profile with all its recordings. Raises: NotFound."""
    with open_store(settings) as store:
        return asdict(store.profile(name)) | {
            "takes": [_take(one) for one in store.recordings(profile=name, kept_only=False)]
        }


def show_prompt_list(settings: Settings, name: str) -> Mapping[str, Any]:
    """A prompt list with its prompts and what they make a voice say. Raises: NotFound."""
    with open_store(settings) as store:
        prompt_list, prompts = store.prompt_list(name), store.prompts(name)
    return (
        asdict(prompt_list)
        | _coverage([one.text for one in prompts], resolve_language(prompt_list.language).espeak_voice)
        | {"sentences": [{"position": one.position, "text": one.text} for one in prompts]}
    )


def show_prompt_list_alone(settings: Settings, name: str) -> PromptListRecord:
    """A prompt list without its prompts. Raises: NotFound."""
    with open_store(settings) as store:
        return store.prompt_list(name)


def prompt_sentences(settings: Settings, name: str) -> list[str]:
    """The sentences of a prompt list, in its order. Raises: NotFound."""
    with open_store(settings) as store:
        return [one.text for one in store.prompts(name)]


def show_dataset(settings: Settings, name: str) -> Mapping[str, Any]:
    """A dataset with what its folder says of it. Raises: NotFound."""
    with open_store(settings) as store:
        dataset = store.dataset(name)
        runs = [run.name for run in store.runs(dataset.name)]
    summary = dataset.folder / "dataset.json"
    details = json.loads(summary.read_text(encoding="utf-8")) if summary.is_file() else {}
    return asdict(dataset) | {key: details.get(key) for key in ("speakers", "held_out", "left_out")} | {"runs": runs}


def show_run(settings: Settings, name: str) -> Mapping[str, Any]:
    """A run with its checkpoints and voices. Raises: NotFound."""
    with open_store(settings) as store:
        return asdict(really(settings, store.run(name))) | {
            "checkpoints": [_without_run(asdict(one)) for one in store.checkpoints(name)],
            "voices": [voice.name for voice in store.voices() if voice.run == name],
        }


def show_voice(settings: Settings, name: str) -> Mapping[str, Any]:
    """A voice with its files. Raises: NotFound."""
    with open_store(settings) as store:
        voice = store.voice(name)
    files = sorted(path for path in voice.folder.rglob("*") if path.is_file()) if voice.folder.is_dir() else []
    return asdict(voice) | {"files": files}


def _coverage(sentences: Sequence[str], espeak_voice: str) -> dict[str, Any]:
    said, inventory = coverage(sentences, espeak_voice), phoneme_inventory(espeak_voice)
    missing = said.missing(inventory)
    return {
        "phonemes": {"said": len(inventory) - len(missing) if inventory else len(said.phonemes)}
        | ({"of": len(inventory)} if inventory else {}),
        "missing_phonemes": missing,
        "diphones": len(said.diphones),
        "minutes": round(said.seconds / 60, 1),
    }


def _without_run(checkpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in checkpoint.items() if name != "run"}


def _take(recording: RecordingRecord) -> Mapping[str, Any]:
    names = ("source", "state", "prompt_list", "text", "speaker", "file")
    facts = {name: vars(recording)[name] for name in names}
    return {"seconds": round(recording.measures.seconds, 2), **facts, "measures": asdict(recording.measures)}


def really(settings: Settings, run: RunRecord) -> RunRecord:
    """A process that was killed could not write down that its run stopped, but it let go of its lock."""
    if run.state != "running":
        return run
    try:
        with locked(settings, f"run-{run.name}", f"the run {run.name}"):
            return replace(run, state="stopped")
    except InUse:
        return run


LISTING: Mapping[str, Callable[[Settings], Sequence[Any]]] = {
    "profiles": list_profiles,
    "prompt-lists": list_prompt_lists,
    "datasets": list_datasets,
    "runs": list_runs,
    "voices": list_voices,
}
"""How to list each kind of thing, by its plural."""

SHOWING: Mapping[str, Callable[[Settings, str], Mapping[str, Any]]] = {
    "profiles": show_profile,
    "prompt-lists": show_prompt_list,
    "datasets": show_dataset,
    "runs": show_run,
    "voices": show_voice,
}
"""How to show one of each kind."""
