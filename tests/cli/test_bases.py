"""`coaxial checkpoints …`, in this process, against a hub on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coaxial.checkpoints.catalog import Catalog
from coaxial.cli.main import main
from coaxial.domain.quality import Quality
from hub_server import Hub, on_hub
from old_checkpoints import write_old_checkpoint

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def data_dir(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("COAXIAL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write_old_checkpoint(tmp_path / "old.ckpt", Quality.X_LOW)


def test_a_base_is_listed_fetched_shown_checked_and_cleared(
    data_dir: Path, hub: Hub, old: Path, capsys: Printed
) -> None:
    hub.put(on_hub(Catalog().find("en-US.amy").url), old.read_bytes())
    assert main(["checkpoints", "list", "--language", "en-US"]) == 0
    assert "en-US.lessac-high" in capsys.readouterr().out
    assert main(["checkpoints", "download", "en-US.amy"]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(data_dir / "checkpoints" / "en-US_amy.ckpt")
    assert "Downloading en-US.amy" in printed.err
    assert main(["checkpoints", "list", "--json"]) == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert (listed["en-US.amy"]["downloaded"], listed["en-US.lessac"]["downloaded"]) == (True, False)
    assert main(["checkpoints", "show", "en-US.amy"]) == 0
    shown = capsys.readouterr().out
    assert "found quality" in shown and "found epoch" in shown and "2164" in shown
    assert main(["checkpoints", "validate", "en-US.amy"]) == 0
    assert "Training can start from it." in capsys.readouterr().out
    assert main(["checkpoints", "cache"]) == 0
    assert "en-US.amy  downloaded  28 MB" in capsys.readouterr().out
    assert main(["checkpoints", "clear"]) == 2
    assert "Say --yes" in capsys.readouterr().err
    assert main(["checkpoints", "clear", "en-US.amy", "--yes"]) == 0
    assert "Deleted en-US.amy" in capsys.readouterr().out
    assert main(["checkpoints", "cache"]) == 0
    assert "No base checkpoint is on this machine." in capsys.readouterr().out


def test_own_entries_come_from_the_line_or_from_a_manifest(data_dir: Path, tmp_path: Path, capsys: Printed) -> None:
    assert main(["checkpoints", "add", "en-US.custom", "https://your-domain.com/model.ckpt", "--gender", "Female"]) == 0
    manifest = tmp_path / "more.json"
    fields = {"name": "Other", "quality": "High", "url": "https://your-domain.com/o.ckpt", "phoneme_type": "sv-se-mfa"}
    manifest.write_text(json.dumps({"sv-SE": {"other": fields}}))
    assert main(["checkpoints", "add", "--manifest", str(manifest)]) == 0
    assert capsys.readouterr().out.split() == ["en-US.custom", "sv-SE.other"]
    assert main(["checkpoints", "list", "--json"]) == 0
    assert {"en-US.custom", "sv-SE.other"} <= {one["id"] for one in json.loads(capsys.readouterr().out)}
    assert main(["checkpoints", "remove", "sv-SE.other"]) == 0
    assert main(["checkpoints", "show", "sv-SE.other"]) == 1


def test_a_file_is_imported_and_converted(data_dir: Path, tmp_path: Path, old: Path, capsys: Printed) -> None:
    assert main(["checkpoints", "import", str(old), "--id", "en-US.mine", "--licence", "CC0-1.0"]) == 0
    assert capsys.readouterr().out == "en-US.mine\n"
    clean = tmp_path / "clean.ckpt"
    assert main(["checkpoints", "convert", "en-US.mine", str(clean)]) == 0
    assert capsys.readouterr().out == f"{clean}\n"
    assert main(["checkpoints", "validate", str(clean), "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["valid"], verdict["inspection"]["leftovers"]) == (True, [])
    assert main(["checkpoints", "convert", "en-US.mine", str(clean)]) == 2


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("show en-US.nobody", 1, "no base checkpoint 'en-US.nobody'"),
        ("download xx-XX.amy", 1, "no base checkpoint"),
        ("download en-US.amy", 1, "is not, or no longer, at"),
        ("validate en-US.amy", 1, "en-US.amy is not on this machine"),
        ("validate none.ckpt", 1, "no checkpoint file none.ckpt"),
        ("convert none.ckpt out.ckpt", 1, "no checkpoint none.ckpt"),
        ("add en-US.custom", 2, "Give an ID and a URL"),
        ("add en-US.custom file:///etc/passwd", 2, "only http"),
        ("add custom https://x.org/a.ckpt", 2, "no id of a base checkpoint"),
        ("add en-US.custom https://x.org/a.ckpt --quality huge", 2, "there are only X_low, Low, Medium and High"),
        ("import none.ckpt --id en-US.mine", 1, "no checkpoint file none.ckpt"),
        ("remove en-US.amy", 1, "has no checkpoint 'en-US.amy'"),
        ("clear en-US.amy --yes", 1, "not on this machine"),
        ("list --language nowhere", 1, "nowhere"),
    ],
)
def test_what_fails_is_a_sentence(data_dir: Path, line: str, code: int, sentence: str, capsys: Printed) -> None:
    assert main(["checkpoints", *line.split()]) == code
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ") or "\nerror: " in printed.err
    assert sentence in printed.err
    assert printed.out == ""


def test_a_wrong_environment_is_a_sentence(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    for name, value in (
        ("HF_ENDPOINT", "ftp://mirror"),
        ("COAXIAL_DOWNLOAD_LIMIT_MB", "much"),
        ("COAXIAL_ALLOW_PRIVATE_ADDRESSES", "perhaps"),
    ):
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            assert main(["checkpoints", "list"]) == 2
            assert name in capsys.readouterr().err
