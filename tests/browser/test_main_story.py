"""The main story, told in a real browser: find a fax, ask for it, sign, issue, late, back, counted.

Everybody works in a language of their own, so that the story also shows that each role's pages are translated.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from portal.core.permissions import Role
from portal.demonstration.archive import TOUR_FAX, demonstration_archive
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_dossier, make_person

pytestmark = [pytest.mark.browser, pytest.mark.story, pytest.mark.xdist_group("browser")]

SUBJECT = "Inspection of the second lot"


@pytest.fixture
def dossier(parts: Any) -> Any:
    """A general dossier of one volume in the information department, and the people of the story."""
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
        make_person(session, sales, login="ana", name="Ana Ruiz", language="es")
        make_person(session, sales, login="wei", name="魏建国", language="zh", head=True)
        clerk = make_person(session, records, Role.CLERK, login="tom", name="Tom Reed", language="en")
        make_person(session, make_department(session), Role.MANAGER, login="carmen", name="Carmen Vidal", language="es")
        row = make_dossier(session, clerk, make_client(session, clerk, "恒达机械有限公司"))
        work.want("index", f"dossier:{row.id}")
        return row.id, row.number, row.volumes[0].barcode


@pytest.fixture
def fax(tmp_path: Path) -> Any:
    """An image-only fax with a phrase that occurs nowhere else."""
    document = demonstration_archive(date(2026, 3, 2)).document(TOUR_FAX)
    assert document.image_only
    name, content = document.make_file()
    path = tmp_path / name
    path.write_bytes(content)
    return path, document.phrase


def wait_until(condition: Any, what: str, seconds: int = 180) -> None:
    """Ask again and again; the reading of a scan takes its time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for: {what}"
        time.sleep(1)


def open_request_of(head: Colleague, reader: str) -> None:
    """From the front page of the head to the request of this reader."""
    row = head.page.get_by_role("row").filter(has_text=reader).first
    with head.page.expect_navigation():
        row.get_by_role("link").first.click()


