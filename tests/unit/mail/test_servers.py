"""Mail servers that are down, slow, strict or broken: no notice is lost, none sent twice."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

import portal.notices.post
from portal.application import create_app
from portal.notices.kinds import NoticeKind
from portal.notices.post import Post
from tests.mail_receiver import Receiver
from tests.unit.mail.mail_world import failures, person, tell, waiting


def test_without_a_server_the_inbox_alone_has_it(settings: Any, clock: Any) -> None:
    app = create_app(settings, clock=clock)
    parts = app.extensions["legajo"]
    tell(parts, person(parts))
    app.extensions["legajo_queues"].work_until_idle()
    assert waiting(parts) == failures(parts) == []
    parts.close()


def test_down_then_up(parts: Any, queues: Any, receiver: Receiver, clock: Any) -> None:
    """For a day nobody listens. Nothing is lost, nothing is sent twice, and no attempts run out."""
    for number in range(3):
        tell(parts, person(parts), NoticeKind.GRANT_ENDED, occasion=str(number))
    for _ in range(24):
        queues.work_until_idle()
        clock.advance(hours=1)
    assert [row.attempts for row in waiting(parts)] == [0, 0, 0]
    assert failures(parts) == []
    with receiver.listening():
        clock.advance(hours=1)
        queues.work_until_idle()
    assert len({mail["Message-ID"] for mail in receiver.mails}) == len(receiver.mails) == 3
    assert waiting(parts) == []


def test_a_server_that_failed_is_left_alone_for_a_while(
    parts: Any, queues: Any, receiver: Receiver, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty mails must not mean forty timeouts: everything else in the queue would wait for them."""
    asked: list[None] = []
    connect = Post._connect

    def counted(self: Post) -> Any:
        asked.append(None)
        return connect(self)

    monkeypatch.setattr(Post, "_connect", counted)
    for number in range(5):
        tell(parts, person(parts), occasion=str(number))
    queues.work_until_idle()
    assert len(asked) == 1
    with receiver.listening():
        clock.advance(minutes=2)
        queues.work_until_idle()
    assert len(receiver.mails) == 5


def test_it_is_given_up_at_last_and_the_trail_says_so(parts: Any, queues: Any, receiver: Receiver, clock: Any) -> None:
    reader = person(parts)
    tell(parts, reader, NoticeKind.GRANT_ENDED)
    queues.work_until_idle()
    clock.advance(days=3, hours=1)
    queues.work_until_idle()
    assert waiting(parts) == []
    assert failures(parts) == [{"person": reader, "answer": 0}]


def test_a_reminder_is_not_sent_when_its_day_is_long_past(
    parts: Any, queues: Any, receiver: Receiver, clock: Any
) -> None:
    tell(parts, person(parts))
    queues.work_until_idle()
    clock.advance(hours=25)
    queues.work_until_idle()
    assert waiting(parts) == []
    with receiver.listening():
        clock.advance(hours=2)
        queues.work_until_idle()
    assert receiver.mails == []


def test_a_refused_recipient_stops_nobody_else(parts: Any, queues: Any, receiver: Receiver) -> None:
    gone = person(parts, email="gone@company.example")
    tell(parts, gone)
    tell(parts, person(parts, email="here@company.example"))
    receiver.answers["gone@company.example"] = "550 no such person"
    with receiver.listening():
        queues.work_until_idle()
    assert [mail["To"].addresses[0].addr_spec for mail in receiver.mails] == ["here@company.example"]
    assert failures(parts) == [{"person": gone, "answer": 550}]
    assert waiting(parts) == []


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_not_now_is_not_never(parts: Any, queues: Any, receiver: Receiver, clock: Any, at: str) -> None:
    """Greylisting: one recipient has to wait, the others do not."""
    tell(parts, person(parts, email="grey@company.example"))
    if at == "rcpt":
        receiver.answers["grey@company.example"] = "450 come back later"
    else:
        receiver.to_data = "451 come back later"
    with receiver.listening():
        queues.work_until_idle()
        assert receiver.mails == failures(parts) == []
        receiver.answers.clear()
        receiver.to_data = "250 taken"
        tell(parts, person(parts), occasion="2")
        queues.work_until_idle()
        assert len(receiver.mails) == 1
        clock.advance(minutes=2)
        queues.work_until_idle()
    assert len(receiver.mails) == 2


def test_a_mail_the_server_does_not_want_is_refused_for_good(parts: Any, queues: Any, receiver: Receiver) -> None:
    reader = person(parts)
    tell(parts, reader)
    receiver.to_data = "554 looks like spam"
    with receiver.listening():
        queues.work_until_idle()
    assert failures(parts) == [{"person": reader, "answer": 554}]
    assert waiting(parts) == []


def test_a_hanging_server_holds_nobody_up_for_long(
    parts: Any, queues: Any, receiver: Receiver, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection and says nothing."""
    monkeypatch.setattr(portal.notices.post, "TIMEOUT_SECONDS", 0.2)
    tell(parts, person(parts))
    with socket.create_server(("127.0.0.1", receiver.port)):
        queues.work_until_idle()
    assert [row.attempts for row in waiting(parts)] == [0]
    assert "imed out" in (waiting(parts)[0].last_error or "")
    with receiver.listening():
        clock.advance(minutes=2)
        queues.work_until_idle()
    assert len(receiver.mails) == 1


def test_a_server_that_hangs_up_after_taking_the_mail_has_taken_it(parts: Any, queues: Any, receiver: Receiver) -> None:
    tell(parts, person(parts))

    def talk(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rwb") as line:
            for answer, until in (
                (b"220 here\r\n", b"ehlo"),
                (b"250 hello\r\n", b"mail"),
                (b"250 yes\r\n", b"rcpt"),
                (b"250 yes\r\n", b"data"),
                (b"354 go on\r\n", b".\r\n"),
            ):
                line.write(answer)
                line.flush()
                while not line.readline().lower().startswith(until):
                    pass
            line.write(b"250 taken\r\n")

    with socket.create_server(("127.0.0.1", receiver.port)) as server:
        speaker = threading.Thread(target=talk, args=(server,))
        speaker.start()
        queues.work_until_idle()
        speaker.join()
    assert waiting(parts) == failures(parts) == []
