"""A base for every language, also where nobody has published a checkpoint of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coaxial.checkpoints import fallback
from coaxial.checkpoints.catalog import Catalog, published_checkpoints
from coaxial.checkpoints.fallback import fallback_for
from coaxial.domain.errors import NotFound, UnsupportedLanguage
from coaxial.domain.quality import Quality
from coaxial.text.espeak import espeak_voices
from coaxial.text.languages import Language, resolve_language, supported_languages

PUBLISHED = published_checkpoints()
TRAINABLE = (Quality.MEDIUM, Quality.HIGH, Quality.LOW)


def base_of(tag: str, quality: Quality = Quality.MEDIUM) -> str:
    return fallback_for(tag, PUBLISHED, quality).stands_in


@pytest.mark.parametrize("language", supported_languages(), ids=lambda language: language.tag)
def test_every_language_of_espeak_ng_has_a_fallback_in_every_tier(language: Language):
    for quality in TRAINABLE:
        entry = fallback_for(language.tag, PUBLISHED, quality)
        real = Catalog().find(entry.stands_in)
        assert (entry.language, entry.origin, entry.quality) == (language.tag, "fallback", quality)
        assert entry.id == f"{language.tag}.fallback{'' if quality is Quality.MEDIUM else f'-{quality}'}"
        # The phonemes are those of the language; everything of the file is the real checkpoint's.
        assert entry.espeak_voice == language.espeak_voice
        assert (entry.url, entry.config_url, entry.sha256, entry.licence, entry.lineage) == (
            real.url,
            real.config_url,
            real.sha256,
            real.licence,
            real.lineage,
        )
        # It fits what it is for: the rate of its tier, and a dataset of one speaker.
        assert entry.sample_rate == quality.sample_rate and entry.of_one_speaker
        assert real.id in entry.description and f"the voice {language.espeak_voice}" in entry.description


@pytest.mark.parametrize("language", supported_languages(), ids=lambda language: language.tag)
def test_every_language_can_be_listed_found_and_started_from(language: Language):
    catalog = Catalog()
    listed = catalog.of_language(language.tag)
    assert any(entry.of_one_speaker for entry in listed)
    assert catalog.recommend(language.tag) in listed
    assert catalog.find(language.tag, "fallback") == fallback_for(language.tag, PUBLISHED)


@pytest.mark.parametrize("name", sorted(espeak_voices()))
def test_every_voice_of_espeak_ng_is_answered_by_its_own_name(name: str):
    assert Catalog().find(f"{name}.fallback").espeak_voice == resolve_language(name).espeak_voice


def test_the_italian_fallback_is_an_english_base_beside_the_italian_one():
    catalog = Catalog()
    entry = catalog.find("it-IT.fallback")
    assert (entry.stands_in, entry.espeak_voice) == ("en-US.lessac", "it")
    assert "en-US.lessac (English, United States)" in entry.description
    assert [one.id for one in catalog.of_language("it-IT")] == ["it-IT.serena", "it-IT.serena-high", "it-IT.fallback"]
    assert catalog.find("it-IT.fallback-high").stands_in == "en-US.lessac-high"


@pytest.mark.parametrize(
    ("tag", "base"),
    [
        # the same espeak-ng voice
        ("es-AR", "es-MX.ald"),
        ("nb-NO", "no-NO.talesyntese"),
        ("sw-TZ", "sw-CD.lanfrica"),
        ("en-AU", "en-GB.cori-medium"),
        ("nl-BE", "nl-NL.pim"),
        # the same language, of the same country first, then of its usual one
        ("en-gb-scotland", "en-GB.cori-medium"),
        ("en-us-nyc", "en-US.lessac"),
        ("en-029", "en-US.lessac"),
        ("fr-BE", "fr-FR.siwis"),
        ("ca-va", "ca-ES.upc_ona"),
        ("vi-vn-x-south", "vi-VN.vais1000"),
        # the closest relative
        ("af", "nl-NL.pim"),
        ("rup", "ro-RO.mihai"),
        ("ht", "fr-FR.siwis"),
        ("la", "it-IT.serena"),
        ("et", "fi-FI.harri"),
        ("hr", "sk-SK.lili"),
        # the family
        ("ur", "hi-IN.rohan"),
        ("az", "tr-TR.dfki"),
        ("he", "ar-JO.kareem"),
        ("be", "ru-RU.denis"),
        ("yue", "zh-CN.huayan"),
        # nothing near
        ("ja", "en-US.lessac"),
        ("eu", "en-US.lessac"),
        ("eo", "en-US.lessac"),
        ("hy", "en-US.lessac"),
    ],
)
def test_the_nearest_base_stands_in(tag: str, base: str):
    assert base_of(tag) == base


def test_the_tier_comes_before_the_language():
    assert base_of("fr-FR") == "fr-FR.siwis"
    assert base_of("fr-FR", Quality.HIGH) == "it-IT.serena-high"
    assert base_of("fr-FR", Quality.LOW) == "en-US.lessac-low"
    assert base_of("sk-SK", Quality.LOW) == "cs-CZ.jirka-low"


def test_where_all_published_ones_are_of_several_speakers_one_stands_in_beside_them():
    assert [entry.id for entry in Catalog().of_language("uk")] == ["uk-UA.ukrainian_tts", "uk-UA.fallback"]
    assert [entry.id for entry in Catalog().of_language("de-DE") if entry.origin == "fallback"] == []


def test_what_espeak_ng_groups_for_want_of_a_family_is_none():
    albanian = replace(Catalog().find("fi-FI.harri"), language="sq-AL", voice="one", espeak_voice="sq")
    assert espeak_voices()["hy"].group == espeak_voices()["sq"].group == "ine"
    assert fallback_for("hy", [albanian, *PUBLISHED]).stands_in == "en-US.lessac"
    assert fallback_for("sq", [albanian, *PUBLISHED]).stands_in == "sq-AL.one"


def test_what_stands_in_is_a_checkpoint_and_no_stand_in():
    lessacs = [entry for entry in PUBLISHED if entry.stem == "lessac"]
    assert {entry.language for entry in lessacs} == {"en-GB", "en-US"}
    assert fallback_for("en-AU", lessacs).stands_in == "en-US.lessac"


def test_every_named_relative_has_a_base_and_is_spoken():
    for family, relative in fallback.CLOSEST.items():
        assert resolve_language(family).family == family
        assert resolve_language(base_of(family).partition(".")[0]).family == relative


def test_nothing_stands_in_where_nobody_published_the_tier_or_the_language_is_none():
    with pytest.raises(NotFound, match=r"x_low at 16000 Hz.*Train in the medium tier"):
        fallback_for("it-IT", PUBLISHED, Quality.X_LOW)
    with pytest.raises(UnsupportedLanguage):
        fallback_for("xx-YY", PUBLISHED)


def test_espeak_ng_says_which_languages_are_related():
    groups = {name: voice.group for name, voice in espeak_voices().items()}
    assert (groups["it"], groups["fr"], groups["en-us"], groups["uk"], groups["eu"]) == ("roa", "roa", "gmw", "zle", "")
