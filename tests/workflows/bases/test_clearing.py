"""Clearing the cache of bases, but of what is being used."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import InUse, NotFound
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.clear_bases import clear_bases
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.import_base import import_base
from coaxial.workflows.locks import lock_file
from hub_server import Hub


def test_the_cache_is_cleared_whole_by_id_or_by_age(settings: Settings, old_checkpoint: Path) -> None:
    for name in ("en-US.one", "en-US.two", "sv-SE.three"):
        import_base(settings, old_checkpoint, name, BaseFacts(), Silent())
    written = settings.checkpoints / "en-US_two_metadata.json"
    written.write_text(written.read_text().replace('"downloaded": "20', '"downloaded": "19'))
    assert clear_bases(settings, older_than=timedelta(days=30)).removed == ("en-US.two",)
    cleared = clear_bases(settings, "en-US.one")
    assert cleared.removed == ("en-US.one",)
    assert cleared.freed > old_checkpoint.stat().st_size
    with pytest.raises(NotFound, match="not on this machine"):
        clear_bases(settings, "en-US.one")
    assert clear_bases(settings).removed == ("sv-SE.three",)
    assert list(settings.checkpoints.glob("*sv-SE*")) == []


def test_a_base_that_a_run_trains_from_is_not_cleared(settings: Settings, old_checkpoint: Path) -> None:
    import_base(settings, old_checkpoint, "en-US.mine", BaseFacts(), Silent())
    path = settings.checkpoints / "en-US_mine.ckpt"
    add_run_from(settings, path)
    with FileLock(lock_file(settings, "run-anna-1")):
        with pytest.raises(InUse, match="being used"):
            clear_bases(settings, "en-US.mine")
        assert clear_bases(settings).kept == ("en-US.mine",)
        assert path.exists()
    assert clear_bases(settings, "en-US.mine").removed == ("en-US.mine",)  # the run's process is gone


def test_a_download_that_goes_on_is_not_cleared(settings: Settings, amy: str, hub: Hub) -> None:
    hub.pause_per_chunk = 0.02
    thread = threading.Thread(target=lambda: fetch_base(settings, "en-US.amy", Silent()))
    thread.start()
    part = settings.checkpoints / ".en-US_amy.ckpt.part"
    while not part.exists():
        time.sleep(0.01)
    assert clear_bases(settings).kept == ("en-US.amy",)
    hub.pause_per_chunk = 0
    thread.join()
    assert (settings.checkpoints / "en-US_amy.ckpt").exists()


def add_run_from(settings: Settings, base: Path) -> None:
    """A run of the store that trains from a base right now."""
    from coaxial.domain.prepared import PreparedDataset

    dataset = PreparedDataset(
        settings.datasets / "anna-1", "anna", "f" * 64, Quality.X_LOW, "en-US", "en-us", {"anna": 0}, {}, ()
    )
    with open_store(settings) as store:
        store.add_dataset(dataset, [])
        store.add_run("anna-1", "anna-1", {}, settings.runs / "anna-1", str(base))
