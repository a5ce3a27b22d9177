"""Breaches of the undertaking: recorded, measures noted, closed, and what was told of them erased at the end."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm.attributes import flag_modified

from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.undertaking.models import Breach, BreachNote
from portal.undertaking.queries import breach_for, may_handle
from portal.undertaking.states import BreachKind

LONGEST_NOTE = 4000


def record_breach(work: UnitOfWork, person_id: int, kind: BreachKind, happened_on: date, what: str) -> Breach:
    """Record what somebody has done against the undertaking: the records manager of everybody, a head of their people.

    Also of who has left: confidentiality lasts. Raises Invalid, NotPermitted (of oneself, or of others' people).
    """
    if not may_handle(work.session, work.person, person_id):
        raise NotPermitted()
    if happened_on > work.today:
        raise Invalid(fields={"happened_on": Message(N_("This day has not come yet."))})
    row = Breach(
        person_id=person_id,
        kind=kind,
        happened_on=happened_on,
        recorded_at=work.now,
        recorded_by_id=work.person.id,
        notes=[_note(work, what, "what")],
    )
    work.session.add(row)
    work.session.flush()
    work.record(
        "breach:record",
        f"undertaking_breaches:{row.id}",
        # Who it was is part of what may be erased.
        details={"kind": kind.value},
        personal={"person": person_id},
    )
    return row


def add_measure(work: UnitOfWork, breach_id: int, version: int, measure: str) -> Breach:
    """Note a measure that was taken. Raises Invalid, NotFound, NotPermitted, StaleVersion, Conflict."""
    row = _open_breach(work, breach_id, version)
    row.notes.append(_note(work, measure, "measure"))
    flag_modified(row, "kind")  # Notes are rows of their own: the breach's version must rise with them.
    work.session.flush()
    work.record("breach:measure", f"undertaking_breaches:{row.id}")
    return row


def close_breach(work: UnitOfWork, breach_id: int, version: int) -> Breach:
    """Close a breach after a measure was noted. Raises NotFound, NotPermitted, StaleVersion, Conflict."""
    row = _open_breach(work, breach_id, version)
    if len(row.notes) < 2:
        raise Conflict(N_("Note first what was done about it; “nothing, because …” is an answer too."))
    row.closed_at, row.closed_by_id = work.now, work.person.id
    work.session.flush()
    work.record("breach:close", f"undertaking_breaches:{row.id}")
    return row


def erase_breach(work: UnitOfWork, breach_id: int, version: int) -> Breach:
    """Erase what was told of a closed breach: that there was one, of what kind and when, stays.

    The records manager's alone. Raises NotFound, NotPermitted, StaleVersion, Conflict.
    """
    work.require(Permission.BREACH_RECORD)
    row = _handled(work, breach_id, version)
    if row.closed_at is None:
        raise Conflict(N_("This breach is still open: its description can be erased after it was closed."))
    if row.erased_at is not None:
        raise Conflict(N_("The description of this breach is erased already."))
    for note in row.notes:
        note.text = None
    row.erased_at, row.erased_by_id = work.now, work.person.id
    work.session.flush()
    work.record("breach:erase", f"undertaking_breaches:{row.id}")
    return row


def _note(work: UnitOfWork, text: str, field: str) -> BreachNote:
    text = text.strip()
    if not text:
        raise Invalid(fields={field: Message(N_("Please fill in this field."))})
    if len(text) > LONGEST_NOTE:
        raise Invalid(fields={field: Message(N_("At most %(most)s characters, please."), {"most": LONGEST_NOTE})})
    return BreachNote(text=text, written_at=work.now, written_by_id=work.person.id)


def _handled(work: UnitOfWork, breach_id: int, version: int) -> Breach:
    row = breach_for(work.session, work.person, breach_id)
    if row is None:
        raise NotFound()
    if not may_handle(work.session, work.person, row.person_id):
        raise NotPermitted()
    row.check_version(version)
    return row


def _open_breach(work: UnitOfWork, breach_id: int, version: int) -> Breach:
    row = _handled(work, breach_id, version)
    if row.closed_at is not None:
        raise Conflict(N_("This breach is closed."))
    return row
