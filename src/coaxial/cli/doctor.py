"""The command that examines the machine."""

from __future__ import annotations

from cyclopts import App

from coaxial.cli.arguments import AsJson, DataDir
from coaxial.cli.presenting import print_json
from coaxial.settings import Settings


def add_to(app: App) -> None:
    """Add the command."""
    app.command(doctor, sort_key=30)


def doctor(*, json: AsJson = False, data_dir: DataDir = None) -> int:
    """Try every part of this machine that the work needs, and say what to do about what fails."""
    from coaxial.workflows.doctor import Check, examine

    checks: list[Check] = []
    for check in examine(Settings.read(data_dir)):
        checks.append(check)
        if not json:
            print(f"{check.state.ljust(8)} {check.name.ljust(14)} {check.detail}", flush=True)
            if check.remedy:
                print(f"{' ' * 24}{check.remedy}", flush=True)
    if json:
        print_json(checks)
    return 1 if any(check.state == "failed" for check in checks) else 0
