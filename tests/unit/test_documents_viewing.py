"""Where hits stand: boxes on the image of a page, numbers through a document."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from portal.documents import viewing
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader
from portal.documents.reading.results import TextBox
from portal.documents.viewing import Box, HitCounter, Span, Tour, hit_boxes, hits_in, marked_parts, turned

LINES = ["The supplier delivers forty castings", "and the buyer returns the signed", "waybill within ten days."]


def lines(*texts: str) -> list[TextBox]:
    """One box for each line of a page, a tenth of the page high, all as wide as eight tenths."""
    return [TextBox(0.1, 0.1 * row, 0.9, 0.1 * row + 0.08, text) for row, text in enumerate(texts, 1)]


def boxes_for(query: str, text: str, boxes: list[TextBox], turn: int = 0) -> list[list[Box]]:
    return hit_boxes(text, boxes, hits_in(text, query), turn)


def about(box: Box, *sides: float) -> bool:
    return all(abs(side - wanted) < 0.05 for side, wanted in zip(box, sides, strict=True))


def test_a_hit_is_boxed_by_its_share_of_the_line() -> None:
    ((box,),) = boxes_for("castings", "\n".join(LINES), lines(*LINES))
    assert about(box, 0.71, 0.1, 0.9, 0.18)
    ((first,), (second,)) = boxes_for("the", "\n".join(LINES[1:]), lines(*LINES[1:]))
    assert first.y0 == second.y0 == 0.1 and first.x1 < second.x0


def test_a_phrase_over_two_lines_has_a_box_on_each() -> None:
    text = "\n".join(LINES)
    ((end, start),) = boxes_for('"signed waybill"', text, lines(*LINES))
    assert (end.y0, start.y0) == (pytest.approx(0.2), pytest.approx(0.3))
    assert end.x1 == pytest.approx(0.9) and start.x0 == pytest.approx(0.1)


def test_a_word_divided_at_a_lines_end_is_boxed_in_both_parts() -> None:
    boxes = lines("It ends this agree-", "ment for ever.")
    ((start, rest),) = boxes_for("agreement", "It ends this agreement\nfor ever.", boxes)
    assert start.y0 < rest.y0 and start.x1 == pytest.approx(0.9, abs=0.05) and rest.x0 == pytest.approx(0.1)


def test_chinese_is_boxed_sign_by_sign() -> None:
    ((box,),) = boxes_for("合同", "甲方乙方购销合同编号", lines("甲方乙方购销合同编号"))
    assert about(box, 0.1 + 0.8 * 0.6, 0.1, 0.1 + 0.8 * 0.8, 0.18)


def test_pieces_of_one_line_are_boxed_each_by_itself() -> None:
    boxes = [TextBox(0.1, 0.1, 0.4, 0.15, "购销"), TextBox(0.5, 0.1, 0.9, 0.15, "合同 2026")]
    ((left, right),) = boxes_for('"购销合同"', "购销合同 2026", boxes)
    assert left.x1 <= 0.4 and right.x0 >= 0.5 - 0.01


@pytest.mark.parametrize(
    "text",
    [
        "The supplier delivers fifty mouldings\n" + "\n".join(LINES[1:]),
        "Somebody typed this page anew, with mouldings in it.",
    ],
)
def test_what_was_corrected_and_does_not_line_up_has_no_box(text: str) -> None:
    assert boxes_for("mouldings", text, lines(*LINES)) == [[]]


def test_a_correction_elsewhere_leaves_the_box_where_it_was() -> None:
    text = "\n".join(LINES)
    before = boxes_for("waybill", text, lines(*LINES))
    assert boxes_for("waybill", text.replace("forty", "fourteen heavy"), lines(*LINES)) == before != [[]]


def test_of_two_alike_the_wrong_one_is_never_boxed() -> None:
    """One of two lines was struck out by a correction: what is left of it says which."""
    read = lines("alpha castings beta", "gamma castings delta")
    ((box,),) = boxes_for("castings", "gamma castings delta", read)
    assert box.y0 == pytest.approx(0.2)
    assert boxes_for("castings", "castings", read) == [[]]


def test_without_boxes_there_are_none() -> None:
    assert boxes_for("castings", "forty castings", []) == [[]]
    assert boxes_for("", "forty castings", lines("forty castings")) == []


def upside_down(boxes: list[TextBox]) -> list[TextBox]:
    return [TextBox(1 - b.x1, 1 - b.y1, 1 - b.x0, 1 - b.y0, b.text) for b in boxes]


def test_a_scan_on_its_head_is_boxed_where_the_word_is_seen() -> None:
    """The first words of a line stand at its right end there."""
    text, boxes = "\n".join(LINES), upside_down(lines(*LINES))
    ((box,),) = boxes_for("castings", text, boxes)
    assert about(box, 0.1, 0.82, 0.29, 0.9)
    ((turned_box,),) = boxes_for("castings", text, boxes, turn=180)
    assert about(turned_box, 0.71, 0.1, 0.9, 0.18)


@pytest.mark.parametrize(("lying", "back"), [(90, 270), (270, 90)])
def test_a_scan_on_its_side_is_boxed_lying_and_upright(lying: int, back: int) -> None:
    text, upright = "\n".join(LINES), lines(*LINES)
    boxes = [TextBox(*turned(Box(*box[:4]), lying), box.text) for box in upright]
    ((box,),) = boxes_for("castings", text, boxes)
    assert about(box, *turned(Box(0.71, 0.1, 0.9, 0.18), lying))
    ((stood_up,),) = boxes_for("castings", text, boxes, turn=back)
    assert about(stood_up, 0.71, 0.1, 0.9, 0.18)


def test_a_line_that_runs_otherwise_than_the_page_is_boxed_whole() -> None:
    boxes = [*lines(*LINES), TextBox(0.95, 0.2, 0.98, 0.9, "received and registered")]
    ((box,),) = boxes_for("registered", "\n".join([*LINES, "received and registered"]), boxes)
    assert box == Box(0.95, 0.2, 0.98, 0.9)


@given(st.tuples(*[st.integers(0, 100)] * 4), st.sampled_from([0, 90, 180, 270]))
def test_turning_there_and_back_is_nothing(sides: tuple[int, ...], turn: int) -> None:
    x0, y0, x1, y1 = (side / 100 for side in sides)
    box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    there = turned(box, turn)
    assert there.x0 <= there.x1 and there.y0 <= there.y1
    assert turned(there, 360 - turn) == pytest.approx(box)


@given(st.lists(st.text("ab -\n合同é", max_size=12), max_size=6), st.text("ab -\n合同é", max_size=40), st.data())
def test_a_box_always_holds_what_the_hit_says(pieces: list[str], text: str, data: Any) -> None:
    """Whatever was read and whatever the text became: the letters under the boxes are the hit's."""
    start = data.draw(st.integers(0, len(text)))
    hit = Span(start, data.draw(st.integers(start, len(text))))
    boxes = [TextBox(0, row / 10, 1, (row + 1) / 10, piece) for row, piece in enumerate(pieces)]
    (found,) = hit_boxes(text, boxes, [hit])
    rows = [pieces[round(box.y0 * 10)] for box in found]
    word = "".join(text[hit.start : hit.end].split())
    bare = "".join("".join(rows).split())
    assert not found or word in bare or word.replace("-", "") in bare.replace("-", "")
    assert all(0 <= box.x0 <= box.x1 <= 1 for box in found)


