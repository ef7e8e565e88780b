"""The commands of prompt lists that other things do not have: add and export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from coaxial.cli.arguments import AsJson, DataDir
from coaxial.cli.presenting import print_json
from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings

if TYPE_CHECKING:
    from coaxial.workflows.add_prompt_list import AddedPrompts

SHOWN = 20
"""Rejected sentences on a screen; --json has all."""


def add_to(group: App) -> None:
    """Add the commands to those of prompt lists."""
    group.command(add)
    group.command(export)


def add(
    name: Annotated[str, Parameter(name="NAME", help="Prompt list to make or to add to: letters, digits, _ and -.")],
    /,
    *,
    language: Annotated[str, Parameter(help="Language of the sentences, such as en-US, de-DE or sv-SE.")],
    builtin: Annotated[bool, Parameter(help="Take the sentences that come along (en, sv, it, de, es, fr).")] = False,
    file: Annotated[
        Path | None,
        Parameter(
            help="Or your own: a text file with one sentence a line, or a table with a column named text; - reads "
            "standard input.",
            allow_leading_hyphen=True,
        ),
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Put sentences to read into a prompt list, after those that it has.

    The built-in sentences come in the order that covers the sounds of the language soonest; your own keep theirs.
    Every line that cannot be a prompt is listed with the reason.
    """
    if builtin == (file is not None):
        raise InvalidOption(
            "A prompt list is made of just one of --builtin and --file.",
            remedy="Say --builtin for the sentences that come along, or --file FILE for your own.",
        )
    from coaxial.workflows.add_prompt_list import add_builtin_prompts, add_own_prompts

    settings = Settings.read(data_dir)
    if file is None:
        added = add_builtin_prompts(settings, name, language)
    else:
        added = add_own_prompts(settings, name, language, sys.stdin.buffer if str(file) == "-" else file)
    if json:
        print_json(added)
    else:
        print("\n".join(_lines(added)))
    return 0 if added.added or added.known else 1


def export(
    name: Annotated[str, Parameter(name="NAME", help="Its name, as listed.")], /, *, data_dir: DataDir = None
) -> None:
    """Print the sentences of a prompt list, one a line, in its order."""
    from coaxial.workflows.browse import prompt_sentences

    for sentence in prompt_sentences(Settings.read(data_dir), name):
        print(sentence)


def _lines(added: AddedPrompts) -> list[str]:
    known = f", {added.known} were there already" if added.known else ""
    rejected = f", {len(added.rejected)} rejected" if added.rejected else ""
    sentences = f"{added.added} sentence{'s' * (added.added != 1)}"
    lines = [f"{added.name} ({added.language}): {sentences} added{known}{rejected}.", *added.notes]
    lines += [f"  line {one.line}: {one.reason}" for one in added.rejected[:SHOWN]]
    if len(added.rejected) > SHOWN:
        lines.append(f"  … and {len(added.rejected) - SHOWN} more; --json lists them all.")
    return lines
