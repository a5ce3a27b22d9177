"""Clients are told who follows: once each, in their language, on paper or by mail, and it is kept as correspondence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import func, select

from portal.access.models import Responsibility
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.application import OBLIGATIONS
from portal.core.errors import Invalid, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.documents.models import Direction, Document
from portal.handover.letters.texts import DEFAULTS, Text, language_of
from portal.handover.models import ClientLetter
from portal.handover.queries import handover_by_id
from portal.handover.services import hand_clients, open_handover
from portal.handover.services.letters import clients_to_tell, write_letters, write_text
from portal.handover.states import HandoverKind, LetterChannel
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible


class House:
    """Somebody who leaves three clients of three countries to a colleague; the records manager writes."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Records")
            leaver = make_person(session, sales, name="Lea Ver")
            heir = make_person(session, sales, name="Sue Cessor", clearance=Level.CORE)
            head = make_person(session, sales, head=True)
            manager = make_person(session, records, Role.RECORDS_MANAGER, head=True, clearance=Level.CORE)
            self.clients = {}
            for country, name in (("GB", "Amber Castings"), ("MX", "Fundición Azul"), ("CN", "恒达机械有限公司")):
                client = make_client(session, leaver, name, country=country, email=f"{country.lower()}@client.example")
                make_dossier(session, leaver, client)
                make_responsible(session, leaver, client)
                self.clients[country] = client.id
            self.leaver, self.heir, self.head, self.manager = leaver.id, heir.id, head.id, manager.id
        with self.as_(self.manager) as work:
            handover = open_handover(work, OBLIGATIONS, self.leaver, HandoverKind.LEAVING, date(2026, 3, 9))
            rows = work.session.scalars(select(Responsibility.id).where(Responsibility.person_id == self.leaver)).all()
            hand_clients(work, OBLIGATIONS, handover.id, rows, self.heir)
            self.handover = handover.id

    def as_(self, person_id: int) -> Any:
        with self.parts.looking() as work:
            actor = actor_of(work.session, work.session.get_one(Person, person_id))
        return self.parts.writing(actor)

    def write(self, channel: LetterChannel = LetterChannel.PRINT, by: int | None = None, **fields: Any) -> int:
        with self.as_(by or self.manager) as work:
            return write_letters(work, self.handover, channel, **fields)

    def letters(self) -> list[ClientLetter]:
        with self.parts.looking() as work:
            return list(work.session.scalars(select(ClientLetter).order_by(ClientLetter.id)))


@pytest.fixture
def house(parts: Any) -> House:
    return House(parts)


@pytest.mark.parametrize(
    ("country", "language"),
    [
        ("ES", "es"),
        ("MX", "es"),
        ("AR", "es"),
        ("CN", "zh"),
        ("TW", "zh"),
        ("GB", "en"),
        ("US", "en"),
        ("DE", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_that_of_the_clients_country(country: str, language: str) -> None:
    assert language_of(country) == language


def test_each_client_is_told_once_in_its_language(house: House) -> None:
    assert house.write() == 3
    assert house.write() == 0
    assert house.write(LetterChannel.MAIL, client_ids=[house.clients["GB"]]) == 0
    letters = house.letters()
    assert {row.language for row in letters} == {"en", "es", "zh"}
    for row in letters:
        assert "Sue Cessor" in row.body
        assert "Lea Ver" in row.body
        assert "{" not in row.subject + row.body


def test_the_letter_is_filed_as_correspondence_of_the_dossier_once(house: House, queues: Any) -> None:
    house.write()
    queues.work_until_idle()
    with house.parts.writing() as work:
        for row in house.letters():
            work.want("client_letter", str(row.id))
    queues.work_until_idle()
    with house.parts.looking() as work:
        assert work.session.scalar(select(func.count(Document.id))) == 3
        for row in house.letters():
            document = work.session.get_one(Document, row.document_id)
            assert (document.dossier_id, document.direction) == (row.dossier_id, Direction.OUTGOING)
            assert document.subject == row.subject
            content = house.parts.store.open(document.versions[0].content_key).read()
            page = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_bounded()
            client = {"en": "Amber Castings", "es": "Fundición Azul", "zh": "恒达机械有限公司"}[row.language]
            assert client in page.replace("\r\n", "")


def test_a_letter_by_mail_arrives_once_with_itself_as_a_file(house: House, queues: Any, receiver: Any) -> None:
    house.write(LetterChannel.MAIL)
    with receiver.listening():
        queues.work_until_idle()
        with house.parts.writing() as work:
            for row in house.letters():
                work.want("client_letter", str(row.id))
        queues.work_until_idle()
    mails = [mail for mail in receiver.mails if "@client.example" in mail["To"]]
    assert sorted(mail["To"] for mail in mails) == sorted(addresses(house))
    for mail in mails:
        attached = next(mail.iter_attachments())
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_content().startswith(b"%PDF")
        assert "Sue Cessor" in mail.get_body().get_content()
        assert "/handovers" not in mail.as_string()
    assert all(row.sent_at is not None for row in house.letters())


def addresses(house: House) -> list[str]:
    with house.parts.looking() as work:
        return [str(row.client.name) + f" <{row.client.email}>" for row in _to_tell(house, work)]


def _to_tell(house: House, work: Any) -> list[Any]:
    work.actor = actor_of(work.session, work.session.get_one(Person, house.manager))
    handover = handover_by_id(work.session, house.handover)
    assert handover is not None
    return clients_to_tell(work, handover)


def test_a_core_client_is_written_to_by_those_who_may_know_of_it_only(house: House) -> None:
    with house.parts.writing() as work:
        leaver = work.session.get_one(Person, house.leaver)
        leaver.clearance = Level.CORE
        hidden = make_client(work.session, leaver, "Hidden Works", country="GB")
        make_dossier(work.session, leaver, hidden, level=Level.CORE)
        row = make_responsible(work.session, leaver, hidden).id
        hidden_id = hidden.id
    with house.as_(house.manager) as work:
        hand_clients(work, OBLIGATIONS, house.handover, [row], house.heir)
    assert house.write(by=house.head) == 3
    assert hidden_id not in {letter.client_id for letter in house.letters()}
    assert house.write() == 1


def test_the_text_is_written_by_those_who_manage_handovers_and_counts_from_then_on(house: House) -> None:
    with house.as_(house.manager) as work:
        write_text(work, "en", Text("News for {client}", "{successor} follows {leaver}."), 0)
        with pytest.raises(StaleVersion):
            write_text(work, "en", Text("News", "Over the text that is no longer in force."), 0)
        with pytest.raises(Invalid):
            write_text(work, "en", Text("News", "{somebody} follows."), 1)
    with house.as_(house.head) as work, pytest.raises(NotPermitted):
        write_text(work, "en", Text("News", "Nothing."), 1)
    house.write()
    (letter,) = [row for row in house.letters() if row.language == "en"]
    assert (letter.subject, letter.body) == ("News for Amber Castings", "Sue Cessor follows Lea Ver.")


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_what_comes_with_the_portal_names_all_there_is_to_name(language: str) -> None:
    text = DEFAULTS[language]
    for place in ("client", "leaver", "successor", "department", "day"):
        assert f"{{{place}}}" in text.body
