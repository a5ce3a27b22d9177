"""Asking for a regular report, and setting up one of the records department's own (R16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Department
from portal.accounts.queries import hold_people
from portal.clients.models import ClientKind, ClientRank
from portal.config import LANGUAGES
from portal.core.errors import NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.regular import RegularRecipient, RegularReport
from portal.reports.periods import PeriodKind
from portal.reports.regular import queries
from portal.reports.regular.rules import departments_asked_for, first_state
from portal.reports.regular.services.common import (
    checked_preparer,
    checked_text,
    refuse,
    subject_of,
    tell,
    tell_signers,
)
from portal.reports.regular.states import EVERY_NAMES, RegularState
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import FIELDS, ListSpec

LONGEST_TITLE = 120
LONGEST_PURPOSE = 500


@dataclass(frozen=True)
class NewRegular:
    """What somebody wants regularly. `spec` says what a custom list is of; None: statistics."""

    title: str
    every: PeriodKind
    audience: Audience
    language: str
    purpose: str
    recipient_ids: Collection[int]
    spec: ListSpec | None = None


def ask_for_report(work: UnitOfWork, department_id: int, new: NewRegular) -> RegularReport:
    """Ask for a regular report for a department; it waits for its signatures.

    Raises NotPermitted for whoever does not lead the department (nor is a manager in it), or asks for core without
    clearance; Invalid.
    """
    actor = work.require(Permission.REGULAR_ASK)
    if department_id not in departments_asked_for(actor):
        raise NotPermitted()
    recipients = _checked(work, actor, new, department_id)
    regular = _regular(work, actor, new, department_id, recipients)
    regular.owner_id, regular.state = actor.id, first_state(actor.roles)
    work.session.add(regular)
    work.session.flush()
    _record(work, regular, "regular_report:ask")
    tell_signers(work, regular)
    return regular


def set_up_schedule(work: UnitOfWork, new: NewRegular, preparer_id: int) -> RegularReport:
    """Set up statistics of the records department's own, at once active. Raises NotPermitted, Invalid."""
    actor = work.require(Permission.REGULAR_SET_UP)
    if actor.leaving or new.spec is not None:
        raise NotPermitted()
    recipients = _checked(work, actor, new, None)
    preparer = checked_preparer(work, preparer_id, new.audience)
    regular = _regular(work, actor, new, actor.department_id, recipients)
    regular.is_own, regular.preparer_id = True, preparer.id
    regular.state, regular.active_on = RegularState.ACTIVE, work.today
    work.session.add(regular)
    work.session.flush()
    _record(work, regular, "regular_report:set_up")
    tell(work, regular, [preparer.id], NoticeKind.REGULAR_TO_PREPARE, str(preparer.id), about_id=actor.id)
    return regular


def check_spec(session: Session, spec: ListSpec) -> None:
    """Invalid for a field that is not allowed, no field at all, or a filter that makes no sense."""
    allowed = {one.name for one in FIELDS[spec.of]}
    if not set(spec.fields) <= allowed or not set(spec.fields) - {one.name for one in FIELDS[spec.of] if one.always}:
        refuse("field", N_("Choose at least one column."))
    words = {"kind": ClientKind, "rank": ClientRank, "level": Level}
    for name, known in words.items():
        if (value := getattr(spec, name)) and value not in {word.value for word in known}:
            refuse(name, N_("Please choose one of the values offered."))
    if spec.department and spec.department not in {str(id_) for id_ in session.scalars(select(Department.id))}:
        refuse("department", N_("Please choose one of the values offered."))


def _checked(work: UnitOfWork, actor: Actor, new: NewRegular, department_id: int | None) -> list[int]:
    """The recipients, once everything else was found right."""
    if new.audience == Audience.CORE and not actor.cleared_for_core:
        raise NotPermitted()
    if new.spec is not None:
        check_spec(work.session, new.spec)
        if new.spec.level == Level.CORE and new.audience != Audience.CORE:
            refuse("level", N_("This report is for every employee: it names no core dossier."))
    checked_text("title", new.title, LONGEST_TITLE)
    checked_text("purpose", new.purpose, LONGEST_PURPOSE)
    if new.every not in EVERY_NAMES or new.language not in LANGUAGES:
        refuse("every", N_("Please choose one of the values offered."))
    # Whoever asks, or is to receive it, is kept from leaving until the commit.
    held = hold_people(work.session, {actor.id, *new.recipient_ids})
    if held[actor.id].departed_at is not None:
        raise NotPermitted()
    possible = {person.id: person for person in queries.possible_recipients(work.session, department_id)}
    if not set(new.recipient_ids) <= possible.keys() or not new.recipient_ids:
        refuse("recipients", N_("Name at least one person who is to receive it."))
    if new.audience == Audience.CORE and any(possible[one].clearance != Level.CORE for one in new.recipient_ids):
        refuse("recipients", N_("This report counts core dossiers: name only people cleared for them."))
    return sorted(set(new.recipient_ids))


def _regular(
    work: UnitOfWork, actor: Actor, new: NewRegular, department_id: int, recipients: Collection[int]
) -> RegularReport:
    return RegularReport(
        title=" ".join(new.title.split()),
        kind=ReportKind.STATISTICS if new.spec is None else ReportKind.LIST,
        list_spec=None if new.spec is None else new.spec.as_plain(),
        every=new.every,
        audience=new.audience,
        language=new.language,
        purpose=new.purpose.strip(),
        department_id=department_id,
        asked_by_id=actor.id,
        asked_at=work.now,
        recipients=[RegularRecipient(person_id=person_id) for person_id in recipients],
    )


def _record(work: UnitOfWork, regular: RegularReport, action: str) -> None:
    details: dict[str, object] = {
        "title": regular.title,
        "kind": regular.kind.value,
        "every": regular.every.value,
        "audience": regular.audience.value,
        "department": regular.department_id,
        "recipients": [row.person_id for row in regular.recipients],
    }
    if regular.spec is not None:
        details["columns"] = list(regular.spec.fields)
    if regular.preparer_id is not None:
        details["person"] = regular.preparer_id
    work.record(action, subject_of(regular), details=details)
