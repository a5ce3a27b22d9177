"""Asking, signing, ending and handing on of regular reports, by the services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.reports.models.regular import RegularDecision, RegularReport
from portal.reports.periods import PeriodKind
from portal.reports.regular import queries
from portal.reports.regular.services import (
    NewRegular,
    ask_for_report,
    decide_regular,
    end_regular,
    hand_regular_on,
    name_preparer,
    set_up_schedule,
    withdraw_regular,
)
from portal.reports.regular.states import RegularStage, RegularState
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import ListOf, ListSpec
from tests.factories import make_department, make_person
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Any) -> World:
    return make_world(session, work_as)


def new(world: World, **changes: Any) -> NewRegular:
    wanted = NewRegular(
        "The month in sales", PeriodKind.MONTH, Audience.EVERYONE, "en", "Planning the visits", [world.reader.id]
    )
    return replace(wanted, **changes)


def asked(world: World, by: Any = None, **changes: Any) -> RegularReport:
    person = by or world.head
    return ask_for_report(world.work(person), person.department_id, new(world, **changes))


def sign(world: World, regular: RegularReport, by: Any, **fields: Any) -> RegularReport:
    values = {"approve": True, "preparer_id": world.clerk.id, **fields}
    return decide_regular(world.work(by), regular.id, regular.row_version, **values)


def active(world: World, **changes: Any) -> RegularReport:
    regular = sign(world, asked(world, **changes), world.records)
    return sign(world, regular, world.general)


def told(world: World, person: Any) -> list[NoticeKind]:
    return list(world.session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)))


def test_two_signatures_make_it_active(world: World) -> None:
    regular = asked(world)
    assert regular.state is RegularState.FOR_RECORDS
    assert told(world, world.records) == [NoticeKind.REGULAR_TO_SIGN]
    assert told(world, world.general) == []
    sign(world, regular, world.records)
    assert (regular.state, regular.active_on) == (RegularState.FOR_GENERAL, None)
    assert told(world, world.general) == [NoticeKind.REGULAR_TO_SIGN]
    sign(world, regular, world.general, comment="Every month, please.")
    assert (regular.state, regular.active_on) == (RegularState.ACTIVE, date(2026, 3, 2))
    assert regular.preparer_id == world.clerk.id
    assert [(row.stage, row.approved) for row in regular.decisions] == [
        (RegularStage.RECORDS, True),
        (RegularStage.GENERAL, True),
    ]
    assert told(world, world.head) == [NoticeKind.REGULAR_ACTIVE]
    assert told(world, world.clerk) == [NoticeKind.REGULAR_TO_PREPARE]
    actions = list(world.session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))
    assert actions == ["regular_report:ask", "regular_report:approve", "regular_report:approve"]


def test_who_may_not_sign_does_not(world: World) -> None:
    regular = asked(world)
    for person in (world.head, world.clerk, world.reader):
        with pytest.raises(NotPermitted):
            sign(world, regular, person)
    with pytest.raises(NotPermitted):  # Not yet: the records manager signs first.
        sign(world, regular, world.general)
    sign(world, regular, world.records)
    with pytest.raises(NotPermitted):
        sign(world, regular, world.records)
    sign(world, regular, world.general)
    with pytest.raises(Conflict):
        sign(world, regular, world.general)


def test_nobody_signs_what_they_ask_for(world: World) -> None:
    regular = asked(world, by=world.records, recipient_ids=[world.clerk.id])
    assert regular.state is RegularState.FOR_GENERAL
    with pytest.raises(NotPermitted):
        sign(world, regular, world.records)
    assert sign(world, regular, world.general).state is RegularState.ACTIVE
    regular = asked(world, by=world.general, recipient_ids=[world.general.id])
    with pytest.raises(NotPermitted):
        sign(world, regular, world.general)
    assert sign(world, regular, world.records).state is RegularState.ACTIVE


def test_nobody_signs_what_was_handed_to_them(world: World) -> None:
    second = make_person(world.session, world.head.department, Role.RECORDS_MANAGER, clearance=Level.CORE)
    regular = asked(world)
    hand_regular_on(world.work(world.head), regular.id, regular.row_version, second.id)
    assert {person.id for person in queries.signers_of(world.session, regular)} == {world.records.id}
    with pytest.raises(NotPermitted):
        sign(world, regular, second)


def test_a_leaver_signs_nothing(world: World) -> None:
    regular = asked(world)
    world.records.leaving_on = date(2026, 3, 20)
    world.session.flush()
    assert queries.signers_of(world.session, regular) == []
    with pytest.raises(NotPermitted):
        sign(world, regular, world.records)


def test_a_refusal_says_why_and_the_reason_can_be_erased(world: World) -> None:
    regular = asked(world)
    with pytest.raises(Invalid) as refused:
        sign(world, regular, world.records, approve=False)
    assert set(refused.value.fields) == {"comment"}
    sign(world, regular, world.records, approve=False, comment="The yearly one says it all.")
    assert regular.state is RegularState.REFUSED
    assert (regular.closed_by_id, regular.active_on) == (world.records.id, None)
    assert told(world, world.head) == [NoticeKind.REGULAR_REFUSED]
    comment = regular.decisions[0].comment
    assert comment is not None
    world.session.execute(update(ErasableText).where(ErasableText.id == comment.id).values(content=None))
    world.session.refresh(comment)
    assert comment.content is None


@pytest.mark.parametrize(
    "change",
    [
        lambda row: update(RegularDecision).where(RegularDecision.id == row).values(approved=False),
        lambda row: delete(RegularDecision).where(RegularDecision.id == row),
        lambda row: text(
            "INSERT INTO regular_decisions (id, regular_id, stage, approved, decided_by_id, decided_at) "
            "SELECT id, regular_id, stage, 1 - 1 = 1, decided_by_id, decided_at FROM regular_decisions"
        ),
    ],
)
def test_the_database_keeps_who_signed(world: World, change: Callable[[int], Any]) -> None:
    regular = sign(world, asked(world), world.records)
    with pytest.raises(DatabaseError), world.session.begin_nested():
        world.session.execute(change(regular.decisions[0].id))
    world.session.refresh(regular.decisions[0])
    assert regular.decisions[0].approved


def test_who_asks_leads_or_manages(world: World) -> None:
    for person in (world.reader, world.clerk, world.owner):
        with pytest.raises(NotPermitted):
            asked(world, by=person)
    with pytest.raises(NotPermitted):  # Of another department.
        ask_for_report(world.work(world.head), world.owner.department_id, new(world))
    assert asked(world, by=world.deputy).owner_id == world.deputy.id
    world.head.leaving_on = date(2026, 3, 20)
    with pytest.raises(NotPermitted):
        asked(world)


CLIENTS = ListSpec(ListOf.CLIENTS, ("kind", "rank"))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 121}),
        ("purpose", {"purpose": ""}),
        ("every", {"every": PeriodKind.DAYS}),
        ("every", {"language": "xx"}),
        ("recipients", {"recipient_ids": []}),
        ("recipients", {"recipient_ids": [999]}),
        ("field", {"spec": replace(CLIENTS, fields=("kind", "phone"))}),
        ("field", {"spec": replace(CLIENTS, fields=())}),
        ("field", {"spec": replace(CLIENTS, fields=("client",))}),
        ("kind", {"spec": replace(CLIENTS, kind="friend")}),
        ("department", {"spec": replace(CLIENTS, department="x")}),
        ("department", {"spec": replace(CLIENTS, department="999")}),
        ("level", {"spec": replace(CLIENTS, level="core")}),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        asked(world, **changes)
    assert set(refused.value.fields) == {field}
    assert world.session.scalar(select(RegularReport.id)) is None


def test_people_of_other_departments_do_not_receive_it(world: World) -> None:
    with pytest.raises(Invalid):
        asked(world, recipient_ids=[world.reader.id, world.owner.id])


def test_core_is_for_cleared_people_only(world: World) -> None:
    plain = make_person(world.session, world.head.department)
    with pytest.raises(Invalid) as refused:
        asked(world, audience=Audience.CORE, recipient_ids=[plain.id])
    assert set(refused.value.fields) == {"recipients"}
    world.head.clearance = Level.IMPORTANT
    with pytest.raises(NotPermitted):
        asked(world, audience=Audience.CORE)
    world.head.clearance = Level.CORE
    regular = asked(world, audience=Audience.CORE)
    world.records.clearance = Level.IMPORTANT
    world.session.flush()
    assert queries.signers_of(world.session, regular) == []
    with pytest.raises(NotFound):  # They may not know of it.
        sign(world, regular, world.records)
    world.records.clearance, world.clerk.clearance = Level.CORE, Level.GENERAL
    with pytest.raises(Invalid) as refused:
        sign(world, regular, world.records)
    assert set(refused.value.fields) == {"preparer_id"}
    assert told(world, world.deputy) == []


def test_only_clerks_and_managers_prepare(world: World) -> None:
    regular = asked(world)
    for person_id in (None, world.reader.id, world.general.id, 999):
        with pytest.raises(Invalid) as refused:
            sign(world, regular, world.records, preparer_id=person_id)
        assert set(refused.value.fields) == {"preparer_id"}


def test_ending_is_for_the_department_and_the_records_manager(world: World) -> None:
    regular = active(world)
    for person in (world.clerk, world.reader, world.general):
        with pytest.raises(NotPermitted):
            end_regular(world.work(person), regular.id, regular.row_version)
    end_regular(world.work(world.deputy), regular.id, regular.row_version)
    assert (regular.state, regular.closed_by_id) == (RegularState.ENDED, world.deputy.id)
    assert NoticeKind.REGULAR_ENDED in told(world, world.clerk)
    with pytest.raises(Conflict):
        end_regular(world.work(world.deputy), regular.id, regular.row_version)
    other = active(world)
    end_regular(world.work(world.records), other.id, other.row_version)
    waiting = asked(world)
    with pytest.raises(Conflict):
        end_regular(world.work(world.head), waiting.id, waiting.row_version)
    withdraw_regular(world.work(world.head), waiting.id, waiting.row_version)
    assert waiting.state is RegularState.WITHDRAWN


def test_a_form_filled_in_over_another_state_changes_nothing(world: World) -> None:
    regular = asked(world)
    version = regular.row_version
    sign(world, regular, world.records)
    with pytest.raises(StaleVersion):
        withdraw_regular(world.work(world.head), regular.id, version)


def test_handing_on_stays_within_the_department(world: World) -> None:
    regular = active(world)
    for person_id in (world.owner.id, world.head.id, 999):
        with pytest.raises(Invalid):
            hand_regular_on(world.work(world.head), regular.id, regular.row_version, person_id)
    hand_regular_on(world.work(world.head), regular.id, regular.row_version, world.colleague.id)
    assert regular.owner_id == world.colleague.id
    assert NoticeKind.REGULAR_GIVEN in told(world, world.colleague)
    end_regular(world.work(world.colleague), regular.id, regular.row_version)
    with pytest.raises(Conflict):
        hand_regular_on(world.work(world.head), regular.id, regular.row_version, world.reader.id)


def test_the_records_manager_sets_up_their_own_without_signatures(world: World) -> None:
    everywhere = [world.reader.id, world.owner.id]
    with pytest.raises(NotPermitted):
        set_up_schedule(world.work(world.clerk), new(world), world.clerk.id)
    regular = set_up_schedule(world.work(world.records), new(world, recipient_ids=everywhere), world.clerk.id)
    assert (regular.state, regular.owner_id, regular.is_own) == (RegularState.ACTIVE, None, True)
    assert told(world, world.clerk) == [NoticeKind.REGULAR_TO_PREPARE]
    manager = make_person(world.session, world.owner.department, Role.MANAGER)
    name_preparer(world.work(world.records), regular.id, regular.row_version, manager.id)
    assert regular.preparer_id == manager.id
    with pytest.raises(NotPermitted):
        name_preparer(world.work(world.general), regular.id, regular.row_version, world.clerk.id)


def test_who_finds_it(world: World) -> None:
    regular = active(world)
    stranger = make_person(world.session, make_department(world.session), Role.CLERK)
    finds = {
        person.name
        for person in (*vars(world).values(), stranger)
        if hasattr(person, "clearance") and queries.regular_for(world.session, world.act(person), regular.id)
    }
    assert finds == {
        one.name for one in (world.head, world.deputy, world.reader, world.clerk, world.records, world.general)
    }
    waiting = asked(world)
    lists = queries.regular_lists(world.session, world.act(world.records))
    assert (list(lists.to_sign), list(lists.active)) == ([waiting], [regular])
    lists = queries.regular_lists(world.session, world.act(world.reader))
    assert (list(lists.waiting), list(lists.active)) == ([], [regular])