def test_the_words_of_a_real_pdf_are_boxed_where_they_are_drawn(tmp_path: Path) -> None:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(420, 595), invariant=1)
    text = "This letter is long enough to be read without recognition, line by line, in Helvetica. " * 2
    for row, line in enumerate([text[:80], text[80:], "Please return the waybill to the foundry"]):
        canvas.drawString(30, 560 - 20 * row, line)
    left = 30 + canvas.stringWidth("Please return the ", "Helvetica", 12)
    right = left + canvas.stringWidth("waybill", "Helvetica", 12)
    canvas.save()
    path = tmp_path / "letter.pdf"
    path.write_bytes(data.getvalue())
    with PageReader() as reader:
        page = reader.read_page(path, FileKind.PDF, 1)
    ((box,),) = boxes_for("waybill", page.text, page.boxes)
    assert box.x0 == pytest.approx(left / 420, abs=0.012) and box.x1 == pytest.approx(right / 420, abs=0.012)
    assert box.y0 < (595 - 520) / 595 < box.y1 + 0.01


def test_marks_carry_the_number_of_their_hit() -> None:
    text = "casting, castings"
    assert marked_parts(text, hits_in(text, "casting"), 7) == [("casting", 7), (", ", None), ("castings", 8)]
    assert marked_parts("nothing", [], 1) == [("nothing", None)]


