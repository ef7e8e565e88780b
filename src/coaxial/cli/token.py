"""The command of the server's token: `coaxial token new`."""

from __future__ import annotations

from cyclopts import App

from coaxial.cli.arguments import DataDir
from coaxial.settings import Settings


def add_to(app: App) -> None:
    """Add the command."""
    group = App(name="token", help="The token that the server asks for over the network.", sort_key=28)
    group.command(new)
    app.command(group)


def new(*, data_dir: DataDir = None) -> None:
    """Make another token, and print it, once. The one before, and browsers that were signed in, are refused at once."""
    from coaxial.workflows.server_token import new_token

    print(new_token(Settings.read(data_dir)))
