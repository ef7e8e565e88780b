"""Mistakes in a file that people edit by hand: each is told with its place and with what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checkpoints.manifests import of_one, written
from coaxial.checkpoints.manifest import read_manifest
from coaxial.domain.errors import InvalidOption, StorageFailure


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
    manifest: Path, changed: dict[str, Any], said: str
):
    of_one(manifest, **changed)
    with pytest.raises(InvalidOption, match=said) as caught:
        read_manifest(manifest)
    assert f"The manifest {manifest} has a mistake:" in caught.value.message
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
def test_a_voice_name_that_would_mislead_or_name_no_file_is_refused(manifest: Path, voice: str, said: str):
    with pytest.raises(InvalidOption, match=said):
        read_manifest(of_one(manifest, voice=voice))


def test_all_mistakes_of_a_file_are_told_at_once(manifest: Path):
    content = {
        "en-US": {"one": {"name": "One", "quality": "Best", "sample_rate": 1}, "two": {"quality": "High"}},
        "xx-YY": {"three": {"name": "Three", "quality": "High"}},
    }
    with pytest.raises(InvalidOption) as caught:
        read_manifest(written(manifest, content))
    told = caught.value.message.splitlines()
    assert told[0].endswith("has 4 mistakes:")
    assert [line.split(":")[0].strip() for line in told[1:]] == [
        "in language en-US, voice one",
        "in language en-US, voice one",
        "in language en-US, voice two",
        "in language 'xx-YY'",
    ]


def test_the_same_checkpoint_in_two_spellings_is_a_mistake(manifest: Path):
    entry = {"name": "Mine", "quality": "High"}
    with pytest.raises(InvalidOption, match=r"in language en_us, voice Mine: it is there already, in another spelling"):
        read_manifest(written(manifest, {"en-US": {"mine": entry}, "en_us": {"Mine": entry}}))


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
def test_a_file_that_is_no_manifest_is_told_with_the_form_of_one(manifest: Path, content: str, said: str):
    with pytest.raises(InvalidOption, match=said) as caught:
        read_manifest(written(manifest, content))
    assert str(manifest) in caught.value.message and '{"en-US": {"amy"' in caught.value.remedy


def test_a_file_of_another_encoding_is_told(manifest: Path):
    written(manifest, "")
    manifest.write_bytes('{"sv-SE": {"å": {}}}'.encode("latin-1"))
    with pytest.raises(InvalidOption, match="not UTF-8"):
        read_manifest(manifest)


def test_what_cannot_be_read_is_told(manifest: Path):
    manifest.mkdir(parents=True)
    with pytest.raises(StorageFailure, match=r"manifest\.json cannot be read: Is a directory"):
        read_manifest(manifest)
