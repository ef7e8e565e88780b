"""Base checkpoints from a hub on loopback into the cache, and everything that can happen to them there."""

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
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from coaxial.checkpoints.catalog import Catalog
from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import (
    BaseMismatch,
    DownloadFailed,
    ForbiddenAddress,
    InUse,
    InvalidOption,
    NotFound,
    UnsafeCheckpoint,
)
from coaxial.domain.progress import Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.add_base import add_base, add_manifest, remove_base
from coaxial.workflows.clear_bases import cache_info, clear_bases
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.import_base import import_base
from coaxial.workflows.inspect_base import validate_base
from coaxial.workflows.list_bases import list_bases, show_base
from coaxial.workflows.locks import lock_file
from hub_server import Hub, Misdeed, on_hub
from old_checkpoints import full_size_checkpoint, write_old_checkpoint  # noqa: F401
from random_voices import facts_of, make_pair

AMY = Catalog().find("en-US.amy")
CONFIG = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "phoneme_id_map": {"a": [14]}}


class Heard(Silent):
    """Keeps what was said, and the stages."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.stages: list[str] = []

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.stages.append(name)

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


@pytest.fixture(scope="session")
def old_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the first Piper trainer wrote it, in the smallest tier; read it only."""
    path = tmp_path_factory.mktemp("old") / "old.ckpt"
    write_old_checkpoint(path, quality=Quality.X_LOW)
    return path


@pytest.fixture
def settings(hub: Hub, tmp_path: Path) -> Settings:
    return Settings.read(tmp_path / "data", {"HF_ENDPOINT": hub.url, "COAXIAL_DOWNLOAD_TIMEOUT": "2"})


@pytest.fixture
def amy(hub: Hub, old_checkpoint: Path) -> str:
    """The hub offers en-US.amy: an old checkpoint, of a smaller tier for the test's sake, and its configuration."""
    hub.put(on_hub(AMY.config_url), json.dumps(CONFIG).encode())
    hub.put(on_hub(AMY.url), old_checkpoint.read_bytes())
    return on_hub(AMY.url)


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


def test_the_cache_is_cleared_whole_by_id_or_by_age(settings: Settings, old_checkpoint: Path) -> None:
    for name in ("en-US.one", "en-US.two", "sv-SE.three"):
        import_base(settings, old_checkpoint, name, BaseFacts(), Silent())
    written = settings.checkpoints / "en-US_two_metadata.json"
    written.write_text(written.read_text().replace('"downloaded": "20', '"downloaded": "19'))
    assert clear_bases(settings, older_than=timedelta(days=30)).removed == ("en-US.two",)
    cleared = clear_bases(settings, "en-US.one")
    assert cleared.removed == ("en-US.one",)
    assert cleared.freed > old_checkpoint.stat().st_size
    with pytest.raises(NotFound, match="not on this machine"):
        clear_bases(settings, "en-US.one")
    assert clear_bases(settings).removed == ("sv-SE.three",)
    assert list(settings.checkpoints.glob("*sv-SE*")) == []


def test_a_base_that_a_run_trains_from_is_not_cleared(settings: Settings, old_checkpoint: Path) -> None:
    import_base(settings, old_checkpoint, "en-US.mine", BaseFacts(), Silent())
    path = settings.checkpoints / "en-US_mine.ckpt"
    add_run_from(settings, path)
    with FileLock(lock_file(settings, "run-anna-1")):
        with pytest.raises(InUse, match="being used"):
            clear_bases(settings, "en-US.mine")
        assert clear_bases(settings).kept == ("en-US.mine",)
        assert path.exists()
    assert clear_bases(settings, "en-US.mine").removed == ("en-US.mine",)  # the run's process is gone


def test_a_download_that_goes_on_is_not_cleared(settings: Settings, amy: str, hub: Hub) -> None:
    hub.pause_per_chunk = 0.02
    thread = threading.Thread(target=lambda: fetch_base(settings, "en-US.amy", Silent()))
    thread.start()
    part = settings.checkpoints / ".en-US_amy.ckpt.part"
    while not part.exists():
        time.sleep(0.01)
    assert clear_bases(settings).kept == ("en-US.amy",)
    hub.pause_per_chunk = 0
    thread.join()
    assert (settings.checkpoints / "en-US_amy.ckpt").exists()


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


def add_run_from(settings: Settings, base: Path) -> None:
    """A run of the store that trains from a base right now."""
    from coaxial.domain.prepared import PreparedDataset

    dataset = PreparedDataset(
        settings.datasets / "anna-1", "anna", "f" * 64, Quality.X_LOW, "en-US", "en-us", {"anna": 0}, {}, ()
    )
    with open_store(settings) as store:
        store.add_dataset(dataset, [])
        store.add_run("anna-1", "anna-1", {}, settings.runs / "anna-1", str(base))
