"""Downloads that a full disk or a signal ends: what came is kept."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from pathlib import Path

import pytest

from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.part import Part
from coaxial.domain.errors import StorageFailure
from coaxial.domain.progress import Silent
from downloads import FILE, MANNERS, left_beside, source
from hub_server import Hub


def test_a_disk_without_room_is_found_out_before_the_first_byte(
    hub: Hub, url: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 2_000_000, 2_000_000))
    with pytest.raises(StorageFailure, match=r"no room for en-US\.amy: it takes 3 MB more"):
        fetch(source(url), target, Silent(), MANNERS)
    assert hub.sent() == 0
    assert left_beside(target) == []


def test_a_disk_that_fills_up_on_the_way_keeps_what_came(hub: Hub, url: str, target: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(StorageFailure, match="could not be written"):
            fetch(source(url), target, Silent(), MANNERS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not target.exists()
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.asked[-1].first == 1_000_000


KILLED = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from coaxial.checkpoints.download import fetch
    from coaxial.checkpoints.source import Manners, Source
    from coaxial.domain.progress import Silent
    fetch(Source(sys.argv[1], "en-US.amy"), Path(sys.argv[2]), Silent(), Manners(public_only=False))
    """
)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_download_goes_on_where_it_was(hub: Hub, url: str, target: Path, how: signal.Signals) -> None:
    hub.pause_per_chunk = 0.05
    child = subprocess.Popen([sys.executable, "-c", KILLED, url, str(target)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while Part(target).length < 500_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child.pid, how)
    child.wait()
    assert not target.exists()
    came = Part(target).length
    assert 500_000 <= came < len(FILE)
    hub.pause_per_chunk = 0.0
    hub.asked.clear()
    fetch(source(url), target, Silent(), MANNERS)
    assert target.read_bytes() == FILE
    assert hub.sent() == len(FILE) - came
