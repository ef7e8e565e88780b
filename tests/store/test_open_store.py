"""One process has one store of a data directory, as long as any block of it needs one."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from coaxial.domain.errors import StorageFailure
from coaxial.settings import Settings
from coaxial.store import Store, open_store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, processes=1)


def open_connections(store: Store) -> int:
    """That are kept open for the next transaction."""
    return int(store._database._engine.pool.checkedin())  # type: ignore[attr-defined]


def test_blocks_that_overlap_have_one_store_and_the_last_one_closes_it(settings: Settings) -> None:
    with open_store(settings) as first:
        with open_store(settings) as second:
            second.profiles()
        assert first is second
        assert open_connections(first) == 1
    assert open_connections(first) == 0
    with open_store(settings) as later:
        assert later is not first
        assert later.profiles() == []


def test_threads_that_open_a_new_data_directory_at_once_have_one_store(settings: Settings) -> None:
    barrier = threading.Barrier(8)

    def opened(_: int) -> int:
        with open_store(settings) as store:
            barrier.wait(10)
            return id(store)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(opened, range(8)))) == 1


def test_other_settings_have_another_store(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with open_store(settings) as one, open_store(Settings(tmp_path / "other", 1)) as other:
        assert one is not other
        one.add_takes("here", "en-US", [])
        assert other.prompt_lists() == []


def test_one_that_could_not_be_opened_is_opened_anew(settings: Settings) -> None:
    settings.database.mkdir()
    with pytest.raises(StorageFailure), open_store(settings):
        pass
    settings.database.rmdir()
    with open_store(settings) as store:
        assert store.profiles() == []


def test_a_forked_process_opens_its_own(settings: Settings) -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with open_store(settings) as store:
        store.profiles()
        child = multiprocessing.get_context("fork").Process(target=_tell_store, args=(settings, sender))
        child.start()
        assert receiver.poll(30)
        assert receiver.recv() != id(store._database)
        child.join()


def _tell_store(settings: Settings, sender: Connection) -> None:
    with open_store(settings) as store:
        sender.send(id(store._database))
