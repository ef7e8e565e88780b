"""The base checkpoints that can be named, and what is said of them."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest

from coaxial.checkpoints.catalog import BaseCheckpoint, Catalog, as_specification, published_checkpoints
from coaxial.domain.errors import InvalidOption, NotFound, UnsupportedLanguage
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.text.espeak import espeak_voices
from coaxial.text.languages import resolve_language

PUBLISHED = published_checkpoints()

# Published with the smallest network at 22050 Hz, so it is no base for a dataset of that tier.
AT_ANOTHER_RATE = {"es-MX.ald-x_low"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog()


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.id)
def test_every_published_checkpoint_is_told_completely(entry: BaseCheckpoint):
    assert resolve_language(entry.language).tag == entry.language
    assert entry.espeak_voice == resolve_language(entry.language).espeak_voice
    assert entry.espeak_voice in espeak_voices()
    assert (
        espeak_voices()[entry.espeak_voice].name.split("-")[0]
        in (resolve_language(entry.language).espeak_voice.split("-")[0])
    )
    assert (entry.sample_rate == entry.quality.sample_rate) is (entry.id not in AT_ANOTHER_RATE)
    assert re.fullmatch(r"\w+(-\w+)?", entry.voice)
    assert entry.name and entry.dataset and entry.licence and entry.lineage
    assert entry.gender in ("female", "male", "mixed", "non-binary", "unknown")
    assert entry.speakers is None or entry.speakers >= 1
    assert entry.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.origin == "catalog"
    assert entry.description.endswith(".") and "\n" not in entry.description


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.id)
def test_every_address_is_one_of_the_hub_and_names_the_voice_and_tier(entry: BaseCheckpoint):
    for address in filter(None, (entry.url, entry.config_url)):
        parts = urlsplit(address)
        assert (parts.scheme, parts.hostname, parts.query, parts.fragment) == ("https", "huggingface.co", "", "")
        # Percent-encoded, as the hub's own links are: nothing that a client would have to repair.
        assert address.isascii() and not re.search(r"[\s=]", parts.path)
    path = unquote(urlsplit(entry.url).path)
    assert path.endswith(".ckpt")
    if path.startswith("/datasets/rhasspy/piper-checkpoints/") and entry.stem != "base_model" and not entry.stands_in:
        code = entry.language.replace("-", "_")
        voice = entry.stem.removesuffix("-epoch404")
        assert f"/{code.split('_')[0]}/{code}/{voice}/{entry.quality}/" in path
        assert entry.config_url.endswith(("/config.json", f"-{voice}-{entry.quality}.onnx.json"))


def test_no_two_published_checkpoints_share_an_id():
    assert len({entry.id for entry in PUBLISHED}) == len(PUBLISHED) >= 84


@pytest.mark.parametrize(
    ("name", "quality", "file"),
    [
        ("en-US.amy", Quality.MEDIUM, "en_US/amy/medium/epoch=6679-step=1554200.ckpt"),
        ("en-US.lessac", Quality.MEDIUM, "en_US/lessac/medium/epoch=2164-step=1355540.ckpt"),
        ("en-GB.lessac", Quality.MEDIUM, "en_US/lessac/medium/epoch=2164-step=1355540.ckpt"),
        ("en-GB.cori", Quality.HIGH, "en_GB/cori/high/cori-high-500.ckpt"),
        ("sv-SE.nst", Quality.MEDIUM, "KBLab/piper-tts-nst-swedish/resolve/main/epoch=4041-step=1753548.ckpt"),
        ("it-IT.fallback", Quality.MEDIUM, "en_US/lessac/medium/epoch=2164-step=1355540.ckpt"),
    ],
)
def test_the_promised_ids_lead_to_files_that_exist(catalog: Catalog, name: str, quality: Quality, file: str):
    entry = catalog.find(name)
    assert (entry.id, entry.quality) == (name, quality)
    assert unquote(entry.url).endswith(file)


def test_a_british_lessac_is_told_for_what_it_is(catalog: Catalog):
    entry = catalog.find("en-GB.lessac")
    assert entry.stands_in == "en-US.lessac"
    assert entry.espeak_voice == "en-gb-x-rp"
    assert "American woman" in entry.description and "no British Lessac" in entry.description
    assert catalog.of_language("en-GB")[-1] == entry


def test_what_the_promises_flatter_is_told_as_it_is(catalog: Catalog):
    assert catalog.find("en-US.amy").quality is Quality.MEDIUM
    assert {catalog.find(f"en-US.lessac{tier}").gender for tier in ("", "-low", "-high")} == {"female"}
    assert "research only" in catalog.find("en-US.lessac").licence
    assert catalog.find("en-US.base_model").config_url == ""


@pytest.mark.parametrize("tier", ["low", "medium", "high"])
def test_every_tier_of_a_voice_is_reached_by_its_name(catalog: Catalog, tier: str):
    found = catalog.find(f"en-US.lessac-{tier}")
    assert found.quality.value == tier
    assert f"/lessac/{tier}/" in found.url
    assert catalog.find("en-US.lessac", quality=Quality(tier)) == found


def test_a_bare_name_means_the_tier_asked_for_where_the_voice_has_it(catalog: Catalog):
    assert catalog.find("en-GB.cori", quality=Quality.MEDIUM).id == "en-GB.cori-medium"
    assert catalog.find("en-US.amy", quality=Quality.HIGH).quality is Quality.MEDIUM


def test_a_bare_name_is_the_medium_tier_but_for_the_voice_promised_as_high():
    several = {(e.language, e.stem) for e in PUBLISHED if e.voice != e.stem}
    bare = {f"{e.language}.{e.voice}": e.quality for e in PUBLISHED if (e.language, e.voice) in several}
    assert len(bare) == len(several)
    assert {name for name, quality in bare.items() if quality is not Quality.MEDIUM} == {"en-GB.cori"}


@pytest.mark.parametrize("spelled", ["en-US.amy", "en_US.amy", "EN-us.Amy", "en.amy", "en-us.amy-medium"])
def test_an_id_is_found_in_any_spelling(catalog: Catalog, spelled: str):
    assert catalog.find(spelled).id == "en-US.amy"
    language, voice = spelled.split(".")
    assert catalog.find(language, voice).id == "en-US.amy"


def test_a_name_with_accents_is_found_without_them(catalog: Catalog):
    assert catalog.find("pt-PT.tugao") == catalog.find("pt-PT.tuga\u0303o") == catalog.find("pt-PT.tug\u00e3o")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("en-US.ami", "en-US.amy"),
        ("amy", "en-US.amy"),
        ("xx-YY.lessac", "en-US.lessac"),
        ("en-US.cori", "en-GB.cori"),
        ("it-IT.paola", "it-IT.fallback"),
        ("de-DE", "de-DE.thorsten"),
        ("en-US.amy-high", "en-US.amy"),
        ("../../etc/passwd", "en-US.amy"),
        ("", "en-US.amy"),
    ],
)
def test_what_is_not_listed_is_answered_with_the_nearest_ids(catalog: Catalog, asked: str, near: str):
    with pytest.raises(NotFound) as caught:
        catalog.find(asked)
    assert near in caught.value.remedy


def test_a_language_lists_its_better_bases_first(catalog: Catalog):
    ids = [entry.id for entry in catalog.of_language("en_us")]
    assert ids[:2] == ["en-US.lessac", "en-US.amy"]
    # High and low after medium; several speakers, which fit no dataset of one, last.
    assert ids.index("en-US.sam") < ids.index("en-US.lessac-high") < ids.index("en-US.lessac-low")
    assert ids.index("en-US.lessac-low") < ids.index("en-US.libritts_r")


def test_the_lists_hold_everything_once(catalog: Catalog):
    everything = [entry.id for entry in catalog.all()]
    assert len(everything) == len(set(everything))
    assert {entry.id for entry in PUBLISHED} | {"it-IT.fallback"} <= set(everything)
    assert everything == [entry.id for tag in catalog.languages() for entry in catalog.of_language(tag)]


@pytest.mark.parametrize(
    ("language", "gender", "quality", "best"),
    [
        ("en-US", None, None, "en-US.lessac"),
        ("en-US", "Female", None, "en-US.lessac"),
        ("en-US", "male", None, "en-US.john"),
        ("en-US", "female", Quality.HIGH, "en-US.lessac-high"),
        ("en-GB", "Male", None, "en-GB.alan"),
        ("hu-HU", "male", None, "hu-HU.imre"),
        ("de-DE", "female", None, "de-DE.thorsten"),
        ("de-DE", None, Quality.LOW, "de-DE.fallback-low"),
        ("it-IT", None, None, "it-IT.serena"),
        ("it-IT", None, Quality.LOW, "it-IT.fallback-low"),
        ("is", None, None, "is-IS.fallback"),
        ("uk-UA", None, None, "uk-UA.fallback"),
    ],
)
def test_the_recommended_base_fits_the_tier_first_and_the_gender_where_it_can(
    catalog: Catalog, language: str, gender: str | None, quality: Quality | None, best: str
):
    entry = catalog.recommend(language, gender, quality)
    assert entry.id == best
    assert entry.of_one_speaker
    assert quality is None or NetworkShape.of(quality).sample_rate == entry.sample_rate


def test_a_tier_that_nobody_published_is_not_answered_with_another(catalog: Catalog):
    with pytest.raises(NotFound, match=r"x_low at 16000 Hz.*medium"):
        catalog.recommend("es-MX", quality=Quality.X_LOW)


def test_an_impossible_gender_or_language_is_said_so(catalog: Catalog):
    with pytest.raises(InvalidOption, match=r"'robot'.*female, male"):
        catalog.recommend("en-US", "robot")
    with pytest.raises(UnsupportedLanguage):
        catalog.of_language("xx-YY")


def test_the_documented_dictionary_has_the_manifests_fields_and_more(catalog: Catalog):
    amy = as_specification(catalog.find("en-US.amy"))
    assert (amy["voice_id"], amy["language_code"]) == ("amy", "en-US")
    assert (amy["id"], amy["name"], amy["gender"], amy["quality"]) == ("en-US.amy", "Amy", "Female", "Medium")
    assert (amy["tier"], amy["phoneme_type"], amy["espeak_voice"]) == ("medium", "espeak", "en-us")
    assert (amy["sample_rate"], amy["speaker_id"], amy["speakers"], amy["origin"]) == (22050, 0, 1, "catalog")
    assert amy["url"].endswith("epoch%3D6679-step%3D1554200.ckpt") and amy["config_url"].endswith("config.json")
    assert amy["size"] is None and amy["sha256"] == ""


def test_documented_labels_are_those_that_the_documents_snippets_compare_with(catalog: Catalog):
    labels = [as_specification(entry) for entry in catalog.all()]
    assert {label["quality"] for label in labels} == {"X_low", "Low", "Medium", "High"}
    assert {"Female", "Male", "Unknown"} <= {label["gender"] for label in labels}
    assert "unknown" not in {value for label in labels for value in label.values()}
    assert [label["id"] for label in labels if label["quality"] == "High" and label["language_code"] == "en-GB"] == [
        "en-GB.cori"
    ]
