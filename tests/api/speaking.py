"""A server whose data directory has voices: the rows and files as an export leaves them, the weights random."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from coaxial.settings import Settings
from coaxial.store import open_store
from random_voices import facts_of, make_pair, make_voice
from workflows.test_export_voice import write_dataset

RUN = "anna-x_low-1"
ANNA = "en_US-anna-x_low"
CHOIR = "en_US-choir-x_low"


def with_a_run(settings: Settings) -> None:
    """A dataset and a run in the store, as voices are exported from."""
    dataset = write_dataset(settings.datasets / "Anna-x_low-1a2b")
    with open_store(settings) as store:
        row = store.add_dataset(dataset, [])
        store.add_run(RUN, row.name, {}, settings.runs / RUN, base="")


def with_voice(settings: Settings, name: str, folder: Path) -> Path:
    """A voice's files in their place, and its row. Returns: its folder."""
    placed = settings.voices / name
    shutil.copytree(folder, placed)
    with open_store(settings) as store:
        store.add_voice(name, RUN, "best.ckpt", placed, "en-US", "x_low")
    return placed


@pytest.fixture(scope="session")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a voice of one speaker, proven and with samples; read it only."""
    return make_voice(tmp_path_factory.mktemp("voices"), facts_of())


@pytest.fixture(scope="session")
def anna_pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a voice with the two files alone that Piper needs; read it only."""
    return make_pair(tmp_path_factory.mktemp("pair"), facts_of()).parent


@pytest.fixture(scope="session")
def choir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a voice of two speakers; read it only."""
    return make_pair(tmp_path_factory.mktemp("choir"), facts_of(speakers=("alto", "bass"), name="choir")).parent


@contextmanager
def server_process(settings: Settings) -> Iterator[str]:
    """`coaxial api` of a data directory. Yields: its URL."""
    command = [sys.executable, "-c", "import sys; from coaxial.cli.main import main; sys.exit(main())", "api"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--data-dir", str(settings.data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        yield found.group()
    finally:
        process.kill()
        process.communicate()


class Asking:
    """Asks a server, and answers with bytes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager()

    def __call__(
        self, method: str, path: str, json_body: Any = None, *, stream: bool = False, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """headers: with _ for -."""
        body = None if json_body is None else json.dumps(json_body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return self._pool.request(
            method, self.url + path, body=body, headers=sent, retries=False, timeout=60, preload_content=not stream
        )
