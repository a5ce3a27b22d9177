"""What is mailed: to whom, in which words, and what must never be in it."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.application import create_app
from portal.config import MailSettings, load_settings
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level
from portal.lending.reminding import remind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.notices.services import MAIL, mark_read
from tests.factories import actor
from tests.mail_receiver import Receiver
from tests.unit.lending_world import make_world
from tests.unit.mail.mail_world import DUE, URL, dossier, failures, person, tell, waiting, words


def test_a_notice_arrives_with_a_link_and_the_number_alone(parts: Any, queues: Any, receiver: Receiver) -> None:
    reader = person(parts, name="Rea Reader", email="rea@company.example")
    notice = tell(parts, reader, dossier_id=dossier(parts, number="2026-0077"))
    with receiver.listening():
        queues.work_until_idle()
    (mail,) = receiver.mails
    assert (mail["To"], mail["From"]) == (
        "Rea Reader <rea@company.example>",
        "Legajo · 档案 <legajo@company.example>",
    )
    assert receiver.envelopes[0].rcpt_tos == ["rea@company.example"]
    assert receiver.envelopes[0].mail_from == "legajo@company.example"
    assert mail["Subject"] == "A file is due back soon"
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        assert "Volume V-1 of dossier 2026-0077 is due back on Thu, Mar 5, 2026." in words(mail, kind)
        assert f"{URL}/inbox/{notice}" in words(mail, kind)
        assert "Client" not in words(mail, kind)
    assert waiting(parts) == []
    queues.work_until_idle()
    assert len(receiver.mails) == 1


@pytest.mark.parametrize(("language", "day"), [("es", "jue, 5 mar 2026"), ("zh", "2026年3月5日周四")])
def test_it_is_in_the_readers_language(parts: Any, queues: Any, receiver: Receiver, language: str, day: str) -> None:
    tell(parts, person(parts, language=language))
    with receiver.listening():
        queues.work_until_idle()
    assert day in words(receiver.mails[0])
    assert f'<html lang="{language}">' in words(receiver.mails[0], "html")


def test_a_core_dossier_is_not_named_to_somebody_without_clearance(parts: Any, queues: Any, receiver: Receiver) -> None:
    """Taken away after the notice was written: what counts is the moment of sending."""
    cleared = person(parts, clearance=Level.CORE)
    uncleared = person(parts, clearance=Level.CORE)
    secret = dossier(parts, Level.CORE, number="K2026-0001")
    for to in (cleared, uncleared):
        tell(parts, to, dossier_id=secret)
        tell(parts, to, NoticeKind.GRANT_ENDED, dossier_id=secret)
    with parts.writing() as work:
        work.session.get(Person, uncleared).clearance = Level.IMPORTANT
    with receiver.listening():
        queues.work_until_idle()
    told = {name: [words(mail) for mail in receiver.mails if name in mail["To"]] for name in addresses(parts)}
    assert sorted("K2026-0001" in text for text in told[address(parts, cleared)]) == [True, True]
    (text,) = told[address(parts, uncleared)]
    assert "K2026-0001" not in text
    assert "Volume V-1, which you hold" in text
    assert not any(b"K2026" in row.content for row in receiver.envelopes if address(parts, uncleared) in row.rcpt_tos)


def addresses(parts: Any) -> list[str]:
    with parts.looking() as work:
        return list(work.session.scalars(select(Person.email)))


def address(parts: Any, person_id: int) -> str:
    with parts.looking() as work:
        return work.session.get(Person, person_id).email


@pytest.mark.parametrize("why", ["left", "no address", "read"])
def test_what_needs_no_mail_gets_none(parts: Any, queues: Any, receiver: Receiver, clock: Any, why: str) -> None:
    reader = person(parts)
    notice = tell(parts, reader)
    with parts.writing() as work:
        row, told = work.session.get(Person, reader), work.session.get(Notice, notice)
        if why == "left":
            row.departed_at = clock.now()
        elif why == "no address":
            row.email = ""
        elif why == "read":
            told.read_at = clock.now()
    with receiver.listening():
        queues.work_until_idle()
    assert receiver.mails == []
    assert waiting(parts) == failures(parts) == []


def test_of_the_stages_of_a_loan_the_latest_is_mailed(parts: Any, queues: Any, receiver: Receiver, clock: Any) -> None:
    """The server was down over midnight: "due today" is not sent together with "one day late"."""
    with parts.writing() as work:

        def work_as(who: Any) -> Any:
            work.actor = who
            return work

        world = make_world(work.session, work_as)
        assert world.lend(world.dossier()).due_on == DUE
        for told in work.session.scalars(select(Notice)):
            told.read_at = work.now
    for moment in (datetime(2026, 3, 5, 15, tzinfo=UTC), datetime(2026, 3, 5, 17, tzinfo=UTC)):
        clock.put(moment)  # An hour before midnight in Shanghai, and an hour after.
        with parts.writing() as work:
            assert remind(work).borrowers == 1
            work.wanted_kinds.clear()
    with receiver.listening():
        queues.work_until_idle()
    told_reader = [mail["Subject"] for mail in receiver.mails if "Rea Reader" in mail["To"]]
    assert told_reader == ["A file is overdue"]
    assert waiting(parts) == failures(parts) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rea\r\nBcc: everybody@company.example", "Rea Bcc: everybody@company.example"),
        ("Zoë Núñez 张伟", "Zoë Núñez 张伟"),
        ('Rea "the" Reader, <x@y>', 'Rea "the" Reader, <x@y>'),
        ("Rea\u2028Bcc: x", "Rea Bcc: x"),
    ],
)
def test_a_name_is_a_name_and_never_a_header(
    parts: Any, queues: Any, receiver: Receiver, name: str, shown: str
) -> None:
    tell(parts, person(parts, name=name, email="rea@company.example"))
    with receiver.listening():
        queues.work_until_idle()
    (mail,) = receiver.mails
    (to,) = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == (shown, "rea@company.example")
    assert mail["Bcc"] is None
    assert receiver.envelopes[0].rcpt_tos == ["rea@company.example"]
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_what_stands_in_a_name_is_text_in_the_html_too(parts: Any, queues: Any, receiver: Receiver) -> None:
    tell(parts, person(parts, name="<script>alert(1)</script>"))
    with receiver.listening():
        queues.work_until_idle()
    assert "<script>" not in words(receiver.mails[0], "html")


@pytest.mark.parametrize(
    "email", ["nobody", "a@b\r\nBcc: x@y.example", "a b@company.example", "张@company.example", "@"]
)
def test_what_is_no_address_is_noted_and_goes_nowhere(parts: Any, queues: Any, receiver: Receiver, email: str) -> None:
    """Such a row cannot come through the forms; one in letters this server cannot take can."""
    reader = person(parts, email=email)
    tell(parts, reader)
    tell(parts, person(parts), occasion="2")
    with receiver.listening(enable_SMTPUTF8=False):
        queues.work_until_idle()
    assert len(receiver.mails) == 1
    assert [row["person"] for row in failures(parts)] == [reader]


def test_sent_twice_it_is_the_same_mail(parts: Any, queues: Any, receiver: Receiver) -> None:
    """A crash after the server took it, before the commit: mail programs show one of two with the same Message-ID."""
    tell(parts, person(parts))
    with receiver.listening():
        queues.work_until_idle()
        with parts.writing() as work:
            work.session.scalars(select(OutboxRow).where(OutboxRow.kind == MAIL)).one().done = 0
        queues.work_until_idle()
    first, second = receiver.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_the_password_goes_through_a_connection_made_secure(
    settings: Any, clock: Any, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    mail = MailSettings("localhost", receiver.port, "starttls", "legajo", "a long password", "", "l@company.example")
    trusted = {}
    for trust in (False, True):
        if trust:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        app = create_app(replace(settings, mail=mail, url=URL), clock=clock)
        parts = app.extensions["legajo"]
        if not trust:
            tell(parts, person(parts))
        clock.advance(minutes=5)
        with receiver.listening_with_tls(context):
            app.extensions["legajo_queues"].work_until_idle()
        trusted[trust] = len(receiver.mails)
        parts.close()
    assert trusted == {False: 0, True: 1}  # To a server nobody vouches for nothing is said.
    assert receiver.logins == [(b"legajo", b"a long password")]


def test_a_wrong_password_loses_no_mail(
    settings: Any, clock: Any, receiver: Receiver, mail_settings: MailSettings
) -> None:
    app = create_app(
        replace(settings, mail=replace(mail_settings, user="legajo", password="wrong"), url=URL), clock=clock
    )
    parts = app.extensions["legajo"]
    tell(parts, person(parts))
    with receiver.listening(authenticator=receiver.check, auth_require_tls=False):
        app.extensions["legajo_queues"].work_until_idle()
    assert [row.attempts for row in waiting(parts)] == [0]
    assert receiver.mails == failures(parts) == []
    parts.close()


def test_the_settings_in_the_environment_are_those_of_the_server(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_SMTP_HOST": "mail.company.example",
            "PORTAL_SMTP_USER": "legajo",
            "PORTAL_SMTP_PASSWORD": "secret",
            "PORTAL_MAIL_FROM": "Legajo <legajo@company.example>",
            "PORTAL_URL": f"{URL}/",
        }
    )
    assert settings.mail == MailSettings(
        "mail.company.example", 587, "starttls", "legajo", "secret", "Legajo", "legajo@company.example"
    )
    assert settings.url == URL
    assert "secret" not in repr(settings.mail)


def test_mark_read_before_the_mail_goes_is_enough(parts: Any, queues: Any, receiver: Receiver, clock: Any) -> None:
    """The server is down; meanwhile the person reads the notice in the portal."""
    reader = person(parts)
    notice = tell(parts, reader)
    queues.work_until_idle()
    with parts.writing() as work:
        work.actor = actor(work.session, work.session.get(Person, reader))
        mark_read(work, notice)
    with receiver.listening():
        clock.advance(hours=1)
        queues.work_until_idle()
    assert receiver.mails == []
    assert waiting(parts) == []
