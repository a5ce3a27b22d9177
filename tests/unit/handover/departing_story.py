"""What can happen to somebody who leaves, act by act, and a second account of what is open (R17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.access.models import Responsibility
from portal.accounts.models import Department, LoginSession, Person, PersonRole
from portal.application import OBLIGATIONS
from portal.core.obligations import Side
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.dossiers.services import hand_draft_on
from portal.handover.models import Handover, HandoverCertificate, HandoverItem
from portal.handover.services import hand_clients, open_handover, sign
from portal.handover.services.signing import StillOwed
from portal.handover.states import HandoverKind, HandoverState
from portal.lending import services as lending
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, RequestKind
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify
from portal.reports.models.issued import Report
from portal.reports.models.regular import RegularReport
from portal.reports.periods import Period, PeriodKind
from portal.reports.regular.services import end_regular, hand_regular_on, name_preparer
from portal.reports.regular.states import RegularState
from portal.reports.services.preparing import NewReport, hand_report_on, prepare_report
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience
from portal.search.saved.models import SavedSearch
from portal.search.saved.services import end_search_of
from portal.tables import METADATA
from tests.factories import make_client, make_dossier, make_grant, make_responsible
from tests.unit.lending_world import World

TODAY = date(2026, 3, 2)
LAST_DAY = date(2026, 3, 9)

_OPEN_LINES = {"draft", "submitted", "head_approved", "ready"}
_OPEN_REGULARS = {"for_records", "for_general", "active"}
OPEN_WHEN: Mapping[str, Callable[[Any], bool]] = {
    "departments.head_id": lambda row: True,
    "departments.deputy_id": lambda row: True,
    "person_roles.person_id": lambda row: True,
    "login_sessions.person_id": lambda row: row.ended_at is None,
    "notices.person_id": lambda row: row.read_at is None,
    "responsibilities.person_id": lambda row: row.until_date is None,
    "reading_grants.person_id": lambda row: row.ended_at is None and row.until_date >= TODAY,
    "dossiers.opened_by_id": lambda row: row.state != "open",
    "request_lines.reader_id": lambda row: row.state in _OPEN_LINES,
    "loans.borrower_id": lambda row: row.state == "on_loan",
    "saved_searches.person_id": lambda row: True,
    "regular_reports.owner_id": lambda row: row.state in _OPEN_REGULARS,
    "regular_reports.preparer_id": lambda row: row.state in _OPEN_REGULARS,
    "reports.prepared_by_id": lambda row: row.state in {"draft", "in_review", "reviewed"},
}
"""By open foreign key to a person: when a row of the table still is open. Written for this test alone."""
ENDS_BY_ITSELF = {
    "person_roles.person_id",
    "login_sessions.person_id",
    "notices.person_id",
    "reading_grants.person_id",
}
"""What nobody has to close: it ends with the account."""


def still_open(session: Any, person_id: int) -> set[str]:
    """The columns in which an open row points to the person, by the account above."""
    found = set()
    for name, is_open in OPEN_WHEN.items():
        table_name, column = name.split(".")
        table = METADATA.tables[table_name]
        rows = session.execute(select(table).where(table.c[column] == person_id)).all()
        if any(is_open(row) for row in rows):
            found.add(name)
    return found


@dataclass
class Story:
    """One archive, its leaver, and what can happen to them."""

    world: World
    store: Any
    leaver: Person
    handover: Handover | None = None

    @property
    def session(self) -> Any:
        return self.world.session

    def work(self, person: Person) -> Any:
        return self.world.work(person)

    # What the leaver takes on.

    def borrow(self) -> None:
        self.world.lend(self.world.dossier(), by=self.leaver)

    def ask(self) -> None:
        self.world.ask(self.world.dossier(), RequestKind.READ, by=self.leaver)

    def ask_approved(self) -> None:
        self.world.approved(self.world.dossier(), by=self.leaver)

    def draft_request(self) -> None:
        self.world.ask(self.world.dossier(), by=self.leaver, draft=True)

    def draft_dossier(self) -> None:
        make_dossier(self.session, self.leaver, make_client(self.session, self.leaver), state="draft")

    def look_after(self) -> None:
        client = make_client(self.session, self.leaver)
        make_dossier(self.session, self.leaver, client)
        make_responsible(self.session, self.leaver, client)

    def look_after_second(self) -> None:
        client = make_client(self.session, self.leaver)
        make_dossier(self.session, self.leaver, client)
        make_responsible(self.session, self.world.owner, client)
        make_responsible(self.session, self.leaver, client, 2)

    def prepare_report(self) -> None:
        period = Period.containing(PeriodKind.MONTH, date(2026, 2, 1))
        new = NewReport(ReportKind.STATISTICS, period, Audience.EVERYONE, "en")
        prepare_report(self.world.work_as(), new, prepared_by_id=self.leaver.id)

    def answer_for_regular(self) -> None:
        self._regular(owner_id=self.leaver.id, preparer_id=self.world.clerk.id)

    def prepare_regular(self) -> None:
        self._regular(owner_id=None, preparer_id=self.leaver.id)

    def _regular(self, *, owner_id: int | None, preparer_id: int) -> None:
        row = RegularReport(
            title="The month",
            kind=ReportKind.STATISTICS,
            every=PeriodKind.MONTH,
            audience=Audience.EVERYONE,
            language="en",
            purpose="Planning",
            department_id=self.leaver.department_id,
            is_own=owner_id is None,
            asked_by_id=self.world.records.id,
            asked_at=self.now,
            owner_id=owner_id,
            preparer_id=preparer_id,
            state=RegularState.ACTIVE,
            active_on=TODAY,
        )
        self.session.add(row)
        self.session.flush()

    def save_search(self) -> None:
        number = self.session.scalar(select(func.count(SavedSearch.id))) + 1
        row = SavedSearch(person_id=self.leaver.id, name=f"Search {number}", question="flange", saved_at=self.now)
        self.session.add(row)
        self.session.flush()

    def lead(self) -> None:
        self.session.get_one(Department, self.world.owner.department_id).head_id = self.leaver.id
        self.session.flush()

    def stand_in(self) -> None:
        self.session.get_one(Department, self.world.owner.department_id).deputy_id = self.leaver.id
        self.session.flush()

    # What ends by itself.

    def get_grant(self) -> None:
        make_grant(self.session, self.leaver, self.world.dossier(), self.world.head, date(2026, 12, 31))

    def log_in(self) -> None:
        number = self.session.scalar(select(func.count(LoginSession.id)))
        row = LoginSession(
            token_digest=f"digest {number}",
            person_id=self.leaver.id,
            created_at=self.now,
            last_seen_at=self.now,
            expires_at=self.now + timedelta(hours=8),
        )
        self.session.add(row)
        self.session.flush()

    def be_told(self) -> None:
        number = self.session.scalar(select(func.count(TrailEntry.id)))
        dossier = self.world.dossier()
        notify(
            self.world.work_as(),
            self.leaver.id,
            NoticeKind.GRANT_ENDED,
            f"occasion {number}-{dossier.id}",
            dossier_id=dossier.id,
        )

    def get_role(self) -> None:
        if Role.MANAGER not in self.leaver.role_set:
            self.leaver.roles.append(PersonRole(role=Role.MANAGER))
            self.session.flush()

    # Closing, one at a time.

    def close_one(self) -> None:
        """Close the first thing that the features name, by the act of its feature."""
        for source in OBLIGATIONS.sources:
            owed = source.owed(self.session, self.leaver.id, TODAY)
            if owed:
                row_id = int(owed[0].subject.partition(":")[2])
                getattr(self, f"close_{source.key}")(row_id)
                return

    def close_loans(self, row_id: int) -> None:
        self.world.give_back(self.session.get_one(Loan, row_id))

    def close_requests(self, row_id: int) -> None:
        lending.withdraw_for_leaver(self.work(self.world.records), row_id, self.leaver.id)

    def close_decisions(self, row_id: int) -> None:
        line = self.session.get_one(RequestLine, row_id)
        if line.state == LineState.SUBMITTED:
            lending.cancel_line(self.work(line.reader), line.id, line.row_version)

    def close_drafts(self, row_id: int) -> None:
        hand_draft_on(self.work(self.world.records), row_id, self.leaver.id, self.world.colleague.id)

    def close_reports(self, row_id: int) -> None:
        row = self.session.get_one(Report, row_id)
        hand_report_on(self.work(self.world.records), row_id, row.row_version, self.world.clerk.id)

    def close_regular_reports(self, row_id: int) -> None:
        row = self.session.get_one(RegularReport, row_id)
        if row_id % 2:
            end_regular(self.work(self.world.head), row_id, row.row_version)
        else:
            hand_regular_on(self.work(self.world.head), row_id, row.row_version, self.world.colleague.id)

    def close_prepared_reports(self, row_id: int) -> None:
        row = self.session.get_one(RegularReport, row_id)
        name_preparer(self.work(self.world.records), row_id, row.row_version, self.world.clerk.id)

    def close_saved_searches(self, row_id: int) -> None:
        end_search_of(self.work(self.world.records), row_id, self.leaver.id)

    def close_posts(self, row_id: int) -> None:
        department = self.session.get_one(Department, row_id)
        if department.head_id == self.leaver.id:
            department.head_id = self.world.general.id
        if department.deputy_id == self.leaver.id:
            department.deputy_id = None
        self.session.flush()

    def close_clients(self, row_id: int) -> None:
        if self.handover is None:
            row = self.session.get_one(Responsibility, row_id)
            row.until_date, row.ended_at = TODAY, self.now
            self.session.flush()
            return
        heir = self.world.colleague.id if row_id % 2 else None
        hand_clients(self.work(self.world.records), OBLIGATIONS, self.handover.id, [row_id], heir)

    @property
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    # The handover itself.

    def open(self) -> None:
        if self.handover is None:
            work = self.work(self.world.records)
            self.handover = open_handover(work, OBLIGATIONS, self.leaver.id, HandoverKind.LEAVING, LAST_DAY)

    def try_to_sign(self, side: Side) -> None:
        """Signing is refused exactly when something is open that does not end by itself."""
        if self.handover is None or self.handover.state != HandoverState.OPEN or side in self.handover.signed_sides:
            return
        owed = still_open(self.session, self.leaver.id) - ENDS_BY_ITSELF
        signer = self.world.head if side == Side.DEPARTMENT else self.world.records
        try:
            with self.session.begin_nested():
                sign(self.work(signer), self.store, OBLIGATIONS, self.handover.id, side, self.handover.row_version)
        except StillOwed:
            assert owed, f"refused although nothing is open for {side}"
        else:
            assert not owed, f"signed although {owed} is open"

    def check(self) -> None:
        """Before the end the account is open; after it nothing open points to the leaver, and all is told once."""
        if self.handover is None or self.handover.state != HandoverState.SIGNED_OFF:
            assert self.leaver.departed_at is None
            return
        assert self.leaver.departed_at is not None
        assert still_open(self.session, self.leaver.id) == set()
        items = self.session.scalars(select(HandoverItem)).all()
        assert all(item.closed_at is not None for item in items)
        assert self.session.scalar(select(func.count(HandoverCertificate.id))) == 1


TAKING_ON = [
    *("borrow", "ask", "ask_approved", "draft_request", "draft_dossier", "look_after", "look_after_second"),
    *(
        "save_search",
        "prepare_report",
        "answer_for_regular",
        "prepare_regular",
        "lead",
        "stand_in",
        "get_grant",
        "log_in",
        "be_told",
        "get_role",
    ),
]
STEPS = st.one_of(st.sampled_from(TAKING_ON), st.sampled_from(["close_one", "sign_department", "sign_records", "open"]))


def step(story: Story, name: str) -> None:
    if story.leaver.departed_at is not None:
        return
    if name.startswith("sign_"):
        story.try_to_sign(Side(name.removeprefix("sign_")))
    else:
        getattr(story, name)()
