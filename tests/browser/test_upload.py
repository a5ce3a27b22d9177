"""Filing by hand in a real browser: good and bad files at once, without a mouse, without scripts, out of date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.clients.models import Client
from portal.core.errors import StaleVersion
from portal.core.permissions import Role
from portal.documents.models import Document, DocumentVersion
from portal.documents.reading.formats import EmptyFile, NoPages, TooManyPixels, WrongType
from portal.documents.reading.limits import UploadLimits
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.documents_world import LETTER, pdf, png

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG_NAME = "客" * 300 + ".pdf"
KEPT_NAMES = ["good.pdf", "passwd.pdf", "客" * 83 + ".pdf"]
STALE_FORM = (
    "This form is too old or was opened in another log-in. Nothing was changed. Reload the page and send it again."
)

WATCH = """() => { window.bars = 0; new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(
    node => { if (node.querySelector && node.querySelector('progress[aria-label]')) window.bars += 1; }
  ))).observe(document.querySelector('.uploads'), {childList: true}); }"""


@dataclass(frozen=True)
class Place:
    """Where is filed, and for whom."""

    dossier: int
    client: int

    @property
    def form(self) -> str:
        """The page of the form."""
        return f"/dossiers/{self.dossier}/documents/new"


@pytest.fixture
def place(parts: Any, clock: Any) -> Place:
    """A dossier, a clerk for each language, and the employee who looks after its client."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        records = make_department(session, "Information Department")
        for language in ("es", "zh"):
            make_person(session, records, Role.CLERK, login=f"clerk-{language}", language=language)
        ana = make_person(session, make_department(session, "Sales"), login="ana", name="Ana Ruiz", language="es")
        client = make_client(session, ana, "恒达机械有限公司")
        make_responsible(session, ana, client)
        dossier = make_dossier(session, ana, client)
        work.want("index", f"dossier:{dossier.id}")
        return Place(dossier.id, client.id)


def file(name: str, content: bytes) -> dict[str, Any]:
    """A file as a person chooses it."""
    media_type = "image/png" if name.endswith(".png") else "application/pdf"
    return {"name": name, "mimeType": media_type, "buffer": content}


def choose(person: Colleague, *files: dict[str, Any]) -> None:
    """Choose files, and fill in what the form needs."""
    person.page.get_by_label(person.say("Files")).set_input_files(list(files))
    person.page.get_by_label(person.say("Kind")).select_option("letter")
    person.fill("Date", "2026-02-20")


def send_by_keyboard(person: Colleague) -> None:
    """Tab from the last field filled in to the main button, and press Enter."""
    wanted = person.say("File the documents")
    person.page.get_by_label(person.say("Date")).first.focus()
    for _ in range(15):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("document.activeElement.innerText") == wanted:
            person.page.keyboard.press("Enter")
            return
    pytest.fail("the main button cannot be reached with the Tab key")


def wait_until_sent(person: Colleague, count: int) -> None:
    """Each of so many files has its answer, and the button works again."""
    answered = ":is(.upload-filed, .upload-refused)"
    person.page.locator(f".uploads li:nth-child({count}):last-child{answered}").wait_for()
    person.page.locator("form[data-upload] button[type=submit]:not([disabled])").wait_for()
    assert person.page.locator("[data-done]").is_visible()


def kept(parts: Any) -> tuple[list[str], set[str]]:
    """The names filed, and the keys of their contents."""
    with parts.looking() as work:
        rows = work.session.scalars(select(DocumentVersion).order_by(DocumentVersion.id)).all()
        assert len(work.session.scalars(select(Document.id)).all()) == len(rows)
        return [row.file_name for row in rows], {row.content_key for row in rows}


