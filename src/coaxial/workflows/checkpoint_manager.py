"""Base checkpoints for a program of one's own: what `utils.checkpoints` offers, over the workflows."""

from __future__ import annotations

from typing import Any

from coaxial.domain.errors import CoaxialError
from coaxial.domain.progress import Progress, Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.workflows.base_shelf import Shelf, described, key_of
from coaxial.workflows.clear_bases import cache_info
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.inspect_base import validate_base
from coaxial.workflows.list_bases import list_bases


class CheckpointManager:
    """The base checkpoints of a data directory.

    A checkpoint is named by language (en-US, in any spelling) and voice (amy). The dictionaries hold `language_code`,
    `voice_id`, `name`, `gender`, `quality`, `dataset`, `licence`, `downloaded`, … Questions about a checkpoint that
    does not exist raise NotFound; a mistake in the user's own manifest raises InvalidOption.
    """

    def __init__(self, settings: Settings | None = None, progress: Progress | None = None) -> None:
        """settings: those of the environment where none are given. progress: told how downloads go."""
        self._settings = settings or Settings.read()
        self._progress = progress or Silent()

    def get_available_checkpoints(self, language: str | None = None) -> list[dict[str, Any]]:
        """What can be started from in a language, or in all, best first. Raises: UnsupportedLanguage."""
        return list_bases(self._settings, language)

    def get_recommended_checkpoint(
        self, language: str, gender: str | None = None, quality: str | None = None
    ) -> dict[str, Any]:
        """The best base of a language; gender is a wish, quality (medium, high, …) a must.

        Every language has one: where nobody published any, it is the nearest language's.
        Raises: UnsupportedLanguage, InvalidOption, NotFound (no checkpoint of that quality in any language).
        """
        shelf = Shelf.of(self._settings)
        wanted = None if quality is None else Quality(quality.lower())
        return described(shelf, shelf.catalog.recommend(language, gender, wanted))

    def download_checkpoint(self, language: str, voice: str) -> tuple[bool, str]:
        """Fetch a checkpoint unless it is here.

        Returns: whether it is here now, and a sentence for the person. Never raises for what can go wrong on the way.
        """
        try:
            base = fetch_base(self._settings, f"{language}.{voice}", self._progress)
        except CoaxialError as error:
            return False, str(error)
        return True, f"{base.id} was here already." if base.was_here else f"{base.id} is downloaded: {base.path}"

    def is_checkpoint_downloaded(self, language: str, voice: str) -> bool:
        """Whether a checkpoint is on this machine, whole."""
        shelf = Shelf.of(self._settings)
        return shelf.cache.has(key_of(shelf.catalog.find(language, voice)))

    def get_checkpoint_path(self, language: str, voice: str) -> str | None:
        """Where a checkpoint lies; None while it is not here, whole."""
        shelf = Shelf.of(self._settings)
        key = key_of(shelf.catalog.find(language, voice))
        return str(shelf.cache.path(key)) if shelf.cache.has(key) else None

    def validate_checkpoint(self, language: str, voice: str) -> bool:
        """Whether a checkpoint is here, whole, safe, and a network that training can start from."""
        try:
            return validate_base(self._settings, f"{language}.{voice}").valid
        except CoaxialError:
            return False

    def get_cache_info(self) -> dict[str, Any]:
        """What is on this machine: folder, total_size and free_disk (bytes), and the checkpoints one by one."""
        return cache_info(self._settings)


def get_checkpoint_manager() -> CheckpointManager:
    """The manager of the environment's data directory."""
    return CheckpointManager()


def download_checkpoint(language: str, voice: str) -> tuple[bool, str]:
    """As the manager's."""
    return get_checkpoint_manager().download_checkpoint(language, voice)


def get_available_checkpoints(language: str | None = None) -> list[dict[str, Any]]:
    """As the manager's."""
    return get_checkpoint_manager().get_available_checkpoints(language)


def is_checkpoint_downloaded(language: str, voice: str) -> bool:
    """As the manager's."""
    return get_checkpoint_manager().is_checkpoint_downloaded(language, voice)


def get_checkpoint_path(language: str, voice: str) -> str | None:
    """As the manager's."""
    return get_checkpoint_manager().get_checkpoint_path(language, voice)
