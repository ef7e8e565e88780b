"""A PostgreSQL server of the tests' own, on a free port, which can be stopped and started again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class PostgreSQL:
    """`new_database` gives the address of an empty one."""

    def __init__(self, programs: Path) -> None:
        # It does not run as root, and must be let into its folder, which those of pytest are not.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="coaxial-postgresql-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._count = 0
        self._run("initdb", "--auth=trust", "--username=coaxial", "--no-sync", "--encoding=UTF8", "--locale=C")

    def start(self) -> None:
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--options={settings}", f"--log={self._folder / 'log'}")

    def stop(self) -> None:
        """At once, as a power cut."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def new_database(self) -> str:
        import psycopg

        self._count += 1
        name = f"coaxial{self._count}"
        server = f"postgresql://coaxial@127.0.0.1:{self.port}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return f"{server}/{name}"

    def remove(self) -> None:
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        line = [str(self._programs / program), f"--pgdata={self._folder / 'data'}", *arguments]
        subprocess.run(line, user=self._user, cwd=self._folder, check=True, stdout=subprocess.DEVNULL)


def postgresql_server() -> Iterator[PostgreSQL]:
    """A running server; skips where the program is missing."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        assert not os.environ.get("CI"), "PostgreSQL is missing, and in CI it must be there"
        pytest.skip("the program postgres is not installed")
    server = PostgreSQL(folders[-1])
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.remove()
