"""One's own entries among the published bases."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import ForbiddenAddress, InvalidOption, NotFound
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.workflows.add_base import add_base, remove_base
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.list_bases import list_bases, show_base
from hub_server import Hub


def test_an_own_address_may_not_lead_into_this_machine_unless_the_settings_allow_it(
    settings: Settings, hub: Hub, old_checkpoint: Path, tmp_path: Path
) -> None:
    with Hub().running() as own:
        url = own.put("/mine.ckpt", old_checkpoint.read_bytes())
        add_base(settings, "en-US.mine", url, BaseFacts(), quality="x_low")
        with pytest.raises(ForbiddenAddress, match="COAXIAL_ALLOW_PRIVATE_ADDRESSES"):
            fetch_base(settings, "en-US.mine", Silent())
        assert own.asked == []
        allowed = Settings.read(settings.data_dir, {"COAXIAL_ALLOW_PRIVATE_ADDRESSES": "1"})
        assert fetch_base(allowed, "en-US.mine", Silent()).path.exists()


def test_own_entries_are_in_every_list_and_can_be_removed(settings: Settings) -> None:
    facts = BaseFacts(name="Custom Voice", gender="Female", licence="CC0-1.0")
    add_base(settings, "en-US.custom", "https://your-domain.com/model.ckpt", facts, phoneme_type="en-us-mfa")
    listed = {one["id"]: one for one in list_bases(settings, "en-US")}
    assert (listed["en-US.custom"]["origin"], listed["en-US.custom"]["licence"]) == ("manifest", "CC0-1.0")
    assert show_base(settings, "en-US.custom")["espeak_voice"] == "en-us"
    with pytest.raises(InvalidOption, match="already"):
        add_base(settings, "en-US.custom", "https://your-domain.com/other.ckpt", facts)
    with pytest.raises(InvalidOption, match="only http"):
        add_base(settings, "en-US.local", "file:///etc/passwd", facts)
    remove_base(settings, "en-US.custom")
    with pytest.raises(NotFound):
        show_base(settings, "en-US.custom")
