from __future__ import annotations

import subprocess
import sys

import pytest

from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.espeak import espeak_voices
from coaxial.text.languages import resolve_language, supported_languages
from coaxial.text.phonemes import phonemize


@pytest.mark.parametrize(
    ("tag", "espeak_voice"),
    [
        ("en-US", "en-us"),
        ("en-GB", "en-gb-x-rp"),
        ("en-AU", "en-gb-x-rp"),
        ("en-CA", "en-us"),
        ("sv-SE", "sv"),
        ("sv-FI", "sv"),
        ("de-DE", "de"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt"),
        ("es-ES", "es"),
        ("es-MX", "es-419"),
        ("fr-FR", "fr"),
        ("fr-BE", "fr-be"),
        ("nb-NO", "nb"),
        ("no-NO", "nb"),
        ("zh-CN", "cmn"),
        ("he-IL", "he"),
        ("sr-Latn-RS", "sr"),
        ("eo", "eo"),
    ],
)
def test_a_tag_finds_the_voice_that_piper_uses_for_it(tag, espeak_voice):
    assert resolve_language(tag).espeak_voice == espeak_voice


@pytest.mark.parametrize("spelling", ["en-US", "en_US", "EN-us", " en-us ", "en"])
def test_the_spelling_of_a_tag_does_not_matter(spelling):
    assert resolve_language(spelling) == resolve_language("en-US")


def test_a_language_is_described_as_pipers_published_voices_are():
    swedish = resolve_language("sv_se")
    assert (swedish.tag, swedish.code, swedish.family, swedish.region) == ("sv-SE", "sv_SE", "sv", "SE")
    assert (swedish.name_native, swedish.name_english, swedish.country_english) == ("Svenska", "Swedish", "Sweden")


def test_a_language_without_a_country_has_none():
    assert resolve_language("eo").code == "eo"
    assert resolve_language("eo").region == ""


@pytest.mark.parametrize("language", supported_languages(), ids=lambda language: language.tag)
def test_every_language_speaks_and_is_found_by_its_own_tag(language):
    assert resolve_language(language.tag) == language
    assert phonemize("banana", language.espeak_voice).spoken > 0


def test_every_voice_is_reachable_by_its_name():
    # espeak-ng's `en` and `pt` name the European voices; the bare tags mean where most speakers live.
    unreachable = {name for name in espeak_voices() if resolve_language(name).espeak_voice != name}
    assert unreachable == {"en", "pt"}


@pytest.mark.parametrize(
    "tag", ["", "xx", "en-XX", "sv-", "fo", "😀", "../../etc", "a" * 1000, "en us", "\0", "de-DE-1996"]
)
def test_nonsense_and_unknown_languages_are_refused_in_words(tag):
    with pytest.raises(UnsupportedLanguage) as refusal:
        resolve_language(tag)
    assert refusal.value.message.endswith(".") and refusal.value.remedy
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(("tag", "nearest"), [("swedish", "sv-SE"), ("en-XX", "en-US"), ("klingon", "piqd")])
def test_a_refusal_names_the_nearest_language(tag, nearest):
    with pytest.raises(UnsupportedLanguage, match=nearest):
        resolve_language(tag)


def test_resolving_a_language_loads_neither_piper_nor_onnxruntime():
    code = (
        "import sys; from coaxial.text.languages import resolve_language; import coaxial.text.phonemes;"
        "resolve_language('de'); assert not {'piper', 'onnxruntime', 'torch'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
