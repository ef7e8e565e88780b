"""Where things lie and how much of the machine is used; read once at the door and passed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from coaxial.domain.errors import InvalidOption, StorageFailure

PUBLIC_HUB = "https://huggingface.co"

_SERVERS = {
    "COAXIAL_DATABASE_URL": ("PostgreSQL", ("postgresql", "postgres"), "postgresql://host/coaxial"),
    "COAXIAL_BROKER_URL": ("Redis", ("redis", "rediss"), "redis://host:6379/0"),
}


@dataclass(frozen=True)
class Settings:
    """The validated settings of one process."""

    data_dir: Path
    """Everything a person makes lies below it."""
    processes: int
    """Worker processes for preparing audio."""
    hub: str = PUBLIC_HUB
    """The Hugging Face hub that checkpoints are fetched from: HF_ENDPOINT, for a mirror of it."""
    offline: bool = False
    """HF_HUB_OFFLINE: nothing is fetched from anywhere."""
    private_addresses: bool = False
    """COAXIAL_ALLOW_PRIVATE_ADDRESSES: a base checkpoint's own URL may lead to this computer or a private network."""
    download_limit: int = 8_000_000_000
    """COAXIAL_DOWNLOAD_LIMIT_MB, in bytes: the largest file that is fetched."""
    download_silence: float = 30.0
    """COAXIAL_DOWNLOAD_TIMEOUT, in seconds: how long a server may send nothing."""
    database_url: str = ""
    """COAXIAL_DATABASE_URL: postgresql://… where several machines share the work; otherwise a file of SQLite's."""
    broker_url: str = ""
    """COAXIAL_BROKER_URL: redis://… where several machines share the work; otherwise a file in the data directory."""
    redis_visibility: float = 3600.0
    """COAXIAL_REDIS_VISIBILITY, in seconds: after which Redis delivers a message again whose job still runs."""
    job_lease: float = 30.0
    """COAXIAL_JOB_LEASE, in seconds: a worker that is silent for so long is taken for dead."""
    job_grace: float = 30.0
    """COAXIAL_JOB_GRACE, in seconds: how long training that was asked to stop may take to write its checkpoint."""
    take_limit: int = 100_000_000
    """COAXIAL_TAKE_LIMIT_MB, in bytes: the largest recording that is taken in one request."""
    upload_limit: int = 20_000_000_000
    """COAXIAL_UPLOAD_LIMIT_MB, in bytes: the largest file that is taken in parts."""
    cpu_jobs: int = 2
    """COAXIAL_CPU_JOBS: jobs of a machine that run at once beside its training."""
    voice_memory: float = 500_000_000.0
    """COAXIAL_VOICE_MEMORY_MB, in bytes: of the voices that a server keeps loaded, five or so of medium quality."""

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
        return Settings(
            data_dir=folder,
            processes=_processes(environment),
            hub=_hub(environment),
            offline=_switch(environment, "HF_HUB_OFFLINE"),
            private_addresses=_switch(environment, "COAXIAL_ALLOW_PRIVATE_ADDRESSES"),
            download_limit=round(1_000_000 * _positive(environment, "COAXIAL_DOWNLOAD_LIMIT_MB", 8000)),
            download_silence=_positive(environment, "COAXIAL_DOWNLOAD_TIMEOUT", 30),
            database_url=_server(environment, "COAXIAL_DATABASE_URL"),
            broker_url=_server(environment, "COAXIAL_BROKER_URL"),
            redis_visibility=_positive(environment, "COAXIAL_REDIS_VISIBILITY", 3600),
            job_lease=_positive(environment, "COAXIAL_JOB_LEASE", 30),
            job_grace=_positive(environment, "COAXIAL_JOB_GRACE", 30),
            take_limit=round(1_000_000 * _positive(environment, "COAXIAL_TAKE_LIMIT_MB", 100)),
            upload_limit=round(1_000_000 * _positive(environment, "COAXIAL_UPLOAD_LIMIT_MB", 20_000)),
            cpu_jobs=_count(environment, "COAXIAL_CPU_JOBS", 2),
            voice_memory=1e6 * _positive(environment, "COAXIAL_VOICE_MEMORY_MB", 500),
        )

    @property
    def database(self) -> Path:
        return self.data_dir / "coaxial.db"

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def uploads(self) -> Path:
        """Files that come in parts, and imports that wait to be done."""
        return self.data_dir / "uploads"

    @property
    def reports(self) -> Path:
        return self.data_dir / "imports"

    @property
    def clips(self) -> Path:
        return self.data_dir / "clips"

    @property
    def checkpoints(self) -> Path:
        """Base checkpoints that were fetched or imported, and the user's manifest of them."""
        return self.data_dir / "checkpoints"

    @property
    def job_logs(self) -> Path:
        """What jobs' processes printed, a file for each job."""
        return self.data_dir / "logs" / "jobs"

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


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name, "").strip()
    if given and (not given.isdecimal() or not 1 <= int(given) <= 1000):
        raise InvalidOption(f"{name} is {given!r}: set it to a whole number from 1 to 1000.")
    return int(given) if given else default


def _server(environment: Mapping[str, str], name: str) -> str:
    address = environment.get(name, "").strip()
    kind, schemes, example = _SERVERS[name]
    # The address may hold a password, so that it is not shown.
    if address and urlsplit(address).scheme not in schemes:
        raise InvalidOption(
            f"{name} is no address of a {kind} server.",
            remedy=f"Give one such as {example}, or unset it: one machine needs no such server.",
        )
    return address


def _hub(environment: Mapping[str, str]) -> str:
    address = environment.get("HF_ENDPOINT", "").strip().rstrip("/") or PUBLIC_HUB
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise InvalidOption(f"HF_ENDPOINT is {address!r}, which is no web address such as {PUBLIC_HUB}.")
    return address


def _switch(environment: Mapping[str, str], name: str) -> bool:
    given = environment.get(name, "").strip().lower()
    if given not in ("", "0", "1", "true", "false", "yes", "no", "on", "off"):
        raise InvalidOption(f"{name} is {given!r}: set it to 1 or 0.")
    return given in ("1", "true", "yes", "on")


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    given = environment.get(name, "").strip()
    try:
        value = float(given) if given else default
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise InvalidOption(f"{name} is {given!r}, which is not a number above 0.")
    return value
