"""A voice from what one profile read of one prompt list."""

from __future__ import annotations

from coaxial.domain.errors import EmptyDataset, InvalidOption
from coaxial.domain.options import PrepareOptions, TrainOptions
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.text.languages import resolve_language
from coaxial.workflows.export_voice import ExportedVoice, export_voice
from coaxial.workflows.fine_tune import fine_tune
from coaxial.workflows.prepare_dataset import prepare_reading
from coaxial.workflows.resolve_base import with_base_file


def train_reading(
    settings: Settings,
    profile: str | None,
    prompt_list: str | None,
    language_tag: str | None,
    prepare_options: PrepareOptions,
    train_options: TrainOptions,
    progress: Progress,
) -> ExportedVoice:
    """Prepare, train and export. A profile or list that is not named is the only one there is.

    Raises: NotFound, InvalidOption (several to choose from, another language), and what the parts raise.
    """
    with open_store(settings) as store:
        profile = _profile(store, profile)
        prompt_list = _prompt_list(store, profile, prompt_list)
        _refuse_other_language(store.profile(profile).language, profile, language_tag)
    train_options = with_base_file(settings, train_options, prepare_options.quality, progress)
    dataset = prepare_reading(settings, profile, prompt_list, prepare_options, progress)
    run = fine_tune(settings, dataset.folder.name, train_options, progress)
    return export_voice(settings, run.name, "best", None, progress)


def _profile(store: Store, name: str | None) -> str:
    if name is not None:
        return store.profile(name).name
    names = [profile.name for profile in store.profiles()]
    if not names:
        raise EmptyDataset(
            "There are no recordings yet.", remedy="Import some: coaxial import SOURCE --name NAME --language TAG"
        )
    return _only(names, "profile")


def _prompt_list(store: Store, profile: str, name: str | None) -> str:
    if name is not None:
        return store.prompt_list(name).name
    names = sorted({recording.prompt_list for recording in store.recordings(profile=profile)})
    if not names:
        raise EmptyDataset(f"The profile {profile} has no recordings.", remedy="Import or record some first.")
    return _only(names, "prompt list")


def _only(names: list[str], kind: str) -> str:
    if len(names) > 1:
        raise InvalidOption(
            f"There are several {kind}s: {', '.join(names)}.", remedy=f"Say which with --{kind.replace(' ', '-')}-id."
        )
    return names[0]


def _refuse_other_language(language: str, profile: str, wanted: str | None) -> None:
    if wanted is not None and resolve_language(wanted).tag != language:
        raise InvalidOption(
            f"The profile {profile} is {language}, not {wanted}.",
            remedy=f"Give --language-code {language}, or another profile.",
        )
