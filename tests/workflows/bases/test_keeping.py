"""Bases that were changed, deleted or replaced since they were fetched: noticed, and mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import DownloadFailed
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.workflows.clear_bases import clear_bases
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.inspect_base import validate_base
from coaxial.workflows.list_bases import show_base
from hub_server import Hub
from old_checkpoints import write_old_checkpoint
from workflows.bases.conftest import Heard


def test_a_file_that_was_replaced_since_it_was_first_fetched_is_refused_until_accepted(
    settings: Settings, amy: str, hub: Hub, tmp_path: Path
) -> None:
    fetch_base(settings, "en-US.amy", Silent())
    clear_bases(settings)
    other = tmp_path / "other.ckpt"
    write_old_checkpoint(other, quality=Quality.X_LOW, speakers=2)
    hub.linked = False
    hub.put(amy, other.read_bytes())
    with pytest.raises(DownloadFailed, match="when it was first fetched") as failure:
        fetch_base(settings, "en-US.amy", Silent())
    assert "--accept-change" in failure.value.remedy
    assert fetch_base(settings, "en-US.amy", Silent(), accept_change=True).path.read_bytes() == other.read_bytes()


def test_files_deleted_by_hand_are_noticed_and_repaired(settings: Settings, amy: str, hub: Hub) -> None:
    path = fetch_base(settings, "en-US.amy", Silent()).path
    path.unlink()
    assert not show_base(settings, "en-US.amy")["downloaded"]
    assert fetch_base(settings, "en-US.amy", Silent()).path.exists()
    for name in ("en-US_amy_metadata.json", "en-US_amy_config.json", "metadata/en-US_amy_metadata.json"):
        (settings.checkpoints / name).unlink()
        hub.asked.clear()
        assert fetch_base(settings, "en-US.amy", Silent()).was_here
        assert hub.sent(".ckpt") == 0
        assert show_base(settings, "en-US.amy")["inspection"]["quality"] == "x_low"
        assert (settings.checkpoints / name).exists()


def test_a_damaged_file_is_found_set_aside_and_fetched_again(settings: Settings, amy: str) -> None:
    path = fetch_base(settings, "en-US.amy", Silent()).path
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert not show_base(settings, "en-US.amy")["downloaded"]
    assert "another length" in validate_base(settings, "en-US.amy").problems[0]
    heard = Heard()
    assert fetch_base(settings, "en-US.amy", heard).path.read_bytes() == whole
    assert "set aside" in heard.sentences[0]
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert "sha256 is another" in validate_base(settings, "en-US.amy").problems[0]
