"""The undertaking in the demonstration: a version in force, accepted by all but two, and a breach that was settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.unit_of_work import UnitOfWork
from portal.undertaking.queries import force_today, open_draft, version_with_texts
from portal.undertaking.services import (
    accept,
    add_measure,
    approve_version,
    close_breach,
    record_breach,
    save_draft,
    submit_draft,
)
from portal.undertaking.states import BreachKind
from portal.undertaking.texts import DEFAULT_TEXTS

WRITER, APPROVER, CARELESS = "mei", "carmen", "diego"
NOT_YET = frozenset({"hao", "oliver"})
"""Who is led to the rules when they log in: one of them to be looked at in Chinese, one in English."""
WRITTEN, APPROVED, ACCEPTED = timedelta(days=-203), timedelta(days=-200), timedelta(days=-198)
"""Days from the archive's own day: within the year for which an acceptance is good."""
BREACH, SETTLED = timedelta(days=-60), timedelta(days=-55)
_WHAT = "卷宗逾期未还，经查一直放在本人办公桌抽屉内，未办理续借。"
_MEASURE = "已当场收回卷宗并清点无缺，部门负责人与其谈话，本人已书面说明情况。"


class Rules:
    """What people do about the undertaking; `work_as` makes a unit of work for a person by their key."""

    def __init__(self, session: Session, work_as: Callable[[str], UnitOfWork]) -> None:
        self._session, self._as = session, work_as
        self._breach_id = 0

    def write(self) -> None:
        """The records manager takes the text that is offered, and sends it."""
        draft = save_draft(self._as(WRITER), DEFAULT_TEXTS, None)
        submit_draft(self._as(WRITER), draft.row_version)

    def approve(self) -> None:
        """The general manager puts it in force from that day on."""
        work, draft = self._as(APPROVER), open_draft(self._session)
        assert draft is not None
        approve_version(work, draft.row_version, work.today)

    def accept(self, key: str) -> None:
        """A person accepts it in their language."""
        work = self._as(key)
        version = version_with_texts(self._session, force_today(self._session, work.today).version_id)
        assert version is not None
        language = self._session.get_one(Person, work.person.id).language
        accept(work, version.id, language, version.text_in(language).digest)

    def record(self, person_id: int) -> None:
        """A breach is recorded on the day it was found."""
        work = self._as(WRITER)
        self._breach_id = record_breach(work, person_id, BreachKind.KEPT_FILE, work.today, _WHAT).id

    def settle(self) -> None:
        """What was done about it is noted, and it is closed."""
        work = self._as(WRITER)
        row = add_measure(work, self._breach_id, 1, _MEASURE)
        close_breach(work, self._breach_id, row.row_version)
