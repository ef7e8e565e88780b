"""A user's own base checkpoints, written down in a file that people edit by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coaxial.checkpoints.catalog import Catalog, as_specification
from coaxial.checkpoints.manifest import add_to_manifest, read_manifest, remove_from_manifest
from coaxial.domain.errors import InvalidOption, NotFound, StorageFailure, UnsupportedLanguage
from coaxial.domain.quality import Quality

# As the specification prints it.
DOCUMENTED = {
    "en-US": {
        "amy": {
            "name": "Amy",
            "gender": "Female",
            "dataset": "LJSpeech",
            "quality": "High",
            "url": "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/amy/epoch%3D6679-step%3D1554200.ckpt",
            "config_url": "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/amy/config.json",
            "phoneme_type": "en-us-mfa",
            "sample_rate": 22050,
            "speaker_id": 0,
            "description": "High-quality female voice trained on LJSpeech dataset",
        }
    }
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "manifest.json"


def written(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def of_one(path: Path, language: str = "en-US", voice: str = "custom", **fields: Any) -> Path:
    """A manifest of one entry: the shortest that is right, with some fields changed."""
    entry = {"name": "Custom Voice", "quality": "High", "url": "https://example.org/model.ckpt", **fields}
    return written(path, {language: {voice: {name: value for name, value in entry.items() if value is not ...}}})


def test_the_documented_manifest_is_read_as_printed(path: Path):
    (amy,) = read_manifest(written(path, DOCUMENTED))
    printed = DOCUMENTED["en-US"]["amy"]
    public = as_specification(amy)
    assert {name: public[name] for name in printed if name != "phoneme_type"} == {
        name: value for name, value in printed.items() if name != "phoneme_type"
    }
    assert (amy.id, amy.quality, amy.espeak_voice, amy.origin) == ("en-US.amy", Quality.HIGH, "en-us", "manifest")


def test_what_is_left_out_is_unknown_or_the_tiers(path: Path):
    (entry,) = read_manifest(of_one(path, "de_de", quality="low", url=...))
    assert (entry.id, entry.sample_rate, entry.espeak_voice, entry.speaker_id) == ("de-DE.custom", 16000, "de", 0)
    assert (entry.gender, entry.dataset, entry.licence, entry.lineage) == ("unknown",) * 4
    assert (entry.speakers, entry.size, entry.sha256, entry.config_url) == (None, None, "", "")
    # Nothing to download, so it is a file that was on this machine.
    assert (entry.url, entry.origin) == ("", "imported")


def test_no_file_is_an_empty_manifest(path: Path):
    assert read_manifest(path) == []
    assert not path.parent.exists()


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
def test_a_phoneme_label_means_a_voice_of_espeak_ng(path: Path, language: str, label: str, voice: str):
    (entry,) = read_manifest(of_one(path, language, phoneme_type=label))
    assert entry.espeak_voice == voice
    assert as_specification(entry)["phoneme_type"] == "espeak"


def test_own_checkpoints_stand_in_every_list_and_replace_what_has_their_id(path: Path):
    content = {
        "en-US": {"Amy": {"name": "My Amy", "quality": "Medium"}, "mine": {"name": "Mine", "quality": "High"}},
        "is-IS": {"steinn": {"name": "Steinn", "quality": "medium", "url": "http://localhost:1/a.ckpt"}},
    }
    catalog = Catalog(read_manifest(written(path, content)))
    assert (catalog.find("en-US.amy").name, catalog.find("en-US.amy").origin) == ("My Amy", "imported")
    assert [entry.name for entry in catalog.all() if entry.id.lower() == "en-us.amy"] == ["My Amy"]
    assert catalog.find("en-US.mine-high") == catalog.find("en-US.mine")
    # The language has one of its own now, so nothing stands in for it; a language of the published list keeps its best.
    assert [entry.id for entry in catalog.of_language("is")] == ["is-IS.steinn"]
    assert catalog.recommend("is").id == "is-IS.steinn"
    assert "is-IS" in catalog.languages()
    assert catalog.recommend("en-US").id == "en-US.lessac"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"quality": "Best"}, r"quality is 'Best', but there are only X_low, Low, Medium and High"),
        ({"quality": ...}, r"quality is missing"),
        ({"quality": 3}, r"quality is 3"),
        ({"name": ...}, r"name is missing"),
        ({"name": " "}, r"name is empty"),
        ({"name": "\x1b[2J"}, r"name .* cannot be shown"),
        ({"name": "\ud800"}, r"name .* cannot be shown"),
        ({"gender": "robot"}, r"gender is 'robot', but it is one of: female, male"),
        ({"gender": None}, r"gender is None"),
        ({"sample_rate": 44100}, r"sample_rate is 44100, but Piper's networks are at 16000 or 22050 Hz"),
        ({"sample_rate": "22050"}, r"sample_rate is '22050'"),
        ({"speaker_id": -1}, r"speaker_id is -1, but it is a whole number, 0 or more"),
        ({"speaker_id": True}, r"speaker_id is True"),
        ({"speaker_id": 4, "speakers": 4}, r"speaker_id is 4, but with 4 speakers it is 0 to 3"),
        ({"speakers": 0}, r"speakers is 0, but it is a whole number, 1 or more"),
        ({"size": 1.5}, r"size is 1.5"),
        ({"sha256": "abc"}, r"sha256 is 'abc', but it is 64 hexadecimal digits"),
        ({"phoneme_type": "de-de-mfa"}, r"phoneme_type is 'de-de-mfa'.*write espeak.*en-us-mfa, en-gb-mfa, sv-se-mfa"),
        ({"espeak_voice": "klingon"}, r"espeak_voice is 'klingon', which is no voice of espeak-ng"),
        ({"url": "file:///etc/passwd"}, r"url is 'file:///etc/passwd', but only http: and https:.*imported"),
        ({"url": "ftp://example.org/a.ckpt"}, r"only http: and https:"),
        ({"url": "/home/me/model.ckpt"}, r"only http: and https:"),
        ({"config_url": "javascript:alert(1)"}, r"config_url is 'javascript:alert\(1\)'"),
        ({"url": "https://"}, r"url is 'https://', which is no web address"),
        ({"url": "https://[::1/a.ckpt"}, r"no web address"),
        ({"url": "https://example.org/a b.ckpt"}, r"no web address"),
        ({"description": ["text"]}, r"description is \['text'\], but it is text in quotes"),
        ({"description": "x" * 3000}, r"description is longer than 2000 characters"),
        ({"licnce": "CC0"}, r"'licnce' is no field of a checkpoint: did you mean licence\?"),
    ],
)
def test_a_wrong_field_is_told_with_file_language_voice_and_what_is_right(
    path: Path, changed: dict[str, Any], said: str
):
    of_one(path, **changed)
    with pytest.raises(InvalidOption, match=said) as caught:
        read_manifest(path)
    assert f"The manifest {path} has a mistake:" in caught.value.message
    assert "in language en-US, voice custom: " in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ("../escape", r"'\.\./escape' cannot name files"),
        ("", r"its name is refused: A name is missing"),
        ("fallback", r"kept for the stand-ins"),
        ("Fallback-high", r"kept for the stand-ins"),
        ("custom-low", r"its name ends in low, but its quality is high"),
    ],
)
def test_a_voice_name_that_would_mislead_or_name_no_file_is_refused(path: Path, voice: str, said: str):
    with pytest.raises(InvalidOption, match=said):
        read_manifest(of_one(path, voice=voice))


def test_all_mistakes_of_a_file_are_told_at_once(path: Path):
    content = {
        "en-US": {"one": {"name": "One", "quality": "Best", "sample_rate": 1}, "two": {"quality": "High"}},
        "xx-YY": {"three": {"name": "Three", "quality": "High"}},
    }
    with pytest.raises(InvalidOption) as caught:
        read_manifest(written(path, content))
    told = caught.value.message.splitlines()
    assert told[0].endswith("has 4 mistakes:")
    assert [line.split(":")[0].strip() for line in told[1:]] == [
        "in language en-US, voice one",
        "in language en-US, voice one",
        "in language en-US, voice two",
        "in language 'xx-YY'",
    ]


def test_the_same_checkpoint_in_two_spellings_is_a_mistake(path: Path):
    entry = {"name": "Mine", "quality": "High"}
    with pytest.raises(InvalidOption, match=r"in language en_us, voice Mine: it is there already, in another spelling"):
        read_manifest(written(path, {"en-US": {"mine": entry}, "en_us": {"Mine": entry}}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", r"line 1, column 1 is not JSON"),
        ('{"en-US": {', r"line 1, column 12 is not JSON"),
        ("[]", r"it does not hold languages"),
        ('{"en-US": "amy"}', r"'en-US' does not hold voices"),
        ('{"en-US": {"amy": 1}}', r"in 'en-US', voice 'amy' does not hold fields"),
        ('{"en-US": {}, "en-US": {}}', r"the name 'en-US' is there twice"),
        ("[" * 100_000, r"nested far deeper"),
        ('{"en-US": {"amy": {"size": ' + "9" * 5000 + "}}}", r"a number that is none"),
    ],
)
def test_a_file_that_is_no_manifest_is_told_with_the_form_of_one(path: Path, content: str, said: str):
    with pytest.raises(InvalidOption, match=said) as caught:
        read_manifest(written(path, content))
    assert str(path) in caught.value.message and '{"en-US": {"amy"' in caught.value.remedy


def test_a_file_of_another_encoding_is_told(path: Path):
    written(path, "")
    path.write_bytes('{"sv-SE": {"å": {}}}'.encode("latin-1"))
    with pytest.raises(InvalidOption, match="not UTF-8"):
        read_manifest(path)


def test_a_byte_order_mark_does_no_harm(path: Path):
    written(path, "\ufeff" + json.dumps(DOCUMENTED))
    assert [entry.id for entry in read_manifest(path)] == ["en-US.amy"]


def test_what_cannot_be_read_is_told(path: Path):
    path.mkdir(parents=True)
    with pytest.raises(StorageFailure, match=r"manifest\.json cannot be read: Is a directory"):
        read_manifest(path)


def test_what_is_added_is_read_again_as_it_was(path: Path, tmp_path: Path):
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
        add_to_manifest(path, entry)
    assert read_manifest(path) == [plain, full]
    assert (full.sha256, full.origin) == ("ab" * 32, "imported")
    assert "Três" in path.read_text(encoding="utf-8")


def test_a_published_checkpoint_can_be_taken_over_and_changed(path: Path):
    mirrored = replace(Catalog().find("en-US.lessac"), url="https://mirror.example.org/lessac.ckpt")
    add_to_manifest(path, mirrored)
    found = Catalog(read_manifest(path)).find("en-US.lessac")
    assert (found.url, found.sha256, found.size) == (mirrored.url, mirrored.sha256, mirrored.size)
    assert found.origin == "manifest"


def test_what_people_wrote_stays_as_they_wrote_it(path: Path):
    of_one(path, "en_us", quality="HIGH", phoneme_type="en-us-mfa")
    before = json.loads(path.read_text())["en_us"]["custom"]
    add_to_manifest(path, replace(read_manifest(path)[0], voice="second"))
    after = json.loads(path.read_text())
    assert list(after) == ["en_us"]
    assert after["en_us"]["custom"] == before
    assert list(after["en_us"]) == ["custom", "second"]


def test_an_id_is_added_once_unless_it_is_to_be_replaced(path: Path):
    (entry,) = read_manifest(of_one(path))
    again = replace(entry, voice="Custom", name="Another")
    with pytest.raises(InvalidOption, match=r"has a checkpoint en-US\.custom already"):
        add_to_manifest(path, again)
    assert read_manifest(path) == [entry]
    add_to_manifest(path, again, replace=True)
    assert read_manifest(path) == [again]


def test_what_could_not_be_read_again_is_not_added(path: Path):
    entry = Catalog().find("en-US.amy")
    with pytest.raises(InvalidOption, match=r"en-US\.amy cannot be added: url is 'file:///a"):
        add_to_manifest(path, replace(entry, url="file:///a.ckpt"))
    with pytest.raises(InvalidOption, match="stand-ins"):
        add_to_manifest(path, Catalog().find("it-IT.fallback"))
    with pytest.raises(UnsupportedLanguage):
        add_to_manifest(path, replace(entry, language="xx-YY"))
    assert not path.exists()


def test_a_file_with_a_mistake_is_not_overwritten(path: Path):
    broken = written(path, '{"en-US": {"amy": {"name": "Amy"}}}').read_bytes()
    with pytest.raises(InvalidOption, match="quality is missing"):
        add_to_manifest(path, Catalog().find("en-GB.cori"))
    with pytest.raises(InvalidOption, match="quality is missing"):
        remove_from_manifest(path, "en-US.amy")
    assert path.read_bytes() == broken


def test_removing_takes_one_entry_and_tells_which(path: Path):
    (entry,) = read_manifest(of_one(path, "en_US", "Custom"))
    other = replace(entry, language="de-DE", espeak_voice="de")
    add_to_manifest(path, other)
    assert remove_from_manifest(path, "EN-us.custom") == entry
    assert read_manifest(path) == [other]
    assert list(json.loads(path.read_text())) == ["de-DE"]


@pytest.mark.parametrize("name", ["en-US.nobody", "custom", "xx-YY.custom", ""])
def test_removing_what_is_not_there_tells_what_is(path: Path, name: str):
    of_one(path)
    with pytest.raises(NotFound) as caught:
        remove_from_manifest(path, name)
    assert "en-US.custom" in caught.value.remedy
    assert len(read_manifest(path)) == 1


ADD_FIVE = """
import sys
from dataclasses import replace
from pathlib import Path
from coaxial.checkpoints.catalog import Catalog
from coaxial.checkpoints.manifest import add_to_manifest

for number in range(5):
    add_to_manifest(Path(sys.argv[1]), replace(Catalog().find("en-US.amy"), voice=f"voice_{sys.argv[2]}_{number}"))
"""


def test_additions_at_the_same_time_lose_nothing(path: Path):
    workers = [subprocess.Popen([sys.executable, "-c", ADD_FIVE, str(path), str(number)]) for number in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    assert {entry.voice for entry in read_manifest(path)} == {f"voice_{w}_{n}" for w in range(3) for n in range(5)}
    assert [file.name for file in path.parent.iterdir() if not file.name.endswith(".lock")] == [path.name]
