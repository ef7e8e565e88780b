"""Opening the database: tables, migrations, and what goes wrong with files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from coaxial.domain.errors import StorageFailure
from coaxial.settings import Settings
from coaxial.store import Store, database, open_store
from coaxial.store.tables import Base
from postgresql import PostgreSQL


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, processes=1)


def test_migrating_an_empty_database_gives_exactly_the_declared_tables(settings: Settings) -> None:
    with open_store(settings):
        pass
    with create_engine(f"sqlite:///{settings.database}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_revision_checked_at_open_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "coaxial.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == database.REVISION


def test_an_up_to_date_database_opens_without_importing_alembic(settings: Settings) -> None:
    with open_store(settings):
        pass
    code = (
        "import sys; from pathlib import Path; from coaxial.settings import Settings\n"
        "from coaxial.store import open_store\n"
        f"with open_store(Settings(Path({str(settings.data_dir)!r}), 1)) as store: assert store.profiles() == []\n"
        "assert 'alembic' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_store_survives_a_power_cut_and_waits_for_others(settings: Settings) -> None:
    with open_store(settings) as store, store._database.reading() as session:
        pragmas = [session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in _PRAGMAS]
    assert dict(zip(_PRAGMAS, pragmas, strict=True)) == _PRAGMAS


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_several_commands_may_meet_a_new_data_directory_at_once(settings: Settings) -> None:
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            # Each its own, as commands have; within a process open_store would share one.
            store = Store(settings)
            store.profiles()
            store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("content", [b"this is a letter, not a database" * 40, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_database_is_named_and_left_as_it_is(settings: Settings, content: bytes) -> None:
    settings.database.write_bytes(content)
    with pytest.raises(StorageFailure, match="damaged"), open_store(settings) as store:
        store.profiles()
    assert settings.database.read_bytes() == content


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(settings: Settings) -> None:
    with open_store(settings):
        pass
    connection = sqlite3.connect(settings.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StorageFailure, match="newer version"), open_store(settings):
        pass
    again = sqlite3.connect(settings.database)
    assert again.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    again.close()


def test_a_migration_that_fails_halfway_leaves_nothing_of_itself(settings: Settings) -> None:
    stranger = sqlite3.connect(settings.database)
    stranger.execute("CREATE TABLE voices (of_another_program TEXT)")
    stranger.commit()
    with pytest.raises(StorageFailure, match="voices already exists"), open_store(settings):
        pass
    assert stranger.execute("SELECT name FROM sqlite_master").fetchall() == [("voices",)]
    stranger.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_database_without_permission_is_named(settings: Settings) -> None:
    with open_store(settings):
        pass
    settings.database.chmod(0)
    with pytest.raises(StorageFailure, match="cannot be opened"), open_store(settings):
        pass


def test_a_directory_in_the_database_s_place_is_named(settings: Settings) -> None:
    settings.database.mkdir()
    with pytest.raises(StorageFailure, match="cannot be opened"), open_store(settings):
        pass


def test_a_database_that_stays_locked_is_a_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(settings):
        pass
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(settings.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageFailure, match="another program"), open_store(settings) as store:
            store.add_takes("list", "en-US", [])
    finally:
        holder.close()


def test_a_full_disk_is_a_sentence_and_keeps_what_was_there(settings: Settings) -> None:
    with open_store(settings) as store:
        store.add_takes("before", "en-US", [])
        with pytest.raises(StorageFailure, match="disk is full"), store._database.writing() as session:
            pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
            session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            session.connection().exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(9000000)")
        assert [found.name for found in store.prompt_lists()] == ["before"]


def test_several_commands_may_meet_a_new_postgresql_database_at_once(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.new_database()
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            store = Store(Settings(data_dir=tmp_path, processes=1, database_url=url))
            store.profiles()
            store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with create_engine(url.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_machine_that_went_away_while_it_wrote_holds_the_others_up_for_moments(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SILENT_SECONDS", 1)
    store = Store(Settings(data_dir=tmp_path, processes=1, database_url=postgresql.new_database()))
    with pytest.raises(StorageFailure), store._database.writing():
        begun = time.monotonic()
        store.add_profile("anna", "en-US", "", "")
        assert time.monotonic() - begun < 10
    assert [profile.name for profile in store.profiles()] == ["anna"]
    store.close()


def test_a_postgresql_database_that_is_not_there_is_a_sentence_without_its_password(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    server = f"postgresql://coaxial:secret@127.0.0.1:{postgresql.port}"
    elsewhere = server.replace("127.0.0.1", "127.0.0.2")
    for url, words in ((f"{server}/nowhere", "There is no database"), (f"{elsewhere}/any", "cannot be reached")):
        with pytest.raises(StorageFailure, match=words) as refused:
            open_store(Settings(data_dir=tmp_path, processes=1, database_url=url)).__enter__()
        assert "secret" not in str(refused.value)
