from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest
import torch

from coaxial.domain.errors import StorageFailure, TrainingDiverged
from coaxial.domain.options import Budget, TrainOptions
from coaxial.domain.progress import Silent
from coaxial.engine.train import train
from engine.conftest import Heard
from engine.killed_runs import steps_in, train_in_child, wait_for_steps, weights


def options(steps: int, **changes) -> TrainOptions:
    return TrainOptions(**{"budget": Budget(steps=steps), "batch_size": 2, "checkpoint_every": 10, **changes})


@pytest.fixture
def copied(straight, tmp_path):
    """The same run again, to be spoiled."""
    subprocess.run(["cp", "-a", str(straight), str(tmp_path / "run")], check=True)
    return tmp_path / "run"


def test_ctrl_c_saves_the_step_and_the_run_goes_on_from_it(hum, tmp_path):
    child = train_in_child(tmp_path, hum, 4)
    wait_for_steps(child, 1)
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate()
    assert "Interrupted" in said and "coaxial resume" in said
    assert max(steps_in(tmp_path)) < 4
    train(tmp_path, hum, options(4), Silent())
    assert steps_in(tmp_path) == [1, 2, 3, 4]


def test_every_step_has_one_line_and_every_checkpoint_its_samples(hum, straight):
    assert steps_in(straight) == list(range(1, 21))
    names = {path.name for path in (straight / "checkpoints").iterdir()}
    assert names == {"step-000010.ckpt", "step-000020.ckpt", "last.ckpt", "best.ckpt"}
    held_out = {f"{clip.id}.wav" for clip in hum.clips if clip.held_out}
    for folder in ("reference", "step-000010", "step-000020"):
        assert {path.name for path in (straight / "samples" / folder).glob("*.wav")} == held_out
    assert list((straight / "tensorboard").glob("events.*"))


def test_only_the_newest_numbered_checkpoints_stay(hum, tmp_path):
    train(tmp_path, hum, options(3, checkpoint_every=1, keep=2), Silent())
    numbered = sorted(path.name for path in (tmp_path / "checkpoints").glob("step-*"))
    assert numbered == ["step-000002.ckpt", "step-000003.ckpt"]


def test_a_finished_run_is_not_trained_again(hum, straight):
    before = (straight / "checkpoints" / "last.ckpt").stat().st_mtime_ns
    assert train(straight, hum, options(20), Silent()).step == 20
    assert (straight / "checkpoints" / "last.ckpt").stat().st_mtime_ns == before


def test_a_damaged_last_checkpoint_falls_back_to_the_one_before(hum, copied):
    for name in ("last.ckpt", "step-000020.ckpt"):
        path = copied / "checkpoints" / name
        path.unlink()  # the copy shares its bytes with other names of it
        path.write_bytes(b"PK\x03\x04 cut off")
    heard = Heard()
    train(copied, hum, options(11), heard)
    assert any("damaged" in sentence for sentence in heard.sentences)
    assert "Going on after step 10." in heard.sentences
    assert steps_in(copied) == list(range(1, 12))


def test_a_run_whose_checkpoints_are_all_damaged_is_not_begun_anew(hum, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(StorageFailure, match="None of the checkpoints"):
        train(tmp_path, hum, options(10), Silent())


def test_an_absurd_learning_rate_stops_with_a_word_and_keeps_the_good_checkpoint(hum, copied):
    good = weights(copied)
    with pytest.raises(TrainingDiverged, match="broke down at step"):
        train(copied, hum, options(100, learning_rate=0.1, checkpoint_every=1000), Silent())
    kept = weights(copied)
    assert all(torch.equal(kept[key], value) for key, value in good.items())


def test_minutes_end_a_run(hum, tmp_path):
    started = time.monotonic()
    result = train(tmp_path, hum, options(1, budget=Budget(minutes=0.05)), Silent())
    assert result.step >= 1
    assert 3.0 <= result.seconds <= time.monotonic() - started
    assert (tmp_path / "checkpoints" / "last.ckpt").exists()


@pytest.mark.slow
def test_a_run_says_how_much_is_left_before_its_first_step_and_after_twenty(hum, tmp_path):
    heard = Heard()
    train(tmp_path, hum, options(21, batch_size=1, checkpoint_every=1000), heard)
    told = [sentence for sentence in heard.sentences if re.search("steps?, about", sentence)]
    assert len(told) == 2
    assert "batches of 1, 6 steps an epoch" in told[0] and ": 21 steps, about " in told[0]
    assert told[1].startswith("After 20 steps: 1 step, about ") and told[1].endswith(" to go.")


def test_several_speakers_train(tmp_path):
    from engine.conftest import write_dataset

    dataset = write_dataset(tmp_path / "dataset", clips=4, held_out=1, speakers=2)
    train(tmp_path / "run", dataset, options(1), Silent())
    assert weights(tmp_path / "run")["model_g.emb_g.weight"].shape == (2, 512)


def test_the_average_follows_the_trained_weights(straight):
    contents = torch.load(straight / "checkpoints" / "last.ckpt", weights_only=True)
    trained = contents["state_dict"]["model_g.enc_p.emb.weight"]
    average = contents["coaxial"]["generator_average"]["enc_p.emb.weight"]
    assert not torch.equal(trained, average)
    torch.testing.assert_close(trained, average, atol=5e-3, rtol=0)


def test_a_full_disk_is_told_before_the_first_step(hum, tmp_path, monkeypatch):
    usage = os.statvfs(tmp_path)
    small = type("Usage", (), {"free": 10_000_000, "total": usage.f_blocks, "used": 0})
    monkeypatch.setattr("shutil.disk_usage", lambda path: small)
    with pytest.raises(StorageFailure, match="10 MB are free"):
        train(tmp_path, hum, options(2), Silent())
