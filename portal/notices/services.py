"""Telling people something: a row of their inbox and, in the same transaction, the work of sending it by mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts.models import Person
from portal.core import outbox
from portal.core.errors import NotFound
from portal.core.messages import stored_params
from portal.core.tables import UtcDateTime
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import WORDINGS, NoticeKind
from portal.notices.models import Notice

MAIL = "mail"
"""Outbox kind: send a notice by mail. The key is the notice's id."""


def notify(
    work: UnitOfWork,
    person_id: int,
    kind: NoticeKind,
    occasion: str,
    *,
    dossier_id: int | None = None,
    loan_id: int | None = None,
    line_id: int | None = None,
    about_id: int | None = None,
    **params: str | int | date,
) -> bool:
    """Tell a person something once: inbox and, where mail is set up and they have an address, mail.

    `occasion` makes it once: the same person, kind and occasion is told nothing again, however often and from
    wherever it is asked for (False then). For what happens to a request the request line's id will do
    (`str(line.id)`, with the stage where there are several); for a loan its id and due date. `dossier_id`: the
    dossier it is about; its number is put into the sentence when the notice is shown or mailed, if the person may
    know of it at that moment. `loan_id`, `line_id`: where the notice leads. `about_id`: the person in
    `%(person)s`. `params` are exactly the other placeholders of the kind's sentence (`portal.notices.kinds`);
    ValueError otherwise.
    """
    wording = WORDINGS[kind]
    if params.keys() != wording.params:
        raise ValueError(f"a notice {kind.value} needs the parameters {sorted(wording.params)}")
    if wording.names_person and about_id is None:
        raise ValueError(f"a notice {kind.value} needs about_id")
    if wording.names_dossier and dossier_id is None:
        raise ValueError(f"a notice {kind.value} needs dossier_id")
    notice_id = _insert(
        work,
        person_id=person_id,
        kind=kind,
        occasion=occasion,
        params=stored_params(params),
        about_id=about_id,
        dossier_id=dossier_id,
        loan_id=loan_id,
        line_id=line_id,
        created_at=work.now,
    )
    if notice_id is None:
        return False
    outbox.want_once(work.session, MAIL, str(notice_id), work.now, {})
    work.wanted_kinds.add(MAIL)
    return True


def mark_read(work: UnitOfWork, notice_id: int) -> Notice:
    """The acting person has read a notice of their own. Raises NotFound."""
    notice = work.session.get(Notice, notice_id)
    if notice is None or notice.person_id != work.person.id:
        raise NotFound()
    if notice.read_at is None:
        notice.read_at = work.now
    return notice


def mark_all_read(work: UnitOfWork, newest_id: int, shown: ColumnElement[bool]) -> int:
    """The acting person has read all they were shown up to `newest_id`; returns how many were unread.

    `shown` is the WHERE clause of the list (`portal.notices.queries.shown_to`): what came meanwhile, or is not
    shown at present, stays unread.
    """
    unread = (Notice.person_id == work.person.id, Notice.read_at.is_(None), Notice.id <= newest_id)
    marked = work.session.scalars(
        update(Notice)
        .where(*unread, shown)
        .values(read_at=work.now)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(marked)


def _insert(work: UnitOfWork, **values: Any) -> int | None:
    """The new row's id; None where the occasion has been told."""
    dialect = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
    # Whoever has left reads nothing any more: what is told them all the same is no open matter of theirs.
    gone = case((Person.departed_at.is_not(None), bindparam(None, work.now, UtcDateTime)), else_=None)
    read_at = select(gone).where(Person.id == values["person_id"]).scalar_subquery()
    insert: Any = dialect.insert(Notice).values(**values, read_at=read_at)
    added: int | None = work.session.scalar(
        insert.on_conflict_do_nothing(index_elements=["person_id", "kind", "occasion"]).returning(Notice.id)
    )
    return added
