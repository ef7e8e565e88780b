from __future__ import annotations

import pytest

from coaxial.checkpoints.inspection import Writer, fits, inspect_checkpoint
from coaxial.domain.quality import Quality
from old_checkpoints import OLD_EPOCH, OLD_STEP, write_old_checkpoint


@pytest.mark.parametrize("zipped", [True, False])
def test_an_old_checkpoint_is_told_whole(tmp_path, zipped):
    path = write_old_checkpoint(tmp_path / "old.ckpt", zipped=zipped)
    found = inspect_checkpoint(path)
    assert (found.quality, found.sample_rate, found.num_symbols, found.num_speakers) == (Quality.X_LOW, 16000, 256, 1)
    assert (found.epoch, found.step, found.writer) == (OLD_EPOCH, OLD_STEP, Writer.OLD_PIPER)
    assert (found.has_discriminator, found.has_optimizer_states, found.broken_weights) == (False, True, 0)
    assert found.byte_count == path.stat().st_size
    assert fits(found, Quality.X_LOW, 1, 256) == []
