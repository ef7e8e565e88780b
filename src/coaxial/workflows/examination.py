"""The doctor's examination for a server: in a process of its own, because it imports torch and opens every device.

`python -m coaxial.workflows.examination` writes one check a line, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from coaxial.settings import Settings
from coaxial.workflows.doctor import Check, examine

KEPT = timedelta(hours=1)
"""After which an examination is made again, where somebody asks for it."""

_LONGEST = 300.0
"""Seconds: a device that hangs is given up."""


@dataclass(frozen=True)
class Findings:
    """What an examination found, or has found so far."""

    checks: tuple[Check, ...]
    begun: datetime
    ended: datetime | None
    """None while it goes on."""


class Examiner:
    """Examines the machine for one server: one examination at a time, and the latest is kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._findings: Findings | None = None
        self._process: subprocess.Popen[str] | None = None

    def findings(self, anew: bool = False) -> Findings:
        """The latest; begins an examination where there is none, it is old, or anew is wanted. Waits for nothing."""
        with self._lock:
            found = self._findings
            old = found is None or (found.ended is not None and _now() - found.ended > KEPT)
            if found is None or old or (anew and found.ended is not None):
                found = self._findings = Findings((), _now(), None)
                threading.Thread(target=self._examine, args=(found.begun,), daemon=True, name="examination").start()
            return found

    def close(self) -> None:
        """For a server that ends."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def _examine(self, begun: datetime) -> None:
        checks: list[Check] = []
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "coaxial.workflows.examination"],
                env={**os.environ, "COAXIAL_DATA_DIR": str(self._settings.data_dir)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError as error:
            checks.append(Check("doctor", "failed", f"The examination could not be started: {error}."))
        else:
            limit = threading.Timer(_LONGEST, process.kill)
            limit.start()
            with process:
                for line in process.stdout or ():
                    checks.append(Check(**json.loads(line)))
                    self._keep(Findings(tuple(checks), begun, None))
            limit.cancel()
            if process.returncode:
                checks.append(
                    Check(
                        "doctor",
                        "failed",
                        f"The examination broke off (exit code {process.returncode}).",
                        "Run it in a terminal, where all is shown: coaxial doctor",
                    )
                )
        self._keep(Findings(tuple(checks), begun, _now()))

    def _keep(self, findings: Findings) -> None:
        with self._lock:
            self._findings = findings


def _now() -> datetime:
    return datetime.now(timezone.utc)


def main() -> None:
    """Examine, and write as results come."""
    for check in examine(Settings.read()):
        sys.stdout.write(json.dumps(asdict(check)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
