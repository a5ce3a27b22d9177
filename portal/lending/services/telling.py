"""Notices about requests: to those who are to sign, and to those who asked."""

from __future__ import annotations

from datetime import date
from functools import partial

from portal.core.unit_of_work import UnitOfWork
from portal.lending import queries
from portal.lending.models import RequestLine
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


def tell_signers(work: UnitOfWork, line: RequestLine) -> None:
    """Tell everyone whose signature the line waits for, once for each signature."""
    signers = queries.signers_of(work.session, line)
    for person in signers.people if signers else ():
        notify(
            work,
            person.id,
            NoticeKind.SIGNATURE_WANTED,
            f"{line.id}:{signers.stage if signers else ''}",
            dossier_id=line.dossier_id,
            line_id=line.id,
            about_id=line.reader_id,
        )


def tell_approved(work: UnitOfWork, line: RequestLine, until: date) -> None:
    """Tell that the pages are open until this date."""
    _tell(work, line, NoticeKind.REQUEST_APPROVED, until=until)


def tell_ready(work: UnitOfWork, line: RequestLine, until: date) -> None:
    """Tell that the paper may be fetched until this date."""
    _tell(work, line, NoticeKind.REQUEST_READY, until=until)


def tell_refused(work: UnitOfWork, line: RequestLine) -> None:
    """Tell that the acting person has refused."""
    _tell(work, line, NoticeKind.REQUEST_REFUSED, about_id=work.person.id)


def tell_expired(work: UnitOfWork, line: RequestLine) -> None:
    """Tell that nobody decided, or nobody fetched, in time."""
    _tell(work, line, NoticeKind.REQUEST_EXPIRED)


def _tell(
    work: UnitOfWork, line: RequestLine, kind: NoticeKind, *, about_id: int | None = None, until: date | None = None
) -> None:
    """Tell the reader, and whoever asked on their behalf."""
    tell = partial(notify, work, kind=kind, occasion=str(line.id), dossier_id=line.dossier_id, line_id=line.id)
    for person_id in sorted({line.reader_id, line.request.filed_by_id}):
        if until is None:
            tell(person_id, about_id=about_id)
        else:
            tell(person_id, until=until)
