from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coaxial.audio.wav import read_wav
from coaxial.domain.errors import InUse, StorageFailure
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Silent
from dataset.recordings import Log, prepare_into, products, recordings_of


@pytest.fixture(scope="module")
def recordings(robot_corpus):
    return recordings_of(robot_corpus)


def test_a_second_command_on_the_same_dataset_is_told_to_wait(tmp_path, recordings):
    class SecondCommand(Silent):
        answer: InUse | None = None

        def advance(self, amount: float = 1.0) -> None:
            with pytest.raises(InUse) as caught:
                prepare_into(tmp_path, recordings[:2])
            self.answer = caught.value

    progress = SecondCommand()
    dataset = prepare_into(tmp_path, recordings[:2], progress=progress)
    assert "is being prepared by another command right now" in progress.answer.message
    assert len(dataset.clips) == 2


def test_a_cut_off_clip_in_the_cache_is_made_again(tmp_path, recordings):
    first = prepare_into(tmp_path, recordings[:2])
    whole = first.wav(first.clips[0]).read_bytes()
    damaged = next(path for path in (tmp_path / "clips").glob("*/*.wav") if path.read_bytes() == whole)
    damaged.write_bytes(whole[:1000])
    shutil.rmtree(first.folder)
    again = prepare_into(tmp_path, recordings[:2])
    assert again.wav(again.clips[0]).read_bytes() == whole


def test_where_links_fail_clips_are_copied(tmp_path, recordings, monkeypatch):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    dataset = prepare_into(tmp_path, recordings[:2])
    assert [dataset.wav(clip).stat().st_nlink for clip in dataset.clips] == [1, 1]
    assert len(read_wav(dataset.wav(dataset.clips[0]))[0]) == dataset.clips[0].samples


def test_an_unfinished_folder_in_the_way_is_not_touched(tmp_path, recordings):
    dataset = prepare_into(tmp_path, recordings[:2])
    (dataset.folder / "dataset.json").unlink()
    with pytest.raises(StorageFailure, match="not a finished dataset"):
        prepare_into(tmp_path, recordings[:2])
    assert dataset.wav(dataset.clips[0]).exists()


CHILD = """
import os, pickle, resource, sys
from dataset.recordings import prepare_into
from coaxial.domain.errors import CoaxialError
from coaxial.domain.progress import Silent
from pathlib import Path

class DieAfter(Silent):
    left = int(sys.argv[3])
    def advance(self, amount=1.0):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), int(sys.argv[6]))

if __name__ == "__main__":
    recordings = pickle.loads(Path(sys.argv[1]).read_bytes())
    if limit := int(sys.argv[4]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        prepare_into(Path(sys.argv[2]), recordings, processes=int(sys.argv[5]), progress=DieAfter())
    except CoaxialError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def in_child(
    tmp_path, recordings, *, die_after=0, file_limit=0, processes=1, by=signal.SIGKILL
) -> subprocess.Popen[str]:
    (tmp_path / "recordings.pickle").write_bytes(pickle.dumps(recordings))
    (tmp_path / "child.py").write_text(CHILD)
    arguments = [tmp_path / "recordings.pickle", tmp_path, die_after, file_limit, processes, int(by)]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, tmp_path / "child.py", *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def test_a_kill_leaves_no_half_dataset_and_its_clips_for_the_next_time(tmp_path, recordings):
    child = in_child(tmp_path, recordings[:6], die_after=3)
    child.communicate()
    assert child.returncode == -9
    assert not [path for path in (tmp_path / "datasets").iterdir() if not path.name.startswith(".")]
    before, log = products(tmp_path), Log()
    assert len(before) >= 6
    dataset = prepare_into(tmp_path, recordings[:6], progress=log)
    assert len(dataset.clips) == 6
    assert products(tmp_path).items() >= before.items()
    assert not list((tmp_path / "datasets").glob(".*.part"))


@pytest.mark.parametrize("processes", [1, 2])
def test_control_c_ends_it_quietly_and_leaves_nothing_half_made(tmp_path, recordings, processes):
    child = in_child(tmp_path, recordings, die_after=2, processes=processes, by=signal.SIGINT)
    assert child.communicate()[1] == ""
    assert child.returncode == 130
    assert {path.suffix for path in (tmp_path / "datasets").iterdir()} == {".lock"}
    assert len(prepare_into(tmp_path, recordings).clips) == len(recordings)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_midway_is_a_sentence_and_breaks_nothing(tmp_path, recordings, processes):
    prepared = prepare_into(tmp_path / "undisturbed", recordings)
    sizes = sorted(prepared.spectrogram(clip).stat().st_size for clip in prepared.clips)
    child = in_child(tmp_path, recordings, file_limit=sizes[-2] + 1, processes=processes)
    errors = child.communicate()[1]
    assert child.returncode == 1
    assert "could not be written" in errors
    assert "Traceback" not in errors
    assert not [path for path in (tmp_path / "datasets").iterdir() if path.suffix != ".lock"]
    before = products(tmp_path)
    assert 0 < len(before) < 2 * len(recordings)
    assert len(prepare_into(tmp_path, recordings).clips) == len(recordings)
    assert products(tmp_path).items() >= before.items()


def test_two_processes_at_once_make_one_whole_dataset(tmp_path, recordings):
    children = [in_child(tmp_path, recordings[:4]) for _ in range(2)]
    for child in children:
        errors = child.communicate()[1]
        assert child.returncode == 0 or "is being prepared by another command" in errors
    assert 0 in [child.returncode for child in children]
    (folder,) = [path for path in (tmp_path / "datasets").iterdir() if not path.name.startswith(".")]
    assert len(PreparedDataset.load(folder).clips) == 4


@pytest.mark.parametrize("name", ["datasets", "clips"])
def test_a_file_in_the_way_is_a_sentence(tmp_path, recordings, name):
    (tmp_path / name).write_text("in the way")
    with pytest.raises(StorageFailure, match=name):
        prepare_into(tmp_path, recordings[:2])