def test_a_fax_is_found_asked_for_lent_late_returned_and_counted(
    browser: Any, served: str, clock: Any, dossier: Any, fax: Any, shoot: Any, tmp_path: Path
) -> None:
    dossier_id, number, barcode = dossier
    path, phrase = fax
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))  # Monday, ten in the morning in Shanghai.

    # The clerk files the fax; its pages are read in the background.
    tom = Colleague(browser, served, "tom", "en")
    tom.open(f"/dossiers/{dossier_id}/documents/new")
    tom.page.get_by_label(tom.say("Files")).set_input_files(path)
    tom.page.get_by_label(tom.say("Kind")).select_option("fax")
    tom.fill("Date", "2026-02-20")
    tom.fill("Subject", SUBJECT)
    tom.set_off("File the documents")
    tom.page.get_by_role("link", name=tom.say("Show the document")).wait_for()

    # An employee of another department finds the phrase, and sees the register entry alone.
    ana = Colleague(browser, served, "ana", "es")

    def found() -> bool:
        ana.search(f'"{phrase}"')
        return ana.sees(number)

    wait_until(found, "the fax to be read and searchable")
    assert ana.sees("恒达机械有限公司")
    assert not ana.sees(SUBJECT)
    assert "castings" not in ana.page.locator("main").inner_text()
    shoot(ana.page, "1-found-es")
    assert ana.page.goto(f"{served}/documents/1").status == 404
    ana.search(f'"{phrase}"')

    ana.follow("Ask to borrow")
    ana.fill("What you are looking for", "El fax sobre las piezas")
    ana.fill("Purpose", "Reclamación")
    ana.fill("Reason", "El cliente pide una respuesta esta semana.")
    ana.press("Ask to borrow")
    assert ana.sees(ana.say("Waiting for the head"))
    shoot(ana.page, "2-asked-es")

    # Her head finds it on the front page and signs.
    wei = Colleague(browser, served, "wei", "zh")
    shoot(wei.page, "3-head-front-page-zh")
    open_request_of(wei, "Ana Ruiz")
    wei.press("Approve the request")
    assert wei.sees(wei.say("Approved, ready to fetch"))
    shoot(wei.page, "4-approved-zh")

    # The clerk hands out the volume for three days.
    tom.follow("Desk")
    assert tom.sees(barcode)
    shoot(tom.page, "5-desk-en")
    tom.page.get_by_role("button", name=tom.say.many("Issue %(num)s volume", 1)).click()
    tom.page.get_by_role("link", name=f"{tom.say('Take back')} {barcode}").wait_for()
    assert tom.sees("Mar 5, 2026")

    # On the due date in the office's zone it is not late, whatever the rest of the world's calendar says.
    clock.put(datetime(2026, 3, 5, 15, 59, tzinfo=UTC))
    tom.come_back()
    tom.follow("Desk")
    assert not tom.page.locator(".chip-overdue").count()

    # One minute later it is the sixth of March at the office.
    clock.put(datetime(2026, 3, 5, 16, 0, tzinfo=UTC))
    tom.open("/desk")
    assert tom.page.locator(".chip-overdue").count() == 1
    shoot(tom.page, "6-overdue-desk-en")
    ana.come_back()
    assert ana.page.locator(".chip-overdue").count() == 1
    shoot(ana.page, "7-overdue-borrower-es")
    carmen = Colleague(browser, served, "carmen", "es")
    assert carmen.sees("Ana Ruiz")
    assert carmen.page.locator(".chip-overdue").count() == 1

    # It comes back; the clerk scans the volume and counts the sheets.
    tom.fill("Scan or type a barcode", barcode)
    tom.page.keyboard.press("Enter")
    tom.fill("Sheets counted", "40")
    tom.set_off("Take back 1 volume")
    tom.page.locator(".desk-ok").wait_for()
    tom.open("/desk")
    assert tom.sees(tom.say("Every volume is in the house."))

    # The manager opens the PDF, whose text counts that loan.
    carmen.follow("Reports")
    carmen.follow("Statistics")
    shoot(carmen.page, "8-statistics-es")
    link = carmen.page.get_by_role("link", name="PDF Español").get_attribute("href")
    pdf = carmen.context.request.get(f"{served}{link}")
    assert pdf.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(pdf.body())
    text = " ".join("\n".join(page.get_textpage().get_text_bounded() for page in document).split())
    figures = {"Volumes issued": "1", "Volumes returned": "1", "Share returned late": "100", "Volumes overdue": "0"}
    for label, value in figures.items():
        assert f"{carmen.say(label)} {value}" in text, text

    for person in (tom, ana, wei, carmen):
        person.leave()


def test_a_reading_grant_opens_watermarked_pages_and_ends(
    browser: Any, served: str, clock: Any, dossier: Any, tmp_path: Path, shoot: Any
) -> None:
    from tests.web.documents_world import LETTER, pdf

    dossier_id, number, _barcode = dossier
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf(LETTER, LETTER))
    tom = Colleague(browser, served, "tom", "en")
    tom.open(f"/dossiers/{dossier_id}/documents/new")
    tom.page.get_by_label(tom.say("Files")).set_input_files(letter)
    tom.page.get_by_label(tom.say("Kind")).select_option("letter")
    tom.fill("Date", "2026-02-20")
    tom.set_off("File the documents")
    tom.page.get_by_role("link", name=tom.say("Show the document")).wait_for()

    ana = Colleague(browser, served, "ana", "es")

    def found() -> bool:
        ana.search("signed waybill")
        return ana.sees(number)

    wait_until(found, "the letter to be searchable")
    ana.follow("Ask to read")
    ana.fill("What you are looking for", "La carta")
    ana.fill("Purpose", "Consulta")
    ana.fill("Reason", "Preparar la visita.")
    ana.press("Ask to read")
    wei = Colleague(browser, served, "wei", "zh")
    open_request_of(wei, "Ana Ruiz")
    wei.press("Approve the request")

    ana.search("signed waybill")
    assert ana.page.locator("mark").count() >= 1
    shoot(ana.page, "9-hit-es")
    ana.page.locator(".hit a").first.click()
    image = ana.page.get_by_role("img").first
    image.wait_for()
    assert image.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 400
    shoot(ana.page, "10-page-es")
    page_address = ana.page.url

    clock.advance(days=8)
    ana.come_back()
    assert ana.page.goto(page_address).status == 404
    for person in (tom, ana, wei):
        person.leave()
