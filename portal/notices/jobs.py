"""Sending notices by mail, after the commit that made them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.accounts.queries import actor_of
from portal.core.messages import Message
from portal.core.permissions import Level
from portal.notices.kinds import CORE_OCCASION, REMINDERS
from portal.notices.letters import Addressee, Content, letter
from portal.notices.models import Notice
from portal.notices.post import NotNow, Post, Refused, ServerTrouble
from portal.notices.queries import KnownNumbers, was_overtaken
from portal.notices.services import MAIL
from portal.notices.wording import sentence_of, title_of
from portal.parts import Parts
from portal.queue import Job, TryLater, WorkQueues

log = logging.getLogger(__name__)

KEPT_TRYING = timedelta(days=3)
"""How long a mail is tried while the server does not take it; the inbox has the notice all the time."""
REMINDER_GOOD_FOR = timedelta(days=1)
"""A reminder is tried no longer than this: the file may be back, and the next day has its own."""
LONGEST_PAUSE = timedelta(hours=1)


def register_work(queues: WorkQueues, parts: Parts, numbers: KnownNumbers) -> None:
    """Tell the queues who sends mail. Without a mail server in the settings the work is done by doing nothing:
    a server that is set up later does not get the news of last year."""
    post = Post(parts.settings.mail, parts.clock.now) if parts.settings.mail else None

    def send(job: Job) -> None:
        if post is not None:
            send_notice(job, post, numbers)

    queues.register(MAIL, send, lease=timedelta(minutes=2))


@dataclass(frozen=True)
class _Mail:
    """What is to be sent, read in one look at the database."""

    to: Addressee
    content: Content
    tried_until: timedelta


def send_notice(job: Job, post: Post, numbers: KnownNumbers) -> None:
    """Send one notice, if there is still reason to.

    Rights are asked for at this moment: a dossier the person may no longer know of is not named, and what has
    nothing to say without it is not sent. Trouble with the server is no failure: the mail is tried again.
    """
    with job.parts.looking() as work:
        notice = work.session.get(Notice, int(job.key))
        mail = _to_send(work.session, notice, numbers) if notice is not None else None
        age = work.now - notice.created_at if notice is not None else timedelta(0)
    if mail is None:
        return
    try:
        post.send(letter(post.settings, job.parts.settings.url, mail.to, mail.content), mail.to.email)
    except (ServerTrouble, NotNow) as error:
        if age < mail.tried_until:
            raise TryLater(min(max(age, timedelta(minutes=1)), LONGEST_PAUSE), str(error)) from error
        _note_failure(job, mail, 0, str(error))
    except (Refused, ValueError) as error:
        _note_failure(job, mail, error.code if isinstance(error, Refused) else 0, str(error))


def _to_send(session: Session, notice: Notice, numbers: KnownNumbers) -> _Mail | None:
    person = notice.person
    if person.departed_at is not None or person.locked_out or not person.email:
        return None
    if notice.read_at is not None or was_overtaken(session, notice):
        return None
    if notice.occasion.startswith(CORE_OCCASION) and person.clearance != Level.CORE:
        return None
    ids = [notice.dossier_id] if notice.dossier_id is not None else []
    number = numbers(session, actor_of(session, person), ids).get(notice.dossier_id or 0)
    sentence: Message | None = sentence_of(notice, number)
    if sentence is None:
        return None
    return _Mail(
        Addressee(person.name, person.email, person.language),
        Content(notice.id, notice.created_at, title_of(notice), sentence),
        REMINDER_GOOD_FOR if notice.kind in REMINDERS else KEPT_TRYING,
    )


def _note_failure(job: Job, mail: _Mail, code: int, reason: str) -> None:
    """The trail says whose mail did not arrive, so that somebody mends the address."""
    log.warning("notice %s was not taken by the mail server (%s): %s", job.key, code, reason)
    with job.finishing() as work:
        notice = work.session.get_one(Notice, int(job.key))
        work.record(
            "notice:not_mailed",
            f"notices:{notice.id}",
            details={"person": notice.person_id, "answer": code},
        )
