"""Why a base does not fit a dataset, in the words in which training refuses it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coaxial.checkpoints.inspection import fits, inspect_checkpoint
from coaxial.domain.errors import BaseMismatch
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.base import read_base, refuse_other_network
from old_checkpoints import write_old_checkpoint


def test_why_a_base_does_not_fit_is_said_in_full(tmp_path):
    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt", speakers=4), weights=False)
    assert fits(found, Quality.X_LOW, 3, 256) == []
    tier, speakers, symbols = fits(found, Quality.MEDIUM, 1, 130)
    assert tier.startswith("old.ckpt is a x_low checkpoint (16000 Hz) and this dataset is medium (22050 Hz).")
    assert speakers.startswith("old.ckpt speaks with 4 speakers and this dataset has one.")
    assert symbols.startswith("old.ckpt knows 256 phoneme symbols and this dataset uses 130.")


@pytest.mark.parametrize(
    ("speakers", "wanted"),
    [
        (1, NetworkShape.of(Quality.MEDIUM)),
        (4, NetworkShape.of(Quality.X_LOW)),
        (1, replace(NetworkShape.of(Quality.X_LOW), num_symbols=130)),
    ],
)
def test_training_refuses_a_base_in_the_same_words(tmp_path, speakers, wanted):
    path = write_old_checkpoint(tmp_path / "old.ckpt", speakers=speakers)
    quality = Quality.MEDIUM if wanted.sample_rate == 22050 else Quality.X_LOW
    with pytest.raises(BaseMismatch) as caught:
        refuse_other_network(read_base(path), quality, wanted)
    assert [str(caught.value)] == fits(inspect_checkpoint(path), quality, wanted.num_speakers, wanted.num_symbols)


def test_one_speaker_may_become_several(tmp_path):
    found = inspect_checkpoint(write_old_checkpoint(tmp_path / "old.ckpt"), weights=False)
    assert fits(found, Quality.X_LOW, 5, 256) == []
