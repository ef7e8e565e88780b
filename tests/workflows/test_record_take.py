"""A take is on the disk before it is told of, whatever happens to the process that takes it."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.studio import take
from coaxial.domain.errors import NotFound, StorageFailure
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.originals import sha256_of
from coaxial.workflows.record_take import Reading, record_take, scratch_for_take
from workflows.test_import_speech import files_of_at_most

SENTENCE = "The kettle sings before the morning begins."
READING = Reading("anna", "letters", 1)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(data_dir=tmp_path / "data", processes=1)
    settings.data_dir.mkdir()
    with open_store(settings) as store:
        store.add_profile("anna", "en-US", "", "")
        store.add_prompts("letters", "en-US", [SENTENCE])
        yield settings


def record(settings: Settings, sound: bytes) -> tuple[int, bool]:
    with scratch_for_take(settings) as file:
        file.write_bytes(sound)
        found, new = record_take(settings, READING, file, hashlib.sha256(sound).hexdigest())
        return found.id, new


def nothing_is_torn(settings: Settings) -> int:
    """Every recording's original is whole; answers how many there are."""
    with open_store(settings) as store:
        rows = store.recordings(kept_only=False)
    for one in rows:
        assert sha256_of(one.file) == one.sha256
    return len(rows)


def test_takes_survive_kills_at_any_moment_and_sent_again_are_there_once(settings: Settings) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  (told where the test fails)
    moments = random.Random(seed)
    sounds = [take(SENTENCE, speed=speed) for speed in (140, 150, 160)]
    for number, sound in enumerate(sounds):
        brought = settings.data_dir.parent / f"{number}.wav"
        brought.write_bytes(sound)
        code = f"""
import sys; from pathlib import Path
from workflows.test_record_take import record, Settings
settings = Settings(Path({str(settings.data_dir)!r}), 1)
print("ready", flush=True)
print(*record(settings, Path({str(brought)!r}).read_bytes()), flush=True)
sys.stdin.read()
"""
        environment = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.6))
            child.kill()
        nothing_is_torn(settings)
        record(settings, sound)
    assert nothing_is_torn(settings) == len(sounds)


def test_a_disk_that_fills_up_leaves_the_earlier_take(settings: Settings) -> None:
    record(settings, take(SENTENCE))
    sound = take(SENTENCE, speed=150)
    with scratch_for_take(settings) as file:
        file.write_bytes(sound)
        with files_of_at_most(20_000), pytest.raises(StorageFailure):
            record_take(settings, READING, file, hashlib.sha256(sound).hexdigest())
    assert nothing_is_torn(settings) == 1
    with open_store(settings) as store:
        assert [one.state for one in store.recordings()] == ["kept"]


def test_a_profile_that_is_deleted_meanwhile_takes_no_recording(settings: Settings) -> None:
    with open_store(settings) as store:
        store.delete_profile("anna")
    with pytest.raises(NotFound):
        record(settings, take(SENTENCE))
    assert list((settings.data_dir / "scratch" / "takes").iterdir()) == []


def test_what_a_kill_left_behind_goes_with_a_later_take(settings: Settings) -> None:
    left = settings.data_dir / "scratch" / "takes" / "left"
    left.mkdir(parents=True)
    (left / "The recording").write_bytes(b"half")
    before = time.time() - 7200
    os.utime(left, (before, before))
    record(settings, take(SENTENCE))
    assert not left.exists()
