"""A user's own base checkpoints, written down in a file that people edit by hand: what is read of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkpoints.manifests import DOCUMENTED, of_one, written
from coaxial.checkpoints.catalog import Catalog, as_specification
from coaxial.checkpoints.manifest import read_manifest
from coaxial.domain.quality import Quality


def test_the_documented_manifest_is_read_as_printed(manifest: Path):
    (amy,) = read_manifest(written(manifest, DOCUMENTED))
    printed = DOCUMENTED["en-US"]["amy"]
    public = as_specification(amy)
    assert {name: public[name] for name in printed if name != "phoneme_type"} == {
        name: value for name, value in printed.items() if name != "phoneme_type"
    }
    assert (amy.id, amy.quality, amy.espeak_voice, amy.origin) == ("en-US.amy", Quality.HIGH, "en-us", "manifest")


def test_what_is_left_out_is_unknown_or_the_tiers(manifest: Path):
    (entry,) = read_manifest(of_one(manifest, "de_de", quality="low", url=...))
    assert (entry.id, entry.sample_rate, entry.espeak_voice, entry.speaker_id) == ("de-DE.custom", 16000, "de", 0)
    assert (entry.gender, entry.dataset, entry.licence, entry.lineage) == ("unknown",) * 4
    assert (entry.speakers, entry.size, entry.sha256, entry.config_url) == (None, None, "", "")
    # Nothing to download, so it is a file that was on this machine.
    assert (entry.url, entry.origin) == ("", "imported")


def test_no_file_is_an_empty_manifest(manifest: Path):
    assert read_manifest(manifest) == []
    assert not manifest.parent.exists()


@pytest.mark.parametrize(
    ("language", "label", "voice"),
    [
        ("en-US", "en-us-mfa", "en-us"),
        ("en-GB", "en-gb-mfa", "en-gb-x-rp"),
        ("sv-SE", "sv-se-mfa", "sv"),
        ("sv-SE", "SV-SE-MFA", "sv"),
        ("it-IT", "espeak", "it"),
        ("it-IT", "en-us-mfa", "en-us"),
    ],
)
def test_a_phoneme_label_means_a_voice_of_espeak_ng(manifest: Path, language: str, label: str, voice: str):
    (entry,) = read_manifest(of_one(manifest, language, phoneme_type=label))
    assert entry.espeak_voice == voice
    assert as_specification(entry)["phoneme_type"] == "espeak"


def test_own_checkpoints_stand_in_every_list_and_replace_what_has_their_id(manifest: Path):
    content = {
        "en-US": {"Amy": {"name": "My Amy", "quality": "Medium"}, "mine": {"name": "Mine", "quality": "High"}},
        "is-IS": {"steinn": {"name": "Steinn", "quality": "medium", "url": "http://localhost:1/a.ckpt"}},
    }
    catalog = Catalog(read_manifest(written(manifest, content)))
    assert (catalog.find("en-US.amy").name, catalog.find("en-US.amy").origin) == ("My Amy", "imported")
    assert [entry.name for entry in catalog.all() if entry.id.lower() == "en-us.amy"] == ["My Amy"]
    assert catalog.find("en-US.mine-high") == catalog.find("en-US.mine")
    # The language has one of its own now, so nothing stands in for it; a language of the published list keeps its best.
    assert [entry.id for entry in catalog.of_language("is")] == ["is-IS.steinn"]
    assert catalog.recommend("is").id == "is-IS.steinn"
    assert "is-IS" in catalog.languages()
    assert catalog.recommend("en-US").id == "en-US.lessac"


def test_a_byte_order_mark_does_no_harm(manifest: Path):
    written(manifest, "\ufeff" + json.dumps(DOCUMENTED))
    assert [entry.id for entry in read_manifest(manifest)] == ["en-US.amy"]
