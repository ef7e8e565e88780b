"""Adding to and removing from a file that people edit by hand: nothing of theirs is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.manifests import of_one, written
from coaxial.checkpoints.catalog import Catalog
from coaxial.checkpoints.manifest import add_to_manifest, read_manifest, remove_from_manifest
from coaxial.domain.errors import InvalidOption, NotFound, UnsupportedLanguage


def test_what_is_added_is_read_again_as_it_was(manifest: Path, tmp_path: Path):
    (plain,) = read_manifest(of_one(tmp_path / "a.json"))
    (full,) = read_manifest(
        of_one(
            tmp_path / "b.json",
            "es-MX",
            "full",
            gender="Mixed",
            dataset="Some recordings",
            quality="X_low",
            sample_rate=22050,
            speakers=3,
            speaker_id=2,
            licence="CC0",
            lineage="fine-tuned from en-US.lessac",
            url=...,
            size=646_812_904,
            sha256="AB" * 32,
            espeak_voice="es",
            description="Três vozes.",
        )
    )
    for entry in (plain, full):
        add_to_manifest(manifest, entry)
    assert read_manifest(manifest) == [plain, full]
    assert (full.sha256, full.origin) == ("ab" * 32, "imported")
    assert "Três" in manifest.read_text(encoding="utf-8")


def test_a_published_checkpoint_can_be_taken_over_and_changed(manifest: Path):
    mirrored = replace(Catalog().find("en-US.lessac"), url="https://mirror.example.org/lessac.ckpt")
    add_to_manifest(manifest, mirrored)
    found = Catalog(read_manifest(manifest)).find("en-US.lessac")
    assert (found.url, found.sha256, found.size) == (mirrored.url, mirrored.sha256, mirrored.size)
    assert found.origin == "manifest"


def test_what_people_wrote_stays_as_they_wrote_it(manifest: Path):
    of_one(manifest, "en_us", quality="HIGH", phoneme_type="en-us-mfa")
    before = json.loads(manifest.read_text())["en_us"]["custom"]
    add_to_manifest(manifest, replace(read_manifest(manifest)[0], voice="second"))
    after = json.loads(manifest.read_text())
    assert list(after) == ["en_us"]
    assert after["en_us"]["custom"] == before
    assert list(after["en_us"]) == ["custom", "second"]


def test_an_id_is_added_once_unless_it_is_to_be_replaced(manifest: Path):
    (entry,) = read_manifest(of_one(manifest))
    again = replace(entry, voice="Custom", name="Another")
    with pytest.raises(InvalidOption, match=r"has a checkpoint en-US\.custom already"):
        add_to_manifest(manifest, again)
    assert read_manifest(manifest) == [entry]
    add_to_manifest(manifest, again, replace=True)
    assert read_manifest(manifest) == [again]


def test_what_could_not_be_read_again_is_not_added(manifest: Path):
    entry = Catalog().find("en-US.amy")
    with pytest.raises(InvalidOption, match=r"en-US\.amy cannot be added: url is 'file:///a"):
        add_to_manifest(manifest, replace(entry, url="file:///a.ckpt"))
    with pytest.raises(InvalidOption, match="stand-ins"):
        add_to_manifest(manifest, Catalog().find("it-IT.fallback"))
    with pytest.raises(UnsupportedLanguage):
        add_to_manifest(manifest, replace(entry, language="xx-YY"))
    assert not manifest.exists()


def test_a_file_with_a_mistake_is_not_overwritten(manifest: Path):
    broken = written(manifest, '{"en-US": {"amy": {"name": "Amy"}}}').read_bytes()
    with pytest.raises(InvalidOption, match="quality is missing"):
        add_to_manifest(manifest, Catalog().find("en-GB.cori"))
    with pytest.raises(InvalidOption, match="quality is missing"):
        remove_from_manifest(manifest, "en-US.amy")
    assert manifest.read_bytes() == broken


def test_removing_takes_one_entry_and_tells_which(manifest: Path):
    (entry,) = read_manifest(of_one(manifest, "en_US", "Custom"))
    other = replace(entry, language="de-DE", espeak_voice="de")
    add_to_manifest(manifest, other)
    assert remove_from_manifest(manifest, "EN-us.custom") == entry
    assert read_manifest(manifest) == [other]
    assert list(json.loads(manifest.read_text())) == ["de-DE"]


@pytest.mark.parametrize("name", ["en-US.nobody", "custom", "xx-YY.custom", ""])
def test_removing_what_is_not_there_tells_what_is(manifest: Path, name: str):
    of_one(manifest)
    with pytest.raises(NotFound) as caught:
        remove_from_manifest(manifest, name)
    assert "en-US.custom" in caught.value.remedy
    assert len(read_manifest(manifest)) == 1


ADD_FIVE = """
import sys
from dataclasses import replace
from pathlib import Path
from coaxial.checkpoints.catalog import Catalog
from coaxial.checkpoints.manifest import add_to_manifest

for number in range(5):
    add_to_manifest(Path(sys.argv[1]), replace(Catalog().find("en-US.amy"), voice=f"voice_{sys.argv[2]}_{number}"))
"""


def test_additions_at_the_same_time_lose_nothing(manifest: Path):
    workers = [subprocess.Popen([sys.executable, "-c", ADD_FIVE, str(manifest), str(number)]) for number in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    assert {entry.voice for entry in read_manifest(manifest)} == {f"voice_{w}_{n}" for w in range(3) for n in range(5)}
    assert [file.name for file in manifest.parent.iterdir() if not file.name.endswith(".lock")] == [manifest.name]
