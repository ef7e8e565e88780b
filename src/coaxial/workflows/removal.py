"""Deleting profiles, prompt lists, datasets, runs and voices, with all that belongs to them and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from coaxial.domain.errors import InvalidOption, NotConfirmed
from coaxial.domain.files import storage_errors
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.originals import remove_original
from coaxial.store.records import RecordingRecord
from coaxial.workflows.locks import locked, speech_key


@dataclass(frozen=True)
class Removal:
    """What deleting one thing means, and how to do it."""

    sentence: str
    """What goes and what stays, for the person to decide on."""
    carry_out: Callable[[], None]
    """Raises: InUse (a command works with it), NotFound, StorageFailure."""
    recordings: int = 0
    """So many go with it: what a person made, and cannot be made again."""


def profile_removal(settings: Settings, name: str) -> Removal:
    """Deleting a profile with its recordings. Raises: NotFound."""
    with open_store(settings) as store:
        profile = store.profile(name)
        recordings = store.recordings(profile=name, kept_only=False)
    return Removal(
        f"The profile {profile.name} goes, and with it {len(recordings)} recordings and their original files. "
        "Datasets, runs and voices made from them stay.",
        lambda: _remove_speech(settings, name, recordings, lambda store: store.delete_profile(name)),
        len(recordings),
    )


def prompt_list_removal(settings: Settings, name: str) -> Removal:
    """Deleting a prompt list with the recordings of its prompts. Raises: NotFound."""
    with open_store(settings) as store:
        prompt_list = store.prompt_list(name)
        recordings = store.recordings(prompt_list=name, kept_only=False)
    return Removal(
        f"The prompt list {name} goes with its {prompt_list.prompts} prompts, and with them {len(recordings)} "
        "recordings and their original files. Datasets, runs and voices made from them stay.",
        lambda: _remove_speech(settings, name, recordings, lambda store: store.delete_prompt_list(name)),
        len(recordings),
    )


def dataset_removal(settings: Settings, name: str) -> Removal:
    """Deleting a dataset; its recordings stay. Raises: NotFound, InvalidOption (not its full name)."""
    with open_store(settings) as store:
        dataset = store.dataset(name)
        siblings = [one.name for one in store.datasets() if one.selection == name]
    if dataset.name != name:
        raise InvalidOption(
            f"{name} is not the name of one dataset; there are datasets prepared from it: {', '.join(siblings)}.",
            remedy="Name the one to delete in full.",
        )
    return Removal(
        f"The dataset {dataset.name} goes with its {dataset.clips} prepared clips. The recordings stay.",
        lambda: _remove_folder(
            settings,
            speech_key(dataset.selection),
            f"the recordings of {dataset.selection}",
            dataset.folder,
            lambda store: store.delete_dataset(dataset.name),
        ),
    )


def run_removal(settings: Settings, name: str) -> Removal:
    """Deleting a run with its checkpoints; voices exported from it stay. Raises: NotFound."""
    with open_store(settings) as store:
        run = store.run(name)
        checkpoints = len(store.checkpoints(name))
    return Removal(
        f"The run {name} goes with its {checkpoints} checkpoints, samples and figures, {run.step} steps of training. "
        "Voices exported from it stay.",
        lambda: _remove_folder(
            settings, f"run-{name}", f"the run {name}", run.folder, lambda store: store.delete_run(name)
        ),
    )


def voice_removal(settings: Settings, name: str) -> Removal:
    """Deleting a voice; the run it was exported from stays. Raises: NotFound."""
    with open_store(settings) as store:
        voice = store.voice(name)
    return Removal(
        f"The voice {name} goes with its files in {voice.folder}. The run it was exported from stays.",
        lambda: _remove_folder(
            settings, f"voice-{name}", f"the voice {name}", voice.folder, lambda store: store.delete_voice(name)
        ),
    )


def remove_confirmed(removal: Removal, with_recordings: bool) -> str:
    """Carry it out, if no recording goes with it or the person said so; answers what went.

    Raises: NotConfirmed, and as Removal.carry_out.
    """
    if removal.recordings and not with_recordings:
        raise NotConfirmed(
            f"Nothing was deleted yet. {removal.sentence}",
            remedy="To delete all of that, say so: with_recordings=true.",
        )
    removal.carry_out()
    return removal.sentence


def _remove_speech(
    settings: Settings, name: str, recordings: list[RecordingRecord], delete: Callable[[Store], list[Path]]
) -> None:
    names = {name, *(one.profile for one in recordings), *(one.prompt_list for one in recordings)}
    with ExitStack() as held, open_store(settings) as store:
        for each in sorted(names):
            held.enter_context(locked(settings, speech_key(each), f"the recordings of {each}"))
        held.enter_context(locked(settings, "originals", "the recordings", wait=True))
        for file in delete(store):
            remove_original(settings.recordings, file)


def _remove_folder(settings: Settings, key: str, what: str, folder: Path, delete: Callable[[Store], object]) -> None:
    with locked(settings, key, what), open_store(settings) as store, _set_aside(settings, folder):
        delete(store)


@contextmanager
def _set_aside(settings: Settings, folder: Path) -> Iterator[None]:
    """Delete a folder if the block ends well. Killed in between, all of it is still there under another name."""
    if not folder.is_dir() or not folder.is_relative_to(settings.data_dir) or folder == settings.data_dir:
        yield
        return
    aside = folder.with_name(f".{folder.name}.deleted")
    with storage_errors(folder):
        if aside.exists():
            shutil.rmtree(aside)
        folder.rename(aside)
    try:
        yield
    except BaseException:
        aside.rename(folder)
        raise
    with storage_errors(aside):
        shutil.rmtree(aside)


REMOVALS: Mapping[str, Callable[[Settings, str], Removal]] = {
    "profiles": profile_removal,
    "prompt-lists": prompt_list_removal,
    "datasets": dataset_removal,
    "runs": run_removal,
    "voices": voice_removal,
}
"""How to delete one of each kind of thing, by its plural."""