PAGES = [(1, "castings and castings"), (2, "nothing"), (4, "castings"), (9, "two castings, three castings")]


def test_a_tour_goes_from_hit_to_hit_over_the_pages() -> None:
    tour = HitCounter().tour(PAGES, "castings")
    assert tour.total == 5
    assert [tour.page_of(hit) for hit in range(7)] == [None, 1, 1, 4, 9, 9, None]
    assert [tour.count_on(page) for page in (1, 2, 4, 9, 10)] == [2, 0, 1, 2, 0]
    assert [tour.before(page) for page in (1, 2, 4, 9, 10)] == [0, 2, 2, 3, 5]
    assert (tour.previous(1, 1), tour.following(1, 1), tour.following(9, 5)) == (None, 2, None)
    assert (tour.previous(2, None), tour.following(2, None)) == (2, 3)
    assert (tour.previous(10, None), tour.following(10, None)) == (5, None)


def test_each_call_looks_at_so_many_characters_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(viewing, "hits_in", lambda text, query: looked.append(text) or hits_in(text, query))
    pages = [(number, "castings " * 10) for number in range(1, 8)]
    counter = HitCounter(budget=200)
    first = counter.tour(pages, "castings")
    assert len(looked) == 3 and sum(map(len, looked)) < 200 + len(pages[0][1])
    assert (first.total, first.counted_to, first.is_whole) == (30, 3, False)
    assert first.reaches(3) and not first.reaches(4)
    assert first.following(4, None) is None and first.previous(4, None) == 30
    known = counter.known_tour(pages, "castings")
    assert known == first and len(looked) == 3, "what is known is told without counting"
    assert counter.tour(pages, "castings").total == 60
    whole = counter.tour(pages, "castings")
    assert whole.is_whole and whole == HitCounter().tour(pages, "castings")
    assert len(looked) == 7 + 7, "no page is looked at twice"
    counter.tour(pages, "castings")
    assert len(looked) == 7 + 7


def test_a_page_larger_than_the_budget_is_looked_at_all_the_same() -> None:
    counter = HitCounter(budget=5)
    assert [counter.tour(PAGES, "castings").total for _ in range(5)] == [2, 2, 3, 5, 5]


def test_no_hit_no_tour() -> None:
    tour = HitCounter().tour(PAGES, "absent")
    assert tour == Tour((), ()) and tour.total == 0
    assert tour.page_of(1) is tour.previous(3, None) is tour.following(3, None) is None


def test_what_was_counted_is_remembered_until_a_text_changes() -> None:
    counter = HitCounter(kept=2)
    assert counter.known_tour(PAGES, "castings") is None
    counter.tour(PAGES, "castings")
    known = counter.known_tour(PAGES, "castings")
    assert known is not None and known.total == 5
    corrected = [*PAGES[:-1], (9, "one casting")]
    assert counter.known_tour(corrected, "castings") is None
    assert counter.tour(corrected, "castings").total == 4
    counter.tour(PAGES, "nothing")
    assert counter.known_tour(PAGES, "castings") is None, "only the last two are kept"
