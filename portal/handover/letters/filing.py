"""After a letter is written: its PDF goes into the dossier's correspondence, and, by mail, to the client."""

from __future__ import annotations

import io
import logging
from datetime import timedelta

from portal.accounts.models import Person
from portal.clients.models import Client
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Direction, DocumentKind
from portal.documents.services import DocumentFacts, KeptFile, file_document
from portal.handover.models import ClientLetter
from portal.handover.papers.client_letter import Letter, letters_pdf
from portal.handover.services.letters import CLIENT_LETTER
from portal.handover.states import LetterChannel
from portal.notices.letters import Addressee, OwnWords, plain_letter
from portal.notices.post import NotNow, Post, Refused, ServerTrouble
from portal.parts import Parts
from portal.printing.paper import day_text
from portal.queue import Job, TryLater, WorkQueues

log = logging.getLogger(__name__)

KEPT_TRYING = timedelta(days=3)
"""How long a mail is tried while the server does not take it."""


def register_work(queues: WorkQueues, parts: Parts) -> None:
    """Tell the queues who files letters and sends them."""
    post = Post(parts.settings.mail, parts.clock.now) if parts.settings.mail else None
    queues.register(CLIENT_LETTER, lambda job: finish_letter(job, post), lease=timedelta(minutes=2))


def finish_letter(job: Job, post: Post | None) -> None:
    """File one letter, if that has not been done; then send it, if it goes by mail and has not been sent.

    Each is a commit of its own, so that whatever is interrupted goes on where it stopped. A mail that was taken just
    before a crash is sent again with the same identity: mail programs show it once.
    """
    with job.parts.looking() as work:
        row = work.session.get_one(ClientLetter, int(job.key))
        pdf = letters_pdf([as_letter(work, row, work.session.get_one(Client, row.client_id))])
        filed = row.document_id is not None
        to_send = row.channel == LetterChannel.MAIL and not (row.sent_at or row.refused)
        words = OwnWords(f"letter-{row.id}", row.written_at, row.subject, row.body, f"letter-{row.id}.pdf", pdf)
        to = Addressee(row.client.name, row.email, row.language)
    if not filed:
        kept = job.parts.store.put(io.BytesIO(pdf))
        with job.writing() as work:
            _file(work, int(job.key), KeptFile(kept.key, words.file_name, "pdf", kept.size))
    if to_send and post is not None:
        _send(job, post, to, words)


def _file(work: UnitOfWork, letter_id: int, kept: KeptFile) -> None:
    row = work.session.get_one(ClientLetter, letter_id, with_for_update=True, populate_existing=True)
    if row.document_id is not None:  # Another worker was faster.
        return
    facts = DocumentFacts(
        kind=DocumentKind.LETTER.value,
        direction=Direction.OUTGOING.value,
        dated=row.written_at.astimezone(work.zone).date(),
        subject=row.subject[:300],
        correspondent=row.client.name[:200],
    )
    document = file_document(work, row.dossier_id, facts, kept, again=True, filed_by_id=row.written_by_id)
    row.document_id = document.id


def _send(job: Job, post: Post, to: Addressee, words: OwnWords) -> None:
    refused = ""
    try:
        post.send(plain_letter(post.settings, job.parts.settings.url, to, words), to.email)
    except (ServerTrouble, NotNow) as error:
        age = job.parts.clock.now() - words.written_at
        if age < KEPT_TRYING:
            raise TryLater(min(max(age, timedelta(minutes=1)), timedelta(hours=1)), str(error)) from error
        refused = str(error)
    except (Refused, ValueError) as error:
        refused = str(error)
    with job.finishing() as work:
        row = work.session.get_one(ClientLetter, int(job.key))
        if refused:
            log.warning("letter %s was not taken by the mail server: %s", job.key, refused)
            row.refused = refused[:200]
        else:
            row.sent_at = work.now
        work.record(
            "letter:not_mailed" if refused else "letter:mail",
            f"client_letters:{row.id}",
            dossier_id=row.dossier_id,
            details={"client": row.client_id},
        )


def as_letter(work: UnitOfWork, row: ClientLetter, client: Client) -> Letter:
    """A written letter as it is printed: with the client's address in the window."""
    lines = [client.name, *client.address.splitlines(), client.postcode]
    by = work.session.get_one(Person, row.written_by_id)
    return Letter(
        language=row.language,
        day=day_text(row.written_at.astimezone(work.zone).date(), row.language),
        address=[line.strip() for line in lines if line.strip()],
        subject=row.subject,
        body=row.body,
        foot=by.department.name,
    )
