"""Which voice a program means that knows OpenAI's names only."""

from __future__ import annotations

from coaxial.domain.errors import NotFound
from coaxial.settings import Settings
from coaxial.store import open_store

_NAMED = 10


def choose_voice(settings: Settings, voice: str, model: str) -> tuple[str, str | None]:
    """A voice's name, and the speaker in it: NAME or NAME/SPEAKER.

    Where the store has no such voice and model is the name of one, it is that: some programs let a person choose the
    model alone. Raises: NotFound, with the names there are.
    """
    name, _, speaker = voice.partition("/")
    with open_store(settings) as store:
        names = [one.name for one in store.voices()]
    if name in names:
        return name, speaker or None
    if model in names:
        return model, None
    listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    raise NotFound(
        f"There is no voice named {name!r}.",
        remedy=f"Give one of these as `voice`: {listed}." if names else "Export one first: there is none yet.",
    )
