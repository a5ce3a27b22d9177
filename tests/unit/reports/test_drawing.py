"""The charts: what they show in black and white, on a page and in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from reportlab.graphics.shapes import Circle, Drawing, Path, Rect, String

from portal.core.fonts import pdf_fonts
from portal.reports.drawing import drawing_of, sentence_of, svg_of, texts_of
from portal.reports.drawing.lines import axis_steps
from portal.reports.drawing.pen import FILLS, text_width, wrap
from portal.reports.drawing.words import MOST_ROWS
from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.statistics.counted import Breakdown, Chart, Crossing, Group, Name, Unit, Values
from tests.unit.reports.made_statistics import HOSTILE, LONG, QUARTER, SHORT, along_time, breakdown, heat, stacked

WIDTH = 480.0
FONT: list[str] = []
TAGS = {"svg", "title", "desc", "g", "rect", "path", "text", "line", "circle", "polyline", "polygon"}
MANY = tuple(f"{name} {number}" for number in range(10) for name in SHORT)
PARTS: dict[str, Breakdown | Crossing] = {
    "short": breakdown(SHORT),
    "long": breakdown(LONG),
    "hostile": breakdown(HOSTILE),
    "many": breakdown(MANY, left_out=4),
    "weeks": along_time(),
    "days": along_time(31),
    "one step": along_time(1),
    "stacked": stacked(SHORT),
    "stacked long": stacked(LONG),
    "stacked hostile": stacked(HOSTILE),
    "heat": heat(),
    "zero beside": Breakdown("a", "By level", Chart.BARS, (Group("x", Name("x"), Values(0, 7, None)),)),
    "none": Breakdown("a", "By level", Chart.BARS, (Group("x", Name("x"), Values(None, 7)),)),
}


def words(**more: Any) -> dict[str, Any]:
    return {"unit": Unit.THINGS, "periods": QUARTER, "language": "en", "translate": str, **more}


@pytest.fixture(scope="module", autouse=True)
def font() -> Iterator[str]:
    """One font for all drawings: to cut one for each takes longer than to draw it."""
    known = (texts_of(part, **words(language=language)) for part in PARTS.values() for language in ("en", "zh"))
    with pdf_fonts("".join(text for one in known for text in one)) as fonts:
        FONT.append(fonts.body)
        yield fonts.body
        FONT.clear()


def drawn(part: Breakdown | Crossing, width: float = WIDTH, **more: Any) -> Drawing:
    drawing = drawing_of(part, font=FONT[0], width=width, **words(**more))
    assert drawing is not None
    return drawing


def edges(text: String, font: str) -> tuple[float, float]:
    """Where a text begins and ends."""
    width = text_width(text.text, font)
    left = text.x - width * {"start": 0, "middle": 0.5, "end": 1}[text.textAnchor]
    return left, left + width


def texts(drawing: Drawing) -> list[str]:
    return [one.text for one in drawing.contents if isinstance(one, String)]


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_nothing_leaves_the_drawing(part: Breakdown | Crossing) -> None:
    drawing = drawn(part)
    written = [(*edges(one, FONT[0]), one.y) for one in drawing.contents if isinstance(one, String)]
    assert drawing.width == WIDTH and drawing.height < 600
    for left, right, y in written:
        assert left >= -0.01 and right <= WIDTH + 0.01
        assert 0 <= y <= drawing.height - 5
    for one in drawing.contents:
        if isinstance(one, Rect):
            assert one.x >= -0.01 and one.x + one.width <= WIDTH + 0.01
            assert one.y >= -0.01 and one.y + one.height <= drawing.height + 0.01


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_all_words_of_a_chart_are_known_beforehand(part: Breakdown | Crossing) -> None:
    known = set("".join(texts_of(part, **words(language="zh")))) | {"…"}
    assert set("".join(texts(drawn(part, language="zh")))) <= known


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_on_a_page_it_is_sound_and_needs_no_style(part: Breakdown | Crossing) -> None:
    svg = svg_of(part, **words())
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("viewBox") and not root.get("width")
    sentence = sentence_of(part, **words())
    assert root.get("aria-label") == sentence
    names = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert names["title"] == part.title and names["desc"] == sentence
    for element in root.iter():
        assert not {"style", "id", "onload", "href"} & set(element.attrib)
        assert element.tag.rpartition("}")[2] in TAGS


def test_a_hostile_name_is_only_a_name() -> None:
    root = ElementTree.fromstring(svg_of(breakdown(HOSTILE), **words()))
    written = "".join(element.text or "" for element in root.iter())
    assert "<script>" in written and "alert(1)" in written
    assert "<script>" not in svg_of(breakdown(HOSTILE), **words())


@pytest.mark.parametrize("part", ["short", "weeks"])
def test_of_a_year_the_one_before_is_drawn_once(part: str) -> None:
    year = compared(Period.containing(PeriodKind.YEAR, date(2025, 1, 1)), date(2026, 11, 22))
    assert svg_of(PARTS[part], **words(periods=year)).count("Year 2024<") == 1
    assert "3rd quarter 2025<" in svg_of(PARTS[part], **words(), width=640)


def test_a_page_may_give_other_colours() -> None:
    svg = svg_of(breakdown(SHORT), **words())
    for name in ("chart-fill-ink", "chart-fill-strong", "chart-stroke-line", "chart-stroke-quiet"):
        assert name in svg


@pytest.mark.parametrize(
    "part",
    [
        replace(breakdown(SHORT), chart=Chart.NONE),
        breakdown(()),
        Breakdown("a", "By level", Chart.BARS, (Group("x", Name("x"), Values(0, 0, None)),)),
        Breakdown("a", "By level", Chart.LINES, (Group("2026-07-01", Name("2026-07-01", "day"), Values(None)),) * 4),
        replace(heat(), cells=tuple((0,) * 24 for _ in range(7))),
        replace(stacked(SHORT), row_names=(), cells=()),
    ],
)
def test_nothing_to_draw(part: Breakdown | Crossing) -> None:
    assert drawing_of(part, font=FONT[0], width=WIDTH, **words()) is None
    assert svg_of(part, **words()) == ""


def test_bars_are_as_long_as_their_values() -> None:
    groups = tuple(Group(str(n), Name(f"n{n}"), Values(n)) for n in (40, 20, 10))
    bars = [
        one.width
        for one in drawn(Breakdown("a", "By level", Chart.BARS, groups)).contents
        if isinstance(one, Rect) and one.fillColor is not None
    ]
    assert [bar / bars[0] for bar in bars] == pytest.approx([1, 0.5, 0.25])


def test_without_a_past_there_is_one_bar_and_no_legend() -> None:
    groups = (Group("a", Name("A"), Values(3)), Group("b", Name("B"), Values(2)))
    assert texts(drawn(Breakdown("a", "By level", Chart.BARS, groups))) == ["A", "3", "B", "2"]


def test_the_legend_names_the_three_periods() -> None:
    for part in (breakdown(SHORT), along_time()):
        assert texts(drawn(part))[:3] == ["3rd quarter 2026", "2nd quarter 2026", "3rd quarter 2025"]


def test_where_their_names_have_no_room_short_words_stand_for_them() -> None:
    long = compared(Period(PeriodKind.DAYS, date(2026, 1, 1), date(2026, 9, 30)), date(2026, 11, 22))
    for part in (breakdown(SHORT), along_time()):
        assert texts(drawn(part, 200, periods=long))[:3] == ["Period", "Previous", "Last year"]


def test_of_many_groups_the_first_are_drawn_and_the_others_counted() -> None:
    part = breakdown(MANY, left_out=4)
    assert f"and {len(MANY) - MOST_ROWS + 4} more" in texts(drawn(part))


def test_fills_differ_without_colour() -> None:
    def look(fill: Any) -> tuple[int, str]:
        ground, hatch = fill
        return round(10 * (0.3 * ground.red + 0.59 * ground.green + 0.11 * ground.blue)), hatch

    assert len({look(fill) for fill in FILLS}) == len(FILLS)


def test_lines_differ_in_dash_and_width() -> None:
    paths = [one for one in drawn(along_time()).contents if isinstance(one, Path)]
    looks = {(tuple(one.strokeDashArray or ()), one.strokeWidth) for one in paths}
    assert len(looks) == 3


def test_a_line_is_broken_where_there_is_no_value() -> None:
    values = (4, None, 3, 2, 5)
    days = [f"2026-07-0{day}" for day in range(1, 6)]
    groups = tuple(Group(day, Name(day, "day"), Values(value)) for day, value in zip(days, values, strict=True))
    drawing = drawn(Breakdown("day", "Along the period", Chart.LINES, groups))
    assert sum(isinstance(one, Circle) for one in drawing.contents) == 4
    (path,) = [one for one in drawing.contents if isinstance(one, Path)]
    assert path.operators == [0, 1, 1]  # One run of three points; the first value stands alone.


def test_what_has_not_been_yet_is_not_drawn_as_nothing() -> None:
    periods = compared(Period.containing(PeriodKind.MONTH, date(2026, 11, 5)), date(2026, 11, 5))
    days = [date(2026, 11, day).isoformat() for day in range(1, 31)]
    groups = tuple(Group(day, Name(day, "day"), Values(1 if place < 5 else 0)) for place, day in enumerate(days))
    drawing = drawn(Breakdown("day", "Along the period", Chart.LINES, groups), periods=periods)
    assert sum(isinstance(one, Circle) for one in drawing.contents) == 5


def test_values_of_a_heat_map_stand_in_their_cells_and_the_night_is_left_out() -> None:
    part = heat()
    shown = texts(drawn(part))
    assert "08:00" in shown and "18:00" in shown and "03:00" not in shown and "Mon" in shown
    values = sorted(str(cell) for row in part.cells for cell in row if cell)
    scale = [text for text in shown if "–" in text]
    assert len(scale) == 5 and scale[-1].endswith(f"–{max(max(row) for row in part.cells)}")
    for value in set(values):
        assert shown.count(value) >= values.count(value)


def test_the_scale_of_a_heat_map_keeps_to_its_width() -> None:
    for highest in (1, 3, 29, 2000, 99_999):
        part = heat()
        cells = tuple(tuple(highest if cell else 0 for cell in row) for row in part.cells)
        drawing = drawn(replace(part, cells=cells), width=340)
        for one in drawing.contents:
            if isinstance(one, String) and one.textAnchor == "start":
                assert one.x + text_width(one.text, FONT[0]) <= 340, (highest, one.text)


def test_segments_of_a_stack_come_to_the_length_of_their_sum() -> None:
    part = Crossing(
        "a-b",
        "A by B",
        Chart.STACKED,
        (("1", Name("one")), ("2", Name("two"))),
        (("x", Name("x")), ("y", Name("y"))),
        ((30, 10), (0, 20)),
    )
    drawing = drawn(part)
    bars = [one for one in drawing.contents if isinstance(one, Rect) and one.height == 11.0 and one.fillColor is None]
    assert [round(bar.width / bars[0].width * 30) for bar in bars] == [30, 10, 20]
    assert {"40", "20", "30", "10"} <= set(texts(drawing))


def test_more_columns_than_fills_come_together_as_others() -> None:
    names = tuple((str(n), Name(f"c{n}")) for n in range(14))
    part = Crossing("a-b", "A by B", Chart.STACKED, (("1", Name("row")),), names, ((5,) * 14,))
    shown = texts(drawn(part))
    assert "Others" in shown and "c8" in shown and "c9" not in shown and "70" in shown


@pytest.mark.parametrize(
    ("highest", "unit", "steps"),
    [
        (0, Unit.THINGS, [0, 1]),
        (5, Unit.THINGS, [0, 1, 2, 3, 4, 5]),
        (59, Unit.THINGS, [0, 20, 40, 60]),
        (12, Unit.DAYS, [0, 10, 20]),
        (1000, Unit.SHARE, [0, 200, 400, 600, 800, 1000]),
    ],
)
def test_the_axis_has_round_steps(highest: int, unit: Unit, steps: list[int]) -> None:
    assert axis_steps(highest, unit) == steps


@pytest.mark.parametrize("text", ["档案" * 100, "word " * 60, "w" * 300, "a", ""])
def test_labels_keep_to_their_width(text: str) -> None:
    lines = wrap(text, 100, FONT[0])
    assert 1 <= len(lines) <= 3
    assert all(text_width(line, FONT[0]) <= 100 for line in lines)
    assert len(text) < 10 or lines[-1].endswith("…" if "档" in text else "...")


def test_every_value_of_a_line_has_its_number_and_no_line_goes_through_it() -> None:
    """Where a line falls steeply its number stands beside it; another period's mark does not hide it."""
    values = [(742_000, 0), (44_400, 26_800), (0, 0), (549_300, 630_100), (793_000, 622_300), (772_800, 692_100)]
    values += [(862_200, 0), (187_600, 0), (288_300, 0), (169_700, 25_700), (46_800, 0)]
    groups = tuple(
        Group(f"2026-{n:02d}-01", Name(f"2026-{n:02d}-01", "month"), Values(this, before, before))
        for n, (this, before) in enumerate(values, start=1)
    )
    drawing = drawn(Breakdown("day", "Over the period", Chart.LINES, groups))
    numbers = {one.text: one for one in drawing.contents if isinstance(one, String) and one.textAnchor == "middle"}
    assert {f"{this:,}" for this, _ in values if this} <= numbers.keys()
    path = next(
        one for one in drawing.contents if isinstance(one, Path) and one.strokeWidth == 1.8 and len(one.points) > 4
    )
    points = list(zip(path.points[::2], path.points[1::2], strict=True))
    for this in filter(None, dict(values)):
        number = numbers[f"{this:,}"]
        half = text_width(number.text, FONT[0]) / 2
        for (x1, y1), (x2, y2) in pairwise(points):
            for part in range(101):
                x, y = x1 + (x2 - x1) * part / 100, y1 + (y2 - y1) * part / 100
                assert not (abs(x - number.x) < half and number.y < y < number.y + 5), number.text


