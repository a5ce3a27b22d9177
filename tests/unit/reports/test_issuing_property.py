"""Whatever is tried in whatever order: three people, numbers without gaps, and what is issued never changes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from archive_store.filesystem import FilesystemStore
from portal.accounts.models import PersonRole
from portal.core.errors import PortalError
from portal.core.permissions import Level, Role
from portal.dossiers.models import NumberSeries
from portal.reports.models.issued import Report, ReportStep
from portal.reports.queries.issued import kept_contents, preparers, report_for, visible_to, waiting_for
from portal.reports.services.distributing import add_recipients
from portal.reports.services.issuing import issue_report, name_successor, withdraw_report
from portal.reports.services.preparing import (
    NewReport,
    change_draft,
    discard_report,
    hand_report_on,
    prepare_report,
    submit_report,
    take_report_back,
)
from portal.reports.services.reviewing import approve_report, send_report_back
from portal.reports.states import REPORT, UNISSUED, ReportKind, ReportState
from portal.reports.statistics.counted import Audience
from tests.factories import actor, make_department, make_person
from tests.unit.reports.issuing_world import FEBRUARY

ROLES = (Role.CLERK, Role.RECORDS_MANAGER, Role.MANAGER, Role.GENERAL_MANAGER)
PEOPLE = st.lists(
    st.tuples(st.sets(st.sampled_from(ROLES), min_size=1), st.booleans(), st.booleans()), min_size=4, max_size=6
)
"""Of each person: their roles, whether they are cleared for core, whether they leave."""
ACTS = ("submit", "approve", "issue", "send_back", "take_back", "hand_on", "discard")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("prepare", *["next"] * 8, *ACTS, "change", "withdraw", "successor", "send")),
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    min_size=20,
    max_size=40,
)


class House:
    """Some people with some roles, and what they try."""

    def __init__(self, session: Any, work_as: Any, store: Any, people: list[tuple[set[Role], bool, bool]]) -> None:
        self.session, self.store, self.work_as = session, store, work_as
        department = make_department(session)
        # Among them one for each signature, so that many stories come to their end.
        able = [
            ({Role.CLERK}, True, False),
            ({Role.RECORDS_MANAGER}, True, False),
            ({Role.GENERAL_MANAGER}, True, False),
        ]
        self.people = [
            make_person(session, department, *roles, clearance=Level.CORE if core else Level.GENERAL)
            for roles, core, _ in [*able, *people]
        ]
        for person, (_, _, leaves) in zip(self.people, [*able, *people], strict=True):
            person.leaving_on = FEBRUARY.last if leaves else None
        session.flush()
        self.issued: dict[int, tuple[Any, ...]] = {}

    def try_to(self, act: str, who: int, which: int, other: int) -> None:
        rows = self.session.scalars(select(Report).order_by(Report.id)).all()
        person = self.people[who % len(self.people)]
        if act == "next" and rows:  # What the report's state asks for, by one of those who mostly may.
            unissued = [n for n, row in enumerate(rows) if row.state in UNISSUED]
            which = unissued[which % len(unissued)] if unissued else which
            state = rows[which % len(rows)].state
            act, nth = {"draft": ("submit", 0), "in_review": ("approve", 1), "reviewed": ("issue", 2)}.get(
                state.value, ("withdraw", 2)
            )
            person = self.people[nth] if who else person
            if state == ReportState.DRAFT and who:
                person = rows[which % len(rows)].prepared_by
        work = self.work_as(actor(self.session, person))
        to = self.people[other % len(self.people)]
        if act in ("prepare", "next") and not rows or act == "prepare":
            audience = list(Audience)[other % 2]
            prepare_report(work, NewReport(ReportKind.STATISTICS, FEBRUARY, audience, "en"))
            return
        if not rows:
            return
        row = rows[which % len(rows)]
        over = (row.id, row.row_version)
        acts: dict[str, Any] = {
            "submit": lambda: submit_report(work, self.store, *over),
            "approve": lambda: approve_report(work, *over),
            "issue": lambda: issue_report(work, self.store, *over),
            "send_back": lambda: send_report_back(work, *over, "Again"),
            "take_back": lambda: take_report_back(work, *over),
            "hand_on": lambda: hand_report_on(work, *over, to.id),
            "discard": lambda: discard_report(work, *over),
            "change": lambda: change_draft(work, *over, title="Another", language="es"),
            "withdraw": lambda: withdraw_report(
                work, *over, "Wrong", rows[other % len(rows)].id if other > 3 else None
            ),
            "successor": lambda: name_successor(work, *over, rows[other % len(rows)].id),
            "send": lambda: add_recipients(work, row.id, [to.id]),
        }
        acts[act]()

    def check(self) -> None:
        self.session.expire_all()
        rows = self.session.scalars(select(Report).order_by(Report.id)).all()
        keys = kept_contents(self.session)
        for row in rows:
            self.check_row(row, keys)
        numbers = sorted(row.number for row in rows if row.number)
        plain = [number for number in numbers if number.startswith("R2")]
        core = [number for number in numbers if number.startswith("RC2")]
        assert plain == [f"R2026-{n:04d}" for n in range(1, len(plain) + 1)]
        assert core == [f"RC2026-{n:04d}" for n in range(1, len(core) + 1)]
        last = self.session.scalars(select(NumberSeries.last).where(NumberSeries.series.like("%report"))).all()
        assert sum(last) == len(numbers)

    def check_row(self, row: Report, keys: set[str]) -> None:
        signed = [row.submitted_by_id, row.reviewed_by_id, row.issued_by_id]
        given = [id_ for id_ in signed if id_ is not None]
        assert len(set(given)) == len(given), "three signatures, three people"
        assert not ({row.reviewed_by_id, row.issued_by_id} & (preparers(self.session, row) - {row.prepared_by_id}))
        if row.state in (ReportState.IN_REVIEW, ReportState.REVIEWED):
            assert row.data_key in keys
        if row.is_kept:
            assert len(given) == 3
            for key in (row.data_key, row.pdf_key):
                assert key in keys
                with self.store.open(key) as file:
                    assert hashlib.sha256(file.read()).hexdigest() == key
            facts = (row.number, row.data_key, row.pdf_key, row.title, row.issued_at, *signed)
            assert self.issued.setdefault(row.id, facts) == facts
        else:
            assert row.number is None
            assert row.id not in self.issued, "what was issued stays issued or withdrawn"
        if row.successor is not None:
            assert (row.successor.kind, row.successor.audience) == (row.kind, row.audience)
            assert row.successor.issued_at is not None
            assert row.issued_at is not None
            assert row.successor.issued_at > row.issued_at
        states = [step.action for step in row.steps]
        assert all(action.value == "prepare" or any(action == known for _, known in REPORT) for action in states)

    def check_sight(self) -> None:
        """Who is not cleared knows of no core report; what waits for somebody they may see, and sign."""
        for person in self.people:
            who = actor(self.session, person)
            seen = set(self.session.scalars(select(Report.id).where(visible_to(who))))
            core = set(self.session.scalars(select(Report.id).where(Report.audience == Audience.CORE)))
            assert who.cleared_for_core or not (seen & core)
            assert set(self.session.scalars(select(Report.id).where(waiting_for(who)))) <= seen
            for row_id in core:
                assert (report_for(self.session, who, row_id) is not None) == (row_id in seen)


@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(people=PEOPLE, steps=STEPS)
def test_three_people_and_no_gaps_whatever_is_tried(
    session: Any, work_as: Any, clock: Any, tmp_path: Path, light_figures: None, people: Any, steps: Any
) -> None:
    session.expunge_all()
    with session.begin_nested() as trial:
        house = House(session, work_as, FilesystemStore(tmp_path / "files"), people)
        for act, who, which, other in steps:
            clock.advance(seconds=1)
            try:
                with session.begin_nested():
                    house.try_to(act, who, which, other)
            except PortalError:
                pass
            house.check()
        house.check_sight()
        event(f"issued: {len(house.issued)}")
        assert session.scalars(select(PersonRole.role)).all()
        assert session.scalars(select(ReportStep.id)).all() or not session.scalars(select(Report.id)).all()
        trial.rollback()


@pytest.mark.parametrize("roles", [ROLES])
def test_one_person_with_every_role_issues_nothing_alone(
    session: Any, work_as: Any, tmp_path: Path, light_figures: None, roles: Any
) -> None:
    house = House(session, work_as, FilesystemStore(tmp_path / "files"), [(set(roles), True, False)] * 2)
    one, two = house.people[3], house.people[4]
    one_work, two_work = work_as(actor(session, one)), work_as(actor(session, two))
    row = prepare_report(one_work, NewReport(ReportKind.STATISTICS, FEBRUARY, Audience.EVERYONE, "en"))
    submit_report(one_work, house.store, row.id, row.row_version)
    with pytest.raises(PortalError):
        approve_report(one_work, row.id, row.row_version)
    approve_report(two_work, row.id, row.row_version)
    for work in (one_work, two_work):
        with pytest.raises(PortalError):
            issue_report(work, house.store, row.id, row.row_version)
    assert row.state == ReportState.REVIEWED
