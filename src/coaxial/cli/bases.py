"""The commands about base checkpoints: `coaxial checkpoints …`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from coaxial.cli.arguments import AsJson, DataDir
from coaxial.cli.presenting import agreed, print_fields, print_json, print_table
from coaxial.cli.progress import shown_progress
from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import InvalidOption
from coaxial.domain.field_docs import field_doc
from coaxial.settings import Settings

Id = Annotated[str, Parameter(name="ID", help="Language and voice, such as en-US.amy, as listed.")]
NewId = Annotated[str, Parameter(name="ID", help="Language and voice, such as en-US.custom.")]
IdOrFile = Annotated[str, Parameter(name="ID|FILE", help="An id such as en-US.amy, or a .ckpt or .onnx file.")]
Yes = Annotated[bool, Parameter(help="Delete without asking.")]

_MOST_DAYS = 36_500
"""A century; a calendar ends before a thousand thousand days."""


def _fact(field: str) -> Parameter:
    return Parameter(help=field_doc(BaseFacts, field))


@dataclass(frozen=True)
class FactFlags:
    """What a person says of their own base checkpoint."""

    name: Annotated[str, _fact("name")] = BaseFacts.name
    gender: Annotated[str, _fact("gender")] = BaseFacts.gender
    dataset: Annotated[str, _fact("dataset")] = BaseFacts.dataset
    licence: Annotated[str, _fact("licence")] = BaseFacts.licence
    lineage: Annotated[str, _fact("lineage")] = BaseFacts.lineage
    description: Annotated[str, _fact("description")] = BaseFacts.description

    def facts(self) -> BaseFacts:
        return BaseFacts(**asdict(self))


def add_to(app: App) -> None:
    """Add the group of commands."""
    group = App(
        name="checkpoints", help="Base checkpoints to start a voice from: find, fetch, check, keep.", sort_key=15
    )
    commands: dict[str, Callable[..., object]] = {
        "list": list_all,
        "show": show,
        "download": download,
        "validate": validate,
        "convert": convert,
        "add": add,
        "import": import_,
        "remove": remove,
        "cache": cache,
        "clear": clear,
    }
    for place, (name, command) in enumerate(commands.items()):
        group.command(command, name=name, sort_key=place)
    app.command(group)


def list_all(
    *,
    language: Annotated[str | None, Parameter(help="Only those of a language, such as en-US or it.")] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List the base checkpoints that can be started from, best first, and which of them are on this machine."""
    from coaxial.workflows.list_bases import list_bases

    found = list_bases(Settings.read(data_dir), language)
    if json:
        print_json(found)
    else:
        print_table([_line(one) for one in found], "There are no base checkpoints.")


