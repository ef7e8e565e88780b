"""Names that become file names."""

from __future__ import annotations

import unicodedata

import pytest

from coaxial.domain.errors import InvalidOption
from coaxial.domain.names import MAX_NAME_LENGTH, check_name, name_from


@pytest.mark.parametrize("name", ["anna", "Anna_2", "a-b", "Øystein", "मेरी", "花子", "_x", "9", "a" * MAX_NAME_LENGTH])
def test_letters_and_digits_of_any_script_make_a_name(name: str) -> None:
    assert check_name(unicodedata.normalize("NFD", name)) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", ".a", "-a", "a/b", "a\\b", "a b", "a.b", "a:b", "a\n", "a\0", "😀", "a" * 61, "𝒜" * 50]
)
def test_what_a_file_system_or_a_shell_could_misread_makes_none(name: str) -> None:
    with pytest.raises(InvalidOption):
        check_name(name)


@pytest.mark.parametrize("text", ["Ann Marie", "../../etc", "p225", "", "-", "Ann's \U0001f600", "x" * 200, "\ud800"])
def test_any_text_can_be_made_a_name(text: str) -> None:
    assert check_name(name_from(text)) == name_from(text)
