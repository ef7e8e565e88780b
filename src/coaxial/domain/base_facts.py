"""What a person says of a base checkpoint of their own; each field's documentation is the `--help` of its option."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BaseFacts:
    """Facts that no file tells by itself; carried into the card of every voice that starts from the checkpoint."""

    name: str = ""
    """As people call the voice; its id's last part where it is not given."""
    gender: str = "unknown"
    """Of the speaker: female, male, mixed, non-binary or unknown."""
    dataset: str = "unknown"
    """The recordings it was trained on."""
    licence: str = "unknown"
    """Of the recordings it was trained on."""
    lineage: str = "unknown"
    """What its own training started from."""
    description: str = ""
    """A sentence for whoever chooses a base."""
