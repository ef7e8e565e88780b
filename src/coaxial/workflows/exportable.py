"""Which checkpoint of a run may become a voice when a page asks for it."""

from __future__ import annotations

from coaxial.domain.errors import NotFound
from coaxial.settings import Settings
from coaxial.store import open_store

_CHOSEN_BY_THE_RUN = ("best", "last")


def exportable(settings: Settings, run: str, checkpoint: str) -> str:
    """The checkpoint, if the run lists it, so that no path from outside is ever followed.

    checkpoint: best, last, or the name of a file. Raises: NotFound (run, checkpoint).
    """
    with open_store(settings) as store:
        listed = [one.file.name for one in store.checkpoints(run)]
    if checkpoint not in (*_CHOSEN_BY_THE_RUN, *listed):
        raise NotFound(
            f"The run {run} lists no checkpoint {checkpoint!r}.",
            remedy=f"There are: {', '.join([*_CHOSEN_BY_THE_RUN, *listed[-20:]])}.",
        )
    return checkpoint
