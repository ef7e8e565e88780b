from __future__ import annotations

import pytest

from coaxial.text.symbols import describe_character, unsayable

_READ = [
    ("en-us", "naïve café — “quoted” … 5 € × ½, Ångström & Łódź: 20 °C"),
    ("de", "Weißenburg-Gunzenhausen, „Größe“"),
    ("ru", "Привет, Linux"),
    ("uk", "їжак"),
    ("el", "Καλημέρα"),
    ("cmn", "你好，世界。"),
    ("ja", "こんにちは カー"),
    ("ko", "한국어"),
    ("hi", "हिन्दी"),
    ("fa", "می‌خواهم"),
    ("vi", "Tiếng Việt"),
    ("th", "สวัสดี"),
    ("he", "שלום"),
    ("sr", "Здраво zdravo"),
    ("en-us", "plain"),
]


@pytest.mark.parametrize(("voice", "text"), _READ)
def test_a_voice_can_say_its_own_language(voice, text):
    assert unsayable(text, voice) == ()


@pytest.mark.parametrize(
    ("voice", "text", "expected"),
    [
        ("en-us", "I ♥ you 😀", ("♥", "😀")),
        ("en-us", "Say Привет", tuple("Привет")),
        ("ru", "число π", ("π",)),
        ("en-us", "mojibake \ufffd and \ue000", ("\ufffd", "\ue000")),
        ("ja", "東京", ("東", "京")),
        ("en-us", "𝔘nicode ①", ("𝔘", "①")),
    ],
)
def test_what_nobody_reads_aloud_is_found(voice, text, expected):
    assert unsayable(text, voice) == expected


def test_a_character_is_described_by_name():
    assert describe_character("★") == "'★' (BLACK STAR)"
    assert describe_character("\ue000") == "U+E000"