def test_bars_of_one_length_are_not_drawn() -> None:
    alike = tuple(Group(str(n), Name(f"n{n}"), Values(1, 0, 0)) for n in range(5))
    part = Breakdown("a", "By purpose", Chart.BARS, alike)
    assert drawing_of(part, font=FONT[0], width=400, **words()) is None
    other = replace(part, groups=(*alike, Group("x", Name("x"), Values(2, 0, 0))))
    assert drawing_of(other, font=FONT[0], width=400, **words()) is not None
    before = replace(part, groups=(*alike, Group("x", Name("x"), Values(1, 3, 0))))
    assert drawing_of(before, font=FONT[0], width=400, **words()) is not None


def test_the_sentence_says_the_most_important() -> None:
    groups = tuple(Group(str(n), Name(f"n{n}"), Values(n)) for n in range(8))
    part = Breakdown("a", "By level", Chart.BARS, groups)
    assert sentence_of(part, **words()) == "By level, 3rd quarter 2026: n7: 7; n6: 6; n5: 5; n4: 4; n3: 3, and 2 more."
    few = replace(part, groups=groups[:3])
    assert sentence_of(few, **words()) == "By level, 3rd quarter 2026: n2: 2; n1: 1."
    assert sentence_of(replace(part, groups=()), **words()) == "By level, 3rd quarter 2026: nothing."
    line = Breakdown(
        "day",
        "Along the period",
        Chart.LINES,
        tuple(Group(f"2026-07-0{n}", Name(f"2026-07-0{n}", "day"), Values(n)) for n in (1, 2, 3)),
    )
    assert sentence_of(line, **words()) == "Along the period, 3rd quarter 2026: highest 3 (Jul 3), lowest 1 (Jul 1)."
    assert "most in Tue, 09:00: 29" in sentence_of(heat(), **words())
