"""Where things lie and how much of the machine is used; read once at the door and passed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from coaxial.domain.errors import InvalidOption, StorageFailure


@dataclass(frozen=True)
class Settings:
    """The validated settings of one process."""

    data_dir: Path
    """Everything a person makes lies below it."""
    processes: int
    """Worker processes for preparing audio."""

    @staticmethod
    def read(data_dir: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
        """From the door's --data-dir, else COAXIAL_DATA_DIR, else the user's data folder; makes the folder.

        Raises: InvalidOption, StorageFailure.
        """
        environment = os.environ if environment is None else environment
        chosen = data_dir or environment.get("COAXIAL_DATA_DIR") or platformdirs.user_data_path("coaxial")
        folder = Path(chosen).expanduser().resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFailure(
                f"The data directory {folder} cannot be made: {error.strerror or error}.",
                remedy="Choose another with --data-dir or COAXIAL_DATA_DIR.",
            ) from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StorageFailure(
                f"The data directory {folder} cannot be written to: no permission.",
                remedy="Choose another with --data-dir or COAXIAL_DATA_DIR.",
            )
        return Settings(data_dir=folder, processes=_processes(environment))

    @property
    def database(self) -> Path:
        return self.data_dir / "coaxial.db"

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def reports(self) -> Path:
        return self.data_dir / "imports"

    @property
    def clips(self) -> Path:
        return self.data_dir / "clips"

    @property
    def datasets(self) -> Path:
        return self.data_dir / "datasets"

    @property
    def runs(self) -> Path:
        return self.data_dir / "runs"

    @property
    def voices(self) -> Path:
        return self.data_dir / "voices"


def _processes(environment: Mapping[str, str]) -> int:
    given = environment.get("COAXIAL_PROCESSES")
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not given.isdigit() or int(given) < 1:
        raise InvalidOption(f"COAXIAL_PROCESSES is {given!r}, which is not a number of processes.")
    return int(given)
