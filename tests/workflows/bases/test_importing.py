"""Bases from files of one's own: copies, listed as all others are, or refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import BaseMismatch, InvalidOption, NotFound, UnsafeCheckpoint
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.workflows.clear_bases import cache_info
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.import_base import import_base
from coaxial.workflows.inspect_base import validate_base
from coaxial.workflows.list_bases import list_bases, show_base
from random_voices import facts_of, make_pair
from workflows.bases.conftest import Heard


def test_a_local_checkpoint_is_imported_as_a_copy_and_listed(settings: Settings, old_checkpoint: Path) -> None:
    entry = import_base(settings, old_checkpoint, "en-US.mine", BaseFacts(gender="male"), Silent())
    assert (entry.id, entry.quality, entry.origin) == ("en-US.mine", Quality.X_LOW, "imported")
    assert (settings.checkpoints / "en-US_mine.ckpt").read_bytes() == old_checkpoint.read_bytes()
    shown = show_base(settings, "en-US.mine")
    assert (shown["downloaded"], shown["source"]) == (True, str(old_checkpoint))
    assert fetch_base(settings, "en-US.mine", Silent()).was_here
    with pytest.raises(InvalidOption, match="already"):
        import_base(settings, old_checkpoint, "en-US.mine", BaseFacts(), Silent())


def test_a_published_voice_is_imported_as_the_checkpoint_in_its_graph(settings: Settings, tmp_path: Path) -> None:
    onnx = make_pair(tmp_path, facts_of(Quality.X_LOW))
    heard = Heard()
    entry = import_base(settings, onnx, "en-US.voice", BaseFacts(), heard)
    assert (entry.id, entry.quality) == ("en-US.voice", Quality.X_LOW)
    assert any("starts fresh" in sentence for sentence in heard.sentences)
    verdict = validate_base(settings, "en-US.voice")
    assert verdict.valid
    assert verdict.inspection is not None and not verdict.inspection.is_voice
    config = json.loads((settings.checkpoints / "en-US_voice_config.json").read_text())
    assert config == json.loads(Path(f"{onnx}.json").read_text())


def test_a_file_is_imported_under_a_published_id_only_if_it_is_that_file(
    settings: Settings, old_checkpoint: Path
) -> None:
    with pytest.raises(InvalidOption, match=r"is not the published en-US\.lessac"):
        import_base(settings, old_checkpoint, "en-US.lessac", BaseFacts(), Silent())
    import_base(settings, old_checkpoint, "en-US.amy", BaseFacts(), Silent())
    assert show_base(settings, "en-US.amy")["downloaded"]


def test_what_is_no_base_is_not_imported(settings: Settings, tmp_path: Path) -> None:
    import torch

    class Planted:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'witness'}",)

    evil, other = tmp_path / "evil.ckpt", tmp_path / "other.ckpt"
    torch.save({"state_dict": {}, "x": Planted()}, evil)
    torch.save({"state_dict": {"layer.weight": torch.ones(3)}}, other)
    with pytest.raises(UnsafeCheckpoint):
        import_base(settings, evil, "en-US.mine", BaseFacts(), Silent())
    with pytest.raises(BaseMismatch):
        import_base(settings, other, "en-US.mine", BaseFacts(), Silent())
    with pytest.raises(NotFound):
        import_base(settings, tmp_path / "none.ckpt", "en-US.mine", BaseFacts(), Silent())
    assert not (tmp_path / "witness").exists()
    assert cache_info(settings)["checkpoints"] == []
    assert "en-US.mine" not in {one["id"] for one in list_bases(settings)}