@pytest.mark.parametrize("language", ["es", "zh"])
def test_good_and_bad_files_at_once(
    browser: Any, served: str, parts: Any, place: Place, shoot: Any, language: str
) -> None:
    clerk = Colleague(browser, served, f"clerk-{language}", language)
    clerk.open(place.form)
    assert clerk.page.locator(".uploads[aria-live=polite]").count() == 1
    clerk.page.evaluate(WATCH)
    choose(
        clerk,
        file("good.pdf", pdf(LETTER)),
        file("empty.pdf", b""),
        file("cut.pdf", pdf(LETTER)[:300]),
        file("note.pdf", b"Dear Sirs, please find attached."),
        file("huge.png", png(30_000, 30_000)),
        file("../../etc/passwd.pdf", pdf(LETTER, LETTER)),
        file(LONG_NAME, pdf(LETTER, LETTER, LETTER)),
    )
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 7)

    # Each file has its own line: filed, or refused in the clerk's own words.
    limit = UploadLimits().max_pixels // 1_000_000
    refusals = [
        clerk.say(EmptyFile.message_id, name="empty.pdf"),
        clerk.say(NoPages.message_id, name="cut.pdf"),
        clerk.say(WrongType.message_id, name="note.pdf"),
        clerk.say(TooManyPixels.message_id, name="huge.png", size=900, limit=limit),
    ]
    assert EmptyFile(name="empty.pdf").message.id % {"name": "empty.pdf"} not in refusals
    assert clerk.page.evaluate("window.bars") == 7
    assert clerk.page.locator(".upload-refused").all_inner_texts() == [*refusals]
    filed = clerk.page.locator(".upload-filed").all_inner_texts()
    assert len(filed) == 3
    assert all(clerk.say("Filed") in text for text in filed)
    shoot(clerk.page, f"upload-mixed-{language}")

    # Under clean names, and nothing of the others.
    names, keys = kept(parts)
    assert names == KEPT_NAMES
    assert set(parts.store.keys()) == keys
    assert len(keys) == 3
    # Half-written files only: one that is being read is lent as a copy of its own.
    assert list((parts.settings.files / "tmp").glob("put-*")) == []

    # The page goes on working: a mended file is sent from where the clerk is.
    choose(clerk, file("mended.pdf", pdf(LETTER * 2)))
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 1)
    assert clerk.page.locator(".upload-refused").count() == 0
    assert kept(parts)[0] == [*KEPT_NAMES, "mended.pdf"]
    clerk.follow("Go to the contents of the dossier")
    for subject in ("good", "passwd", "mended"):
        assert clerk.page.get_by_role("link", name=subject, exact=True).count() == 1
    shoot(clerk.page, f"upload-contents-{language}")
    clerk.leave()


def test_what_was_wrong_goes_when_it_is_sent_again(browser: Any, served: str, parts: Any, place: Place) -> None:
    clerk = Colleague(browser, served, "clerk-es", "es")
    clerk.open(place.form)
    clerk.page.get_by_label(clerk.say("Files")).set_input_files([file("good.pdf", pdf(LETTER))])
    clerk.press("File the documents")
    expect(clerk.page.get_by_role("alert")).to_contain_text(clerk.say("Please fill in this field."))
    expect(clerk.page.locator("[aria-invalid=true]")).to_have_count(3)
    choose(clerk, file("good.pdf", pdf(LETTER)))
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 1)
    assert kept(parts)[0] == ["good.pdf"]
    expect(clerk.page.get_by_role("alert")).to_have_count(0)
    expect(clerk.page.locator("[aria-invalid], [aria-describedby*=error], .is-invalid, .field-wrong")).to_have_count(0)
    expect(clerk.page.locator(".error")).to_have_count(0)
    expect(clerk.page.get_by_label(clerk.say("Files"))).to_have_accessible_description(re.compile("PDF"))
    clerk.leave()


def test_a_wrong_field_is_told_in_place_and_nothing_has_to_be_chosen_again(
    browser: Any, served: str, parts: Any, place: Place, shoot: Any
) -> None:
    clerk = Colleague(browser, served, "clerk-es", "es")
    clerk.open(place.form)
    choose(clerk, file("good.pdf", pdf(LETTER)), file("second.pdf", pdf(LETTER, LETTER)))
    clerk.fill("Date", "2126-02-20")
    clerk.fill("Correspondent", "Banco del Sur")
    send_by_keyboard(clerk)
    dated = clerk.page.get_by_label(clerk.say("Date"))
    expect(dated).to_be_focused()
    future = clerk.say("The date of a document cannot lie in the future.")
    expect(clerk.page.get_by_role("alert")).to_contain_text(future)
    expect(clerk.page.locator(".upload-refused")).to_have_text(re.compile(re.escape(future)))
    expect(clerk.page.locator(".uploads li")).to_have_count(1)
    expect(clerk.page.locator(".field-wrong")).to_have_count(1)
    expect(clerk.page.get_by_label(clerk.say("Correspondent"))).to_have_value("Banco del Sur")
    shoot(clerk.page, "upload-wrong-field-es")
    assert kept(parts) == ([], set())
    clerk.fill("Date", "2026-02-20")
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 2)
    assert kept(parts)[0] == ["good.pdf", "second.pdf"]
    expect(clerk.page.get_by_role("alert")).to_have_count(0)
    clerk.leave()


