"""Listing, showing and deleting: profiles, prompt lists, datasets, runs and voices."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from coaxial.cli import prompts
from coaxial.cli.arguments import AsJson, DataDir
from coaxial.cli.presenting import agreed, duration, print_fields, print_json, print_table
from coaxial.settings import Settings

Thing = Annotated[str, Parameter(name="NAME", help="Its name, as listed.")]
Yes = Annotated[bool, Parameter(help="Delete without asking.")]


@dataclass(frozen=True)
class Noun:
    """One kind of thing, and where the workflows for it are."""

    plural: str
    singular: str
    columns: Callable[[Any], Mapping[str, Any]]
    """A listed thing's line."""


NOUNS = (
    Noun(
        "profiles",
        "profile",
        lambda one: {
            "name": one.name,
            "language": one.language,
            "recordings": one.recordings,
            "length": duration(one.seconds),
            "created": one.created,
        },
    ),
    Noun(
        "prompt-lists",
        "prompt list",
        lambda one: {
            "name": one.name,
            "language": one.language,
            "prompts": one.prompts,
            "recordings": one.recordings,
            "created": one.created,
        },
    ),
    Noun(
        "datasets",
        "dataset",
        lambda one: {
            "name": one.name,
            "from": one.selection,
            "quality": one.quality,
            "language": one.language,
            "clips": one.clips,
            "length": duration(one.seconds),
            "created": one.created,
        },
    ),
    Noun(
        "runs",
        "run",
        lambda one: {
            "name": one.name,
            "dataset": one.dataset,
            "state": one.state,
            "step": one.step,
            "base": Path(one.base).name or "from scratch",
            "created": one.created,
        },
    ),
    Noun(
        "voices",
        "voice",
        lambda one: {
            "name": one.name,
            "language": one.language,
            "quality": one.quality,
            "run": one.run,
            "created": one.created,
            "folder": one.folder,
        },
    ),
)


def add_to(app: App) -> None:
    """Add one group of commands for each noun."""
    for place, noun in enumerate(NOUNS, start=20):
        group = _group(noun, place)
        if noun.plural == "profiles":
            group.command(describe)
        if noun.plural == "prompt-lists":
            prompts.add_to(group)
        app.command(group)


def describe(
    name: Thing,
    /,
    *,
    consent: Annotated[str | None, Parameter(help="What the speaker agreed to, in words.")] = None,
    licence: Annotated[str | None, Parameter(help="Licence of the recordings and the voice, such as CC0-1.0.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write down the speaker's consent and the voice's licence; exported voices carry them in their card."""
    from coaxial.workflows.describe_profile import describe_profile

    print_fields(asdict(describe_profile(Settings.read(data_dir), name, consent, licence)))


def _group(noun: Noun, place: int) -> App:
    spoken = noun.plural.replace("-", " ")
    group = App(name=noun.plural, help=f"List, show and delete {spoken}.", sort_key=place)

    def list_all(*, json: AsJson = False, data_dir: DataDir = None) -> None:
        from coaxial.workflows.browse import LISTING

        found = LISTING[noun.plural](Settings.read(data_dir))
        if json:
            print_json(found)
        else:
            print_table([noun.columns(one) for one in found], f"There are no {spoken} yet.")

    def show(name: Thing, /, *, json: AsJson = False, data_dir: DataDir = None) -> None:
        from coaxial.workflows.browse import SHOWING

        found = SHOWING[noun.plural](Settings.read(data_dir), name)
        if json:
            print_json(found)
        else:
            print_fields(found)

    def delete(name: Thing, /, *, yes: Yes = False, data_dir: DataDir = None) -> int:
        from coaxial.workflows.removal import REMOVALS

        removal = REMOVALS[noun.plural](Settings.read(data_dir), name)
        if not yes and not agreed(removal.sentence):
            print("Nothing was deleted.", file=sys.stderr)
            return 1
        removal.carry_out()
        print(f"Deleted the {noun.singular} {name}.")
        return 0

    group.command(list_all, name="list", help=f"List all {spoken}.")
    group.command(show, name="show", help=f"Show one {noun.singular}.")
    group.command(delete, name="delete", help=f"Delete one {noun.singular}, after asking.")
    return group