def show(name: Id, /, *, json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show all that is known of one: speaker, licence, lineage, size, and what inspection found if it is here."""
    from coaxial.workflows.list_bases import show_base

    found = show_base(Settings.read(data_dir), name)
    if json:
        print_json(found)
    else:
        inspection = found.pop("inspection", {})
        print_fields({**found, **{f"found {key}".replace("_", " "): value for key, value in inspection.items()}})


def download(
    name: Id,
    /,
    *,
    accept_change: Annotated[
        bool, Parameter(help="Take the file even if its address brought another one the first time.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Fetch one, unless it is here. Whatever stops it, the same command goes on where it was. Prints its path."""
    from coaxial.workflows.fetch_base import fetch_base

    with shown_progress() as progress:
        base = fetch_base(Settings.read(data_dir), name, progress, accept_change=accept_change)
        if base.was_here:
            progress.say(f"{base.id} is on this machine already.")
    print(base.path)


def validate(
    name: IdOrFile,
    /,
    *,
    dataset: Annotated[str | None, Parameter(help="Whether this dataset can start from it, too.")] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Look at every byte of one: what it is, whether it is whole and safe, and what does not fit."""
    from coaxial.workflows.inspect_base import validate_base

    verdict = validate_base(Settings.read(data_dir), name, dataset)
    if json:
        print_json({"valid": verdict.valid, **asdict(verdict)})
    else:
        if verdict.inspection is not None:
            shown = asdict(verdict.inspection)
            del shown["shape"]
            print_fields(shown)
        print("\n".join(verdict.problems) or "Training can start from it.")
    return 0 if verdict.valid else 1


def convert(
    source: IdOrFile,
    target: Annotated[Path, Parameter(name="TARGET", help="The .ckpt to write.")],
    /,
    *,
    rest_from: Annotated[
        str | None, Parameter(help="Base (id or file) that gives what a published voice's .onnx does not have.")
    ] = None,
    overwrite: Annotated[bool, Parameter(help="Write over a file that is there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write a clean checkpoint of an old one or of a published voice: weights and settings, which any trainer reads.

    Prints its path.
    """
    from coaxial.workflows.convert_checkpoint import convert_checkpoint

    with shown_progress() as progress:
        for sentence in convert_checkpoint(Settings.read(data_dir), source, target, rest_from, overwrite, progress):
            progress.say(sentence)
    print(target)


def add(
    name: Annotated[str | None, Parameter(name="ID", help="Language and voice, such as en-US.custom.")] = None,
    url: Annotated[str | None, Parameter(name="URL", help="Where its .ckpt is downloaded from.")] = None,
    /,
    *,
    manifest: Annotated[Path | None, Parameter(help="Or a JSON file with many: language, voice, fields.")] = None,
    quality: Annotated[str, Parameter(help="x_low, low, medium or high.")] = "medium",
    config_url: Annotated[str, Parameter(help="Where its config.json is downloaded from.")] = "",
    phoneme_type: Annotated[str, Parameter(help="espeak, or a label such as en-us-mfa.")] = "espeak",
    sha256: Annotated[str, Parameter(help="Of the file, if you know it.")] = "",
    facts: Annotated[FactFlags | None, Parameter(name="*")] = None,
    data_dir: DataDir = None,
) -> None:
    """Add a base checkpoint of your own, by its address. Nothing is fetched yet. Prints its id."""
    from coaxial.workflows.add_base import add_base, add_manifest

    settings = Settings.read(data_dir)
    if manifest is not None and name is None:
        print("\n".join(entry.id for entry in add_manifest(settings, manifest)))
        return
    if name is None or url is None or manifest is not None:
        raise InvalidOption("Give an ID and a URL, or --manifest FILE.")
    more = {"quality": quality, "config_url": config_url, "phoneme_type": phoneme_type, "sha256": sha256}
    print(add_base(settings, name, url, (facts or FactFlags()).facts(), **more).id)


def import_(
    file: Annotated[Path, Parameter(name="FILE", help="A training checkpoint (.ckpt), or a published voice (.onnx).")],
    /,
    *,
    id: Annotated[str, Parameter(help="Language and voice to list it under, such as en-US.mine.")],
    facts: Annotated[FactFlags | None, Parameter(name="*")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take in a file that is on this machine, as a copy. Prints its id."""
    from coaxial.workflows.import_base import import_base

    with shown_progress() as progress:
        entry = import_base(Settings.read(data_dir), file, id, (facts or FactFlags()).facts(), progress)
    print(entry.id)


def remove(name: Id, /, *, data_dir: DataDir = None) -> None:
    """Take one of your own out of the list. A file that was fetched of it stays until it is cleared."""
    from coaxial.workflows.add_base import remove_base

    print(f"{remove_base(Settings.read(data_dir), name).id} is no longer listed.")


def cache(*, json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show what is on this machine, with sizes and last uses, and how much disk is free."""
    from coaxial.workflows.clear_bases import cache_info

    found = cache_info(Settings.read(data_dir))
    if json:
        print_json(found)
        return
    lines = [{**one, "size": _size(one["size"])} for one in found["checkpoints"]]
    print_table(lines, "No base checkpoint is on this machine.")
    print(f"\n{_size(found['total_size'])} in {found['folder']}, {_size(found['free_disk'])} free")


def clear(
    name: Annotated[str | None, Parameter(name="ID", help="Only this one; otherwise all.")] = None,
    /,
    *,
    older_than: Annotated[float | None, Parameter(help="Only those that were not used for so many days.")] = None,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> int:
    """Delete what was fetched, after asking; it can be fetched again. What a run is starting from stays."""
    from coaxial.workflows.clear_bases import clear_bases

    if older_than is not None and not 0 <= older_than <= _MOST_DAYS:
        raise InvalidOption(f"--older-than {older_than:g} is no number of days from 0 to {_MOST_DAYS}.")
    settings = Settings.read(data_dir)
    which = name or ("every base checkpoint" if older_than is None else f"what was not used for {older_than:g} days")
    if not yes and not agreed(f"The files of {which} go from this machine; imported ones cannot be fetched again."):
        print("Nothing was deleted.", file=sys.stderr)
        return 1
    age = None if older_than is None else timedelta(days=older_than)
    cleared = clear_bases(settings, name, older_than=age)
    print(f"Deleted {', '.join(cleared.removed) or 'nothing'}: {_size(cleared.freed)}.")
    if cleared.kept:
        print(f"Kept {', '.join(cleared.kept)}: a run or a download is using it.")
    return 0


def _line(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "speaker": one["gender"].lower() if one["speakers"] in (1, None) else f"{one['speakers']} speakers",
        "quality": one["tier"],
        "size": _size(one["size"] or one["size_estimate"]),
        "here": "yes" if one["downloaded"] else "in part" if one["bytes_on_disk"] else "",
        "licence": _short(one["licence"]),
    }


def _short(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47]}…"


def _size(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