def test_after_logging_out_elsewhere_nothing_is_said_to_be_filed(
    browser: Any, served: str, parts: Any, place: Place
) -> None:
    clerk = Colleague(browser, served, "clerk-es", "es")
    clerk.open(place.form)
    choose(clerk, file("good.pdf", pdf(LETTER)))
    clerk.context.clear_cookies()
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 1)
    expect(clerk.page.locator(".upload-filed")).to_have_count(0)
    expect(clerk.page.locator(".upload-refused")).to_have_count(1)
    assert kept(parts) == ([], set())
    clerk.leave()


def test_filing_without_scripts(browser: Any, served: str, parts: Any, place: Place, shoot: Any) -> None:
    clerk = Colleague(browser, served, "clerk-es", "es")
    plain = browser.new_context(locale="es-ES", java_script_enabled=False, storage_state=clerk.context.storage_state())
    clerk.page = plain.new_page()
    clerk.open(place.form)
    choose(clerk, file("good.pdf", pdf(LETTER)), file("empty.pdf", b""))
    clerk.press("File the documents")
    assert clerk.sees(clerk.say(EmptyFile.message_id, name="empty.pdf"))
    assert clerk.sees(clerk.say("These are filed and will be read now:"))
    shoot(clerk.page, "upload-plain-mixed-es")
    assert kept(parts)[0] == ["good.pdf"]

    choose(clerk, file("second.pdf", pdf(LETTER, LETTER)))
    clerk.press("File the documents")
    assert clerk.page.url == f"{served}/dossiers/{place.dossier}"
    said = clerk.say("“%(subject)s” is filed and will be read now.", subject="second")
    assert said in clerk.page.inner_text("body")
    assert kept(parts)[0] == ["good.pdf", "second.pdf"]
    plain.close()
    clerk.leave()


def test_a_form_saved_over_a_newer_version(browser: Any, served: str, parts: Any, place: Place, shoot: Any) -> None:
    def stored() -> str:
        with parts.looking() as work:
            return work.session.get_one(Client, place.client).address

    clerk = Colleague(browser, served, "clerk-zh", "zh")
    clerk.open(f"/clients/{place.client}/edit")
    clerk.fill("Address", "人民路一号")
    ana = Colleague(browser, served, "ana", "es")
    ana.open(f"/clients/{place.client}/edit")
    ana.fill("Address", "Nanjing Road 200")
    ana.press("Save the client")
    assert ana.say("The client is saved.") in ana.page.inner_text("body")

    clerk.press("Save the client")
    alert = clerk.page.get_by_role("alert").inner_text()
    assert clerk.say(StaleVersion.message_id) in alert
    assert clerk.say(StaleVersion.message_id) != StaleVersion.message_id
    assert "人民路一号" in alert
    assert clerk.page.get_by_label(clerk.say("Address")).first.input_value() == "Nanjing Road 200"
    shoot(clerk.page, "stale-version-zh")
    assert stored() == "Nanjing Road 200"

    # Seen and entered again, it is saved.
    clerk.fill("Address", "人民路一号")
    clerk.press("Save the client")
    assert clerk.say("The client is saved.") in clerk.page.inner_text("body")
    assert stored() == "人民路一号"
    for person in (clerk, ana):
        person.leave()


def test_a_form_of_an_earlier_log_in(browser: Any, served: str, parts: Any, place: Place, shoot: Any) -> None:
    ana = Colleague(browser, served, "ana", "es")
    ana.open(f"/clients/{place.client}/edit")
    ana.fill("Address", "Nanjing Road 200")
    first, ana.page = ana.page, ana.context.new_page()
    ana.come_back()
    ana.page = first
    ana.press("Save the client")
    assert ana.sees(ana.say(STALE_FORM))
    assert ana.say(STALE_FORM) != STALE_FORM
    shoot(ana.page, "stale-form-es")
    with parts.looking() as work:
        assert work.session.get_one(Client, place.client).address == ""
    ana.leave()


def test_the_upload_form_of_an_earlier_log_in(browser: Any, served: str, parts: Any, place: Place, shoot: Any) -> None:
    """The script sends the files by itself: the clerk is told that they were not filed, and may send them again."""
    clerk = Colleague(browser, served, "clerk-es", "es")
    clerk.open(place.form)
    first, clerk.page = clerk.page, clerk.context.new_page()
    clerk.come_back()
    clerk.page = first
    choose(clerk, file("good.pdf", pdf(LETTER)))
    send_by_keyboard(clerk)
    wait_until_sent(clerk, 1)
    shoot(clerk.page, "upload-stale-form-es")
    assert clerk.page.locator(".upload-refused").count() == 1
    assert kept(parts) == ([], set())
    assert list(parts.store.keys()) == []
    clerk.leave()
