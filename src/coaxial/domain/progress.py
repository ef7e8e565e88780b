"""How long work tells a door what it is doing: one small protocol, so that no layer below prints."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what a workflow does; implemented by doors (a terminal bar, a job's row)."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        """Begin a named part of the work; total in units, or None where it is not known."""

    def advance(self, amount: float = 1.0) -> None:
        """So many more units of the present stage are done."""

    def foresee(self, seconds: float) -> None:
        """So long the present stage still takes, by what the work knows and the pace of its units does not tell."""

    def note(self, words: str) -> None:
        """A few words on how the present stage stands, in place of those before: the loss, the step."""

    def say(self, sentence: str) -> None:
        """One line the person should see now and find again in the log."""


class Silent:
    """A Progress that tells nobody."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        pass

    def advance(self, amount: float = 1.0) -> None:
        pass

    def foresee(self, seconds: float) -> None:
        pass

    def note(self, words: str) -> None:
        pass

    def say(self, sentence: str) -> None:
        pass
