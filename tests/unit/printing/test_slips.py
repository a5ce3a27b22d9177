"""Loan slips and overdue letters: three languages, two papers, codes read again, nothing told that is not to be."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Invalid, NotFound, NotPermitted
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.lending.models import OutsideReader, RequestLine
from portal.printing import services
from portal.printing.letters import Letter, letters_pdf
from portal.printing.slips import Paper, Slip, SlipFile, slips_pdf
from tests.unit.lending_world import World, make_world
from tests.unit.printing.worlds import (
    codes_of,
    ink_of,
    pages_of,
    pages_toc,
    sizes_of,
    texts_of,
    translator,
    within,
)

LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])
NAMES = {
    "en": "The Very Long Northern Paper & Packaging <b>Machinery</b> Import and Export Company of Greater Manchester",
    "es": "Compañía Andina de Suministros Industriales y Construcciones Metálicas del Río de la Plata, S.A.",
    "zh": "上海浦江精密机械进出口有限公司长江三角洲一体化示范区国际贸易分公司",
}


@pytest.fixture
def world(session: Any, work_as: Any) -> World:
    return make_world(session, work_as)


def letters_of(world: World, by: Any, borrower_id: int | None = None) -> list[str]:
    """Print the overdue letters as somebody; the text of each page."""
    written = services.write_overdue_letters(world.work(by), borrower_id, translator=translator)
    services.record_letters(world.work(by), written)
    return texts_of(written.pdf())


def flat_lines(text: str) -> str:
    """With blanks for its line ends."""
    return " ".join(text.split())


def flat(text: str) -> str:
    """Without the line breaks of a narrow paper."""
    return re.sub(r"\s+", "", text)


def slip(language: str, files: int = 1, name: str | None = None) -> Slip:
    return Slip(
        title=translator(language)("Loan slip"),
        borrower="王小明 / Ana Fernández",
        department="采购部",
        due_label=translator(language)("Due on"),
        due="Thu, Nov 26, 2026",
        facts=((translator(language)("Reason"), "Talks next week. " * 20), ("Volumes", str(files))),
        files=[
            SlipFile(f"2026-{n:04d}", name or NAMES[language], f"Volume {n} of {files}", f"L{n:06d}-01")
            for n in range(1, files + 1)
        ],
        rule="Keep the file with you, copy nothing, pass it on to nobody, and bring it back by the due date.",
        signatures=(translator(language)("Signature of the borrower"), "Signature of the records clerk"),
        foot="Legajo · Cle Rk",
    )


@LANGUAGES
@pytest.mark.parametrize(("paper", "dots"), [(Paper.A5, 300), (Paper.ROLL, 203)])
@pytest.mark.parametrize("files", [1, 12])
def test_every_code_is_read_again_and_everything_is_on_the_paper(
    language: str, paper: Paper, dots: int, files: int
) -> None:
    pdf = slips_pdf([slip(language, files)], paper, title="Loan slip", language=language)
    pages, sizes = pages_of(pdf), sizes_of(pdf)
    codes = [code for page in pages for code in codes_of(page, dots)]
    assert sorted(text for _, text, _ in codes) == [f"L{n:06d}-01" for n in range(1, files + 1)]
    margin = 4 if paper == Paper.ROLL else 9
    for page, (width, height) in zip(pages, sizes, strict=True):
        assert width == pytest.approx(80 if paper == Paper.ROLL else 148, abs=0.6)
        assert paper == Paper.ROLL or height == pytest.approx(210, abs=0.6)
        paper_inside = (margin, margin, width - margin, height - margin)
        assert all(within(ink, paper_inside) for ink in ink_of(page))
        assert all(within(box, paper_inside) for _, _, box in codes_of(page, dots))
    text = flat("".join(texts_of(pdf)))
    wanted = slip(language, files)
    for said in (wanted.title, wanted.borrower, wanted.due, wanted.rule, wanted.facts[0][1], *wanted.signatures):
        assert flat(said) in text, said
    assert text.count(flat(NAMES[language])) == files


def test_the_roll_is_as_long_as_what_stands_on_it() -> None:
    short, long = (sizes_of(slips_pdf([slip("en", files)], Paper.ROLL, title="x", language="en")) for files in (1, 50))
    assert len(short) == len(long) == 1
    assert 80 < short[0][1] < 250
    assert long[0][1] > short[0][1] + 49 * 17
    both = sizes_of(slips_pdf([slip("en", 1), slip("en", 3)], Paper.ROLL, title="x", language="en"))
    assert len(both) == 2
    assert both[0][1] == pytest.approx(short[0][1], abs=0.1)
    assert both[1][1] > both[0][1] + 30


def test_the_lines_to_sign_on_stay_together_on_a_slip_of_many_sheets() -> None:
    for files in (3, 4, 5, 9):
        pages = texts_of(slips_pdf([slip("en", files)], Paper.A5, title="x", language="en"))
        signed = [n for n, text in enumerate(pages) if "Signature" in text]
        assert signed == [len(pages) - 1]
        assert pages[-1].count("Signature") == 2
        assert all("Legajo · Cle Rk" in text for text in pages)


def letter(language: str, rows: int) -> Letter:
    return Letter(
        language=language,
        day="Nov 22, 2026",
        name="王小明",
        department="Compras",
        subject=translator(language)("Files that should be back"),
        opening=("One.", "Two."),
        headings=("Dossier", "Volume", "Handed out", "Due on", translator(language)("Days late")),
        rows=[
            (f"2026-{n:04d} {NAMES[language]}", "Volume 1 of 12 (L000001-01)", "Nov 12, 2026", "Sun, Nov 15, 2026", "7")
            for n in range(rows)
        ],
        closing=("Three.",),
        signed=("Cle Rk", "Records department"),
        foot="Legajo",
    )


@LANGUAGES
@pytest.mark.parametrize("rows", [1, 40])
def test_a_letter_holds_all_its_files_between_its_margins(language: str, rows: int) -> None:
    pdf = letters_pdf([letter(language, rows)], title="Letters")
    text = flat("".join(texts_of(pdf)))
    assert text.count(flat(NAMES[language])) == rows
    assert flat(letter(language, 1).subject) in text
    assert (len(pages_of(pdf)) == 1) == (rows == 1)
    for page in pages_of(pdf):
        assert all(within(ink, (21, 12, 210 - 21, 297 - 12)) for ink in ink_of(page))


def test_one_slip_for_each_borrower_and_due_date(world: World, clock: Any) -> None:
    loans = [world.lend(world.dossier()), world.lend(world.dossier(volumes=2), by=world.colleague)]
    clock.advance(days=1)
    loans.append(world.lend(world.dossier()))
    world.reader.language, world.colleague.language = "es", "zh"
    pdf = services.print_slips(
        world.work(world.clerk), [loan.id for loan in loans], Paper.A5, language=None, translator=translator
    )
    texts = texts_of(pdf)
    assert len(texts) == 3
    assert sum("Rea Reader" in text for text in texts) == 2
    chinese = next(text for text in texts if "Col League" in text)
    assert "借出凭单" in chinese
    assert "卷册 1，共 2 册" in chinese
    assert "2026年3月5日周四" in flat(chinese)
    for day in ("jue, 5 mar 2026", "vie, 6 mar 2026"):
        assert sum(day in text for text in texts) == 1, day
    assert all("Talks next week" in text for text in texts)
    english = services.print_slips(
        world.work(world.clerk), [loans[1].id], Paper.ROLL, language="en", translator=translator
    )
    assert "Thu, Mar 5, 2026" in texts_of(english)[0]
    codes = codes_of(pages_of(english)[0], 203)
    assert [text for _, text, _ in codes] == [loans[1].volume.barcode]


def test_what_is_taken_along_on_one_day_is_on_one_slip(world: World) -> None:
    loans = [world.lend(world.dossier()), world.lend(world.dossier(), by=world.colleague), world.lend(world.dossier())]
    other = world.issue(world.approved(world.dossier(), reason="The audit"))[0]
    ids = [loan.id for loan in (*loans, other)]
    pdf = services.print_slips(world.work(world.clerk), ids, Paper.ROLL, language="en", translator=translator)
    texts = texts_of(pdf)
    assert len(texts) == 2
    (reader,) = [text for text in texts if "Rea Reader" in text]
    assert "Talks next week · The audit" in reader
    assert "Volumes: 3 · Sheets: 120" in reader


def test_the_slip_of_an_outside_reader_names_them_and_keeps_the_file_in_the_room(world: World) -> None:
    loan = world.lend(world.dossier())
    at_home = services.print_slips(world.work(world.clerk), [loan.id], Paper.A5, language="en", translator=translator)
    assert "bring it back to the records desk" in " ".join(texts_of(at_home)[0].split())
    visitor = OutsideReader(name="Dr. Elena Prado", organisation="Universidad de Sevilla", visit_on=date(2026, 3, 2))
    loan.line.request.outside, loan.in_reading_room = visitor, True
    world.session.flush()
    pdf = services.print_slips(world.work(world.clerk), [loan.id], Paper.ROLL, language="en", translator=translator)
    text = " ".join(texts_of(pdf)[0].split())
    assert "Dr. Elena Prado, Universidad de Sevilla" in text
    assert "Read it here in the reading room" in text
    assert "bring it back to the records desk" not in text
    assert "Rea Reader" in text


def test_who_may_print_which_slips(world: World) -> None:
    loan = world.lend(world.dossier(Level.CORE))
    ask = {"language": "en", "translator": translator}
    for person in (world.reader, world.head, world.general):
        with pytest.raises(NotPermitted):
            services.print_slips(world.work(person), [loan.id], Paper.A5, **ask)
    world.clerk.clearance = Level.IMPORTANT
    world.session.flush()
    for missing in ([loan.id], [loan.id, 10**6], []):
        with pytest.raises(NotFound):
            services.print_slips(world.work(world.clerk), missing, Paper.A5, **ask)
    services.print_slips(world.work(world.records), [loan.id, loan.id], Paper.A5, **ask)


def test_a_core_dossier_is_not_named_on_paper(world: World, clock: Any) -> None:
    dossier = world.dossier(Level.CORE)
    dossier.client.name, dossier.title = "Confidential Partner AG", "The merger"
    loan = world.lend(dossier)
    clock.advance(days=9)

    def printed() -> list[str]:
        work = world.work(world.records)
        slip_ = services.print_slips(work, [loan.id], Paper.A5, language="en", translator=translator)
        return ["".join(texts_of(slip_)), "".join(letters_of(world, world.records))]

    for text in printed():
        assert "Confidential" not in text
        assert "merger" not in text
        assert "Talks next week" not in flat(text), "a reason may name what it is about"
        assert dossier.number in text
    world.reader.clearance = Level.GENERAL
    world.session.flush()
    for text in printed():
        assert dossier.number not in text
        assert loan.volume.barcode in flat(text)


def test_a_reason_that_may_name_a_core_dossier_of_the_same_request_is_not_on_the_slip(world: World) -> None:
    loan = world.lend(world.dossier())
    line = loan.line

    def printed() -> str:
        work = world.work(world.clerk)
        pdf = services.print_slips(work, [loan.id], Paper.A5, language="en", translator=translator)
        return flat(texts_of(pdf)[0])

    assert flat("Talks next week") in printed()
    core = world.dossier(Level.CORE)
    world.session.add(
        RequestLine(request_id=line.request_id, dossier_id=core.id, reader_id=line.reader_id, kind=line.kind)
    )
    world.session.flush()
    assert flat("Talks next week") not in printed()


def test_letters_go_to_each_borrower_in_their_language_and_are_recorded(world: World, clock: Any) -> None:
    late = [world.lend(world.dossier()), world.lend(world.dossier()), world.lend(world.dossier(), by=world.colleague)]
    returned = world.lend(world.dossier())
    world.reader.language, world.colleague.language = "zh", "es"
    clock.advance(days=3)
    with pytest.raises(Invalid):
        letters_of(world, world.clerk)
    world.give_back(returned)
    clock.advance(days=2)
    in_time = world.issue(
        world.approved(
            world.dossier(),
            by=world.deputy,
        ),
        by=world.clerk,
    )[0]
    summary, *texts = letters_of(world, world.clerk)
    assert len(texts) == 2
    assert "Col League" in texts[0] and "Expedientes que ya debían" in texts[0]
    assert "Rea Reader" in texts[1] and "应归还的案卷" in texts[1]
    assert [loan.volume.dossier.number in texts[1] for loan in late] == [True, True, False]
    assert returned.volume.barcode not in "".join(texts)
    assert in_time.volume.barcode not in "".join(texts)
    assert "Col League 1" in flat_lines(summary)
    assert "Rea Reader 2" in flat_lines(summary)
    assert not any(loan.volume.dossier.number in summary for loan in late), (
        "it goes to people who need not know of each"
    )
    entries = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "letter:print")).all()
    assert {entry.subject: entry.details["loans"] for entry in entries} == {
        f"people:{world.reader.id}": [late[0].id, late[1].id],
        f"people:{world.colleague.id}": [late[2].id],
    }
    toc = pages_toc(services.write_overdue_letters(world.work(world.clerk), None, translator=translator).pdf())
    assert toc[1:] == [(1, "Sales"), (0, "Sales"), (1, "Col League"), (1, "Rea Reader")]  # First in the summary.
    only = letters_of(world, world.clerk, world.reader.id)
    assert len(only) == 1
    assert "Rea Reader" in only[0]
    with pytest.raises(NotPermitted):
        letters_of(world, world.general)
    assert date(2026, 3, 5) == late[0].due_on
