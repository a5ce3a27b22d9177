"""Where texts are broken into lines: in three languages, and without losing a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.fonts import printable
from portal.reports.drawing.breaking import broken_lines, cut, ended


def in_letters(text: str) -> float:
    """A letter is 4 wide, a Chinese character 8."""
    return float(sum(8 if ord(sign) > 0x2E7F else 4 for sign in text))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Sales East 东亚业务部", 64, ["Sales East 东亚", "业务部"]),
        ("K2026-0002 宁波恒达机械", 64, ["K2026-0002 宁波", "恒达机械"]),
        ("Diego（上海）", 28, ["Diego", "（上", "海）"]),
        ("档案、案卷。", 40, ["档案、案", "卷。"]),
        ("Due Mon, Nov 16, 2026", 68, ["Due", "Mon, Nov 16, 2026"]),
        ("Vence el lun, 9 nov 2026", 64, ["Vence el", "lun, 9 nov 2026"]),
        ("2025年1月1日至2025年11月22日", 64, ["2025年1月1日至", "2025年11月22日"]),
        ("Until 21 nov 2026. Then", 48, ["Until", "21 nov 2026.", "Then"]),
        ("Nov 21, 2026–Dec 3, 2026", 52, ["Nov 21, 2026–", "Dec 3, 2026"]),
        ("档 ，，案案案", 16, ["档", "，，", "案案", "案"]),
        ("案卷柜 ，案", 24, ["案卷", "柜 ，", "案"]),
        ("Rindfleisch", 20, ["Rindf", "leisc", "h"]),
        ("", 20, [""]),
    ],
)
def test_lines_are_broken_where_a_reader_expects_it(text: str, width: float, lines: list[str]) -> None:
    assert list(broken_lines(text, width, in_letters)) == lines


words = st.text(st.sampled_from("ab ñ档案（）。，1年月日2026, Nov\n"), max_size=60)


@given(words, st.integers(8, 80))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    lines = list(broken_lines(text, width, in_letters))
    assert "".join("".join(lines).split()) == "".join(printable(text).split())
    assert all(in_letters(line) <= width or len(line) == 1 for line in lines)
    if not text.startswith(" ") and "\n" not in text:
        assert not any(line.startswith(" ") for line in lines)
        assert all(lines) or lines == [""]


@given(words, st.integers(20, 80))
def test_what_is_cut_says_so_and_fits(text: str, width: int) -> None:
    text = " ".join(printable(text).split())
    shown = cut(text, width, in_letters)
    assert in_letters(shown) <= width
    assert shown == text or (shown.endswith(("…", "...")) and text.startswith(shown.rstrip(".…")))
    assert in_letters(ended(text, width, in_letters)) <= width
