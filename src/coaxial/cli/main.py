"""The `coaxial` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, Parameter

from coaxial import __version__
from coaxial.cli import api, bases, doctor, jobs, listing, making, speaking, studio, token
from coaxial.cli.failing import exit_code_of

app = App(
    name="coaxial",
    help="Give a machine your own voice: recordings in, a Piper voice out, all on your own computer.",
    version=__version__,
    default_parameter=Parameter(negative=()),
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)
studio.add_to(app)
making.add_to(app)
speaking.add_to(app)
bases.add_to(app)
listing.add_to(app)
api.add_to(app)
token.add_to(app)
jobs.add_to(app)
doctor.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code: 0 done, 1 failed, 2 bad usage, 130 stopped by the person."""
    tokens = _command_first(list(sys.argv[1:] if arguments is None else arguments))
    return exit_code_of(lambda: app(tokens, exit_on_error=False, print_error=False, result_action="return_value"))


def _command_first(tokens: list[str]) -> list[str]:
    """`--data-dir DIR` before the command is the same as after it."""
    if tokens[:1] == ["--data-dir"] and len(tokens) > 2:
        return [*tokens[2:], *tokens[:2]]
    if tokens and tokens[0].startswith("--data-dir="):
        return [*tokens[1:], tokens[0]]
    return tokens
