"""Base checkpoints from a hub on loopback into the cache, each once and whole."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from amy_on_hub import AMY, CONFIG
from coaxial.checkpoints.catalog import Catalog
from coaxial.domain.errors import DownloadFailed
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.workflows.add_base import add_manifest
from coaxial.workflows.clear_bases import cache_info
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.list_bases import show_base
from hub_server import Hub, Misdeed, on_hub
from old_checkpoints import full_size_checkpoint  # noqa: F401  a fixture
from workflows.bases.conftest import Heard


def test_a_checkpoint_is_fetched_by_its_id_into_the_documented_places(
    settings: Settings, amy: str, old_checkpoint: Path
) -> None:
    base = fetch_base(settings, "en_us.Amy", Silent())
    folder = settings.data_dir / "checkpoints"
    assert (base.id, base.path, base.was_here) == ("en-US.amy", folder / "en-US_amy.ckpt", False)
    assert base.path.read_bytes() == old_checkpoint.read_bytes()
    assert json.loads((folder / "en-US_amy_config.json").read_text()) == CONFIG
    written = json.loads((folder / "en-US_amy_metadata.json").read_text())
    assert written["source"] == AMY.url
    assert written["sha256"] == hashlib.sha256(old_checkpoint.read_bytes()).hexdigest()
    assert written["size"] == old_checkpoint.stat().st_size
    assert written["downloaded"].startswith("20")
    found = json.loads((folder / "metadata" / "en-US_amy_metadata.json").read_text())
    assert (found["quality"], found["broken_weights"], found["epoch"]) == ("x_low", 0, 2164)
    assert not [path.name for path in folder.iterdir() if "part" in path.name]


def test_a_second_call_fetches_nothing(settings: Settings, amy: str, hub: Hub) -> None:
    fetch_base(settings, "en-US.amy", Silent())
    hub.asked.clear()
    assert fetch_base(settings, "en-US.amy", Silent()).was_here
    assert hub.asked == []


def test_the_mirror_and_the_token_of_the_environment_are_used(
    settings: Settings, amy: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "Bearer hf_secret"
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(DownloadFailed, match="HF_TOKEN"):
        fetch_base(settings, "en-US.amy", Silent())
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert fetch_base(settings, "en-US.amy", Silent()).path.exists()


def test_offline_nothing_is_asked_for(hub: Hub, amy: str, tmp_path: Path) -> None:
    offline = Settings.read(tmp_path, {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "1"})
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE"):
        fetch_base(offline, "en-US.amy", Silent())
    assert hub.asked == []


def test_two_downloads_at_once_share_one(settings: Settings, amy: str, hub: Hub, old_checkpoint: Path) -> None:
    hub.pause_per_chunk = 0.02
    first, second = Heard(), Heard()
    results = []
    threads = [
        threading.Thread(target=lambda heard=heard: results.append(fetch_base(settings, "en-US.amy", heard)))
        for heard in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.sent("amy/medium/epoch=6679-step=1554200.ckpt") == old_checkpoint.stat().st_size
    assert sorted(base.was_here for base in results) == [False, True]
    assert any("Waiting for another download" in stage for stage in first.stages + second.stages)


FETCHING = textwrap.dedent(
    """
    import sys
    from coaxial.cli.main import main
    sys.exit(main(["checkpoints", "download", "en-US.amy"]))
    """
)


# What its process had in memory at most, not what the process that forked it had: VmHWM of proc_pid_status(5), in KiB.
FETCHING_WATCHED = textwrap.dedent(
    """
    from pathlib import Path
    from coaxial.cli.main import main
    assert main(["checkpoints", "download", "en-US.amy"]) == 0
    print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
    """
)


def test_a_download_whose_process_was_killed_goes_on(settings: Settings, amy: str, hub: Hub) -> None:
    hub.pause_per_chunk = 0.03
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "COAXIAL_DATA_DIR": str(settings.data_dir)}
    child = subprocess.Popen([sys.executable, "-c", FETCHING], env=environment, stderr=subprocess.DEVNULL)
    part = settings.checkpoints / ".en-US_amy.ckpt.part"
    deadline = time.monotonic() + 60
    while (not part.exists() or part.stat().st_size < 1_000_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    (here,) = cache_info(settings)["checkpoints"]
    assert (here["id"], here["state"]) == ("en-US.amy", "partial")
    came = part.stat().st_size
    hub.pause_per_chunk = 0
    hub.asked.clear()
    path = fetch_base(settings, "en-US.amy", Silent()).path
    assert hub.sent(".ckpt") == path.stat().st_size - came


def test_what_is_no_checkpoint_or_unsafe_never_gets_in_place(
    settings: Settings, amy: str, hub: Hub, tmp_path: Path
) -> None:
    import torch

    class Planted:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'witness'}",)

    evil = tmp_path / "evil.ckpt"
    torch.save({"state_dict": {}, "x": Planted()}, evil)
    for contents, sentence in ((evil.read_bytes(), "wants to run code"), (b"PK\x03\x04" + b"x" * 999, "of no use")):
        hub.put(amy, contents)
        with pytest.raises(DownloadFailed, match=sentence):
            fetch_base(settings, "en-US.amy", Silent())
        assert not (settings.checkpoints / "en-US_amy.ckpt").exists()
    assert not (tmp_path / "witness").exists()


def test_a_missing_configuration_is_made_from_what_the_network_tells(settings: Settings, amy: str, hub: Hub) -> None:
    del hub.files[on_hub(AMY.config_url)]
    heard = Heard()
    fetch_base(settings, "en-US.amy", heard)
    config = json.loads((settings.checkpoints / "en-US_amy_config.json").read_text())
    assert config["espeak"]["voice"] == "en-us"
    assert config["num_symbols"] == 256
    assert config["phoneme_id_map"]["a"] == [14]
    assert any("One is made" in sentence for sentence in heard.sentences)


def test_one_file_under_two_ids_is_fetched_and_kept_once(settings: Settings, hub: Hub, old_checkpoint: Path) -> None:
    lessac = Catalog().find("en-US.ljspeech")
    hub.put(on_hub(lessac.url), old_checkpoint.read_bytes())
    manifest = settings.data_dir / "more.json"
    fields = {"name": "Same", "quality": "medium", "url": lessac.url}
    manifest.write_text(json.dumps({"en-GB": {"same": fields}}))
    add_manifest(settings, manifest)
    fetch_base(settings, "en-US.ljspeech", Silent())
    heard = Heard()
    fetch_base(settings, "en-GB.same", heard)
    assert hub.sent(".ckpt") == old_checkpoint.stat().st_size
    assert "is the same file as en-US.ljspeech" in heard.sentences[0]
    assert cache_info(settings)["total_size"] < 1.1 * old_checkpoint.stat().st_size


def test_a_server_that_hangs_does_not_hang_the_command(settings: Settings, amy: str, hub: Hub) -> None:
    hub.gets.extend(Misdeed(stall_after=0) for _ in range(9))
    impatient = Settings.read(settings.data_dir, {"HF_ENDPOINT": hub.url, "COAXIAL_DOWNLOAD_TIMEOUT": "0.1"})
    begun = time.monotonic()
    with pytest.raises(DownloadFailed, match="is silent"):
        fetch_base(impatient, "en-US.amy", Silent())
    assert time.monotonic() - begun < 60


@pytest.mark.slow
def test_a_checkpoint_of_full_size_comes_in_two_pieces_and_little_memory(
    full_size_checkpoint: Path,  # noqa: F811
    settings: Settings,
    amy: str,
    hub: Hub,
) -> None:
    hub.put(amy, full_size_checkpoint)
    hub.gets.append(Misdeed(cut_after=500_000_000))
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "COAXIAL_DATA_DIR": str(settings.data_dir)}
    child = subprocess.run([sys.executable, "-c", FETCHING_WATCHED], env=environment, capture_output=True, check=True)
    size = full_size_checkpoint.stat().st_size
    assert size <= hub.sent(".ckpt") <= size + (1 << 20)
    assert int(child.stdout.split()[-2]) * 1024 < 200e6
    shown = show_base(settings, "en-US.amy")
    assert (shown["downloaded"], shown["inspection"]["quality"]) == (True, "medium")
