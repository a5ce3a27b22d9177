"""Notices about requests: to those who are to sign, and to those who asked."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.lending import queries
from portal.lending.models import RequestLine
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


def tell_signers(work: UnitOfWork, line: RequestLine) -> None:
    """Tell everyone whose signature the line waits for, once for each signature."""
    signers = queries.signers_of(work.session, line)
    for person in signers.people if signers else ():
        occasion = f"{line.id}:{signers.stage if signers else ''}"
        _tell_of(line, work, person.id, NoticeKind.SIGNATURE_WANTED, occasion, about_id=line.reader_id)


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


def tell_kept(work: UnitOfWork, line: RequestLine, volume: Volume, until: date) -> None:
    """Tell that the volume is kept for them until this date: each time, it may have been withdrawn on the same day."""
    occasion = f"{line.id}:{volume.id}:{work.now.isoformat()}"
    _tell_of(line, work, line.reader_id, NoticeKind.HOLD_READY, occasion, volume=volume.barcode, until=until)


def tell_withdrawn(work: UnitOfWork, line: RequestLine, volume: Volume) -> None:
    """Tell that the volume, which was reserved for them, is away for now."""
    occasion = f"{line.id}:{volume.id}:{work.now.isoformat()}"
    _tell_of(line, work, line.reader_id, NoticeKind.HOLD_WITHDRAWN, occasion, volume=volume.barcode)


def _tell(
    work: UnitOfWork, line: RequestLine, kind: NoticeKind, *, about_id: int | None = None, until: date | None = None
) -> None:
    """Tell the reader, and whoever asked on their behalf."""
    tell = partial(_tell_of, line, work, kind=kind, occasion=str(line.id))
    for person_id in sorted({line.reader_id, line.request.filed_by_id}):
        if until is None:
            tell(person_id, about_id=about_id)
        else:
            tell(person_id, until=until)


def _tell_of(
    line: RequestLine, work: UnitOfWork, person_id: int, kind: NoticeKind, occasion: str, **values: Any
) -> None:
    """Tell one person something about a request."""
    notify(work, person_id, kind, occasion, dossier_id=line.dossier_id, line_id=line.id, **values)
