"""What every act on a regular report begins with, and whom it tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from portal.accounts.models import Person
from portal.accounts.queries import hold_people, successor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import CORE_OCCASION, NoticeKind
from portal.notices.services import notify
from portal.reports.models.regular import RegularReport
from portal.reports.regular import queries
from portal.reports.regular.rules import PREPARERS
from portal.reports.regular.states import REGULAR, RegularAction
from portal.reports.statistics.counted import Audience


def load_regular(work: UnitOfWork, regular_id: int, version: int) -> RegularReport:
    """The regular report, held until the commit. Raises NotFound, StaleVersion."""
    regular = queries.regular_for(work.session, work.person, regular_id, lock=True)
    if regular is None:
        raise NotFound()
    regular.check_version(version)
    return regular


def advance(work: UnitOfWork, regular: RegularReport, action: RegularAction) -> None:
    """Take it to its next state. Raises Conflict where this state has no such action, NotPermitted."""
    step = REGULAR.get((regular.state, action))
    if step is None:
        raise Conflict()
    work.require(step[1])
    regular.state = step[0]


def subject_of(regular: RegularReport) -> str:
    """What the trail calls it: those for core readers by a name of their own, as their reports."""
    return f"{'core_regular_reports' if is_core(regular) else 'regular_reports'}:{regular.id}"


def is_core(regular: RegularReport) -> bool:
    """Whether only people cleared for core may know of it."""
    return regular.audience == Audience.CORE


def checked_preparer(work: UnitOfWork, person_id: int, audience: Audience) -> Person:
    """Somebody who can prepare drafts, kept from leaving until the commit; Invalid (field `preparer_id`) otherwise."""
    person = successor(work.session, person_id)
    if person is None or not person.role_set & PREPARERS:
        refuse("preparer_id", N_("Choose a records clerk or a manager who stays."))
    if audience == Audience.CORE and person.clearance != Level.CORE:
        refuse("preparer_id", N_("This report counts core dossiers: choose somebody cleared for them."))
    return person


def checked_text(field: str, text: str, most: int, *, required: bool = True) -> str:
    """`text` without blanks at its ends; Invalid where it is missing or too long."""
    text = text.strip()
    if required and not text:
        refuse(field, N_("Please fill in this field."))
    if len(text) > most:
        refuse(field, N_("At most %(most)s characters, please."), most=most)
    return text


def refuse(field: str, sentence: str, **params: object) -> NoReturn:
    """Raise Invalid for a field."""
    raise Invalid(fields={field: Message(sentence, params)})


def tell(
    work: UnitOfWork,
    regular: RegularReport,
    people: Iterable[int | None],
    kind: NoticeKind,
    stage: str,
    *,
    about_id: int | None = None,
) -> None:
    """Tell these people once about this stage; who may not know of it, has left, or acts, is told nothing."""
    ids = {person_id for person_id in people if person_id is not None}
    for person_id, person in sorted(hold_people(work.session, ids).items()):
        acts = work.actor is not None and work.actor.id == person_id
        if acts or person.departed_at is not None or (is_core(regular) and person.clearance != Level.CORE):
            continue
        occasion = f"{CORE_OCCASION if is_core(regular) else ''}{regular.id}:{stage}"
        notify(work, person_id, kind, occasion, about_id=about_id, title=regular.title)


def tell_signers(work: UnitOfWork, regular: RegularReport) -> None:
    """Tell everybody whose signature it waits for."""
    people = [person.id for person in queries.signers_of(work.session, regular)]
    tell(work, regular, people, NoticeKind.REGULAR_TO_SIGN, regular.state.value, about_id=regular.asked_by_id)
