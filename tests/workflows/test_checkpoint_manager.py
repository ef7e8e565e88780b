"""Base checkpoints from Python, as documented; against a hub on loopback."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from coaxial.checkpoints.catalog import published_checkpoints
from coaxial.domain.errors import NotFound
from coaxial.domain.quality import Quality
from hub_server import Hub, on_hub
from old_checkpoints import write_old_checkpoint

ROOT = Path(__file__).resolve().parents[2]
GUIDE = next((ROOT.parent / "shared" / "spec").glob("000_*.txt"), None)


@pytest.fixture
def checkpoint(tmp_path: Path) -> bytes:
    return write_old_checkpoint(tmp_path / "base.ckpt", Quality.X_LOW).read_bytes()


@pytest.fixture
def here(hub: Hub, tmp_path: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the environment, in the project's folder, and a hub that has every published checkpoint."""
    for entry in published_checkpoints():
        hub.put(re.sub(r"https://[^/]+", "", on_hub(entry.url)), checkpoint)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("COAXIAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.syspath_prepend(str(ROOT))
    return tmp_path / "data"


def test_a_checkpoint_is_found_fetched_and_checked(here: Path) -> None:
    from utils.checkpoints import get_checkpoint_manager

    manager = get_checkpoint_manager()
    assert "amy" in [one["voice_id"] for one in manager.get_available_checkpoints("en-US")]
    assert not manager.is_checkpoint_downloaded("en-US", "amy")
    assert manager.get_checkpoint_path("en-US", "amy") is None
    assert not manager.validate_checkpoint("en-US", "amy")
    success, message = manager.download_checkpoint("en-US", "amy")
    assert success and "en-US.amy is downloaded" in message
    assert manager.is_checkpoint_downloaded("en-US", "amy")
    assert manager.get_checkpoint_path("en-US", "amy") == str(here / "checkpoints" / "en-US_amy.ckpt")
    assert manager.validate_checkpoint("en-US", "amy")
    assert [one["id"] for one in manager.get_cache_info()["checkpoints"]] == ["en-US.amy"]
    assert manager.download_checkpoint("en-US", "amy") == (True, "en-US.amy was here already.")


def test_what_goes_wrong_with_a_download_is_an_answer_and_no_exception(here: Path, hub: Hub) -> None:
    from utils.checkpoints import download_checkpoint

    hub.files.clear()
    success, message = download_checkpoint("en-US", "amy")
    assert not success and "404" in message
    success, message = download_checkpoint("en-US", "nobody")
    assert not success and "no base checkpoint" in message


def test_a_question_about_a_checkpoint_that_does_not_exist_raises(here: Path) -> None:
    from utils.checkpoints import get_checkpoint_path, is_checkpoint_downloaded

    for ask in (get_checkpoint_path, is_checkpoint_downloaded):
        with pytest.raises(NotFound, match=r"en-US\.nobody"):
            ask("en-US", "nobody")


def test_a_base_is_recommended_by_language_and_gender(here: Path) -> None:
    from utils.checkpoints import get_checkpoint_manager

    manager = get_checkpoint_manager()
    assert manager.get_recommended_checkpoint("en-US", "Female")["gender"] == "Female"
    assert manager.get_recommended_checkpoint("en-US", "Male")["gender"] == "Male"
    icelandic = manager.get_recommended_checkpoint("mt-MT")
    assert (icelandic["language_code"], icelandic["voice_id"], icelandic["tier"]) == ("mt-MT", "fallback", "medium")


@pytest.mark.skipif(GUIDE is None, reason="the guide does not lie beside the repository")
def test_every_python_snippet_of_the_guide_runs_as_printed(here: Path, tmp_path: Path) -> None:
    from utils.checkpoints import get_checkpoint_manager

    assert GUIDE is not None
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 5
    script = tmp_path / "guide.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    told = runpy.run_path(str(script))
    assert told["valid"] and told["downloaded"] and told["success"]
    assert Path(told["path"]).is_file()
    assert told["best_checkpoint"]["gender"] == "Female"
    # What the guide downloads in one go: every checkpoint of the high tier in its three languages.
    cached = {one["id"] for one in get_checkpoint_manager().get_cache_info()["checkpoints"]}
    high = {entry.id for entry in published_checkpoints() if entry.quality is Quality.HIGH}
    languages = ("en-US", "en-GB", "sv-SE")
    assert cached == {"en-US.amy", *(name for name in high if name.split(".")[0] in languages)}
