"""File names as people send them become names that are safe to show and to store."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents.reading.names import clean_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("contract.pdf", "contract.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\Windows\\carta.pdf", "carta.pdf"),
        ("C:\\Scans\\合同 2026.tif", "合同 2026.tif"),
        ("/srv/upload/fax.png/", "fax.png"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\ufeffzero\u200bwidth.pdf", "zerowidth.pdf"),
        ("Pen\u0303a.pdf", "Peña.pdf"),
        ("  two   spaces .pdf", "two spaces.pdf"),
        ("a:b*c?.pdf", "a_b_c_.pdf"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("\x00\u202e", "unnamed"),
        (".gitignore", "gitignore"),
    ],
)
def test_names(sent: str, shown: str) -> None:
    assert clean_name(sent) == shown


def test_300_chinese_characters_keep_the_extension_and_fit() -> None:
    name = clean_name("客" * 300 + ".pdf")
    assert name.endswith(".pdf")
    assert name.startswith("客" * 80)
    assert len(name.encode()) <= 255


def test_300_latin_letters_are_cut_at_200() -> None:
    name = clean_name("n" * 300 + ".tiff")
    assert len(name) == 200
    assert name.endswith("n.tiff")


def test_an_endless_extension_is_not_kept_whole() -> None:
    assert len(clean_name("a." + "x" * 5000)) == 200


@given(st.text(max_size=400))
def test_any_name_comes_out_safe_and_stays_as_it_is(sent: str) -> None:
    name = clean_name(sent)
    assert name
    assert name not in {".", ".."}
    assert len(name) <= 200
    assert len(name.encode()) <= 255
    assert not set(name) & set("/\\\0")
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in name)
    assert clean_name(name) == name
