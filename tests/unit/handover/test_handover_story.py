"""From the opening of a handover to the closed account: what is found, what is refused, what ends (R17)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_store.filesystem import FilesystemStore
from portal.access.models import ReadingGrant, Responsibility
from portal.accounts.models import Department, LoginSession, Person
from portal.accounts.services import lead_department
from portal.application import OBLIGATIONS
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.obligations import Side
from portal.core.permissions import Role
from portal.handover.checklist import checklist_for
from portal.handover.models import Handover, HandoverItem
from portal.handover.services import call_off, let_in_no_longer, open_handover, sign
from portal.handover.services.signing import StillOwed
from portal.handover.states import HandoverKind, HandoverState
from portal.lending.services import cancel_line, renew_loan
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.notices.services import notify
from tests.factories import make_client, make_department, make_grant, make_person, make_responsible
from tests.unit.lending_world import World, make_world

LAST_DAY = date(2026, 3, 9)


@pytest.fixture
def world(session: Any, work_as: Any, tmp_path: Path) -> Any:
    world = make_world(session, work_as)
    world.store = FilesystemStore(tmp_path / "files")
    return world


def opened(world: World, person: Person | None = None, by: Person | None = None, **fields: Any) -> Handover:
    leaver = person or world.reader
    values = {"kind": HandoverKind.LEAVING, "last_day": LAST_DAY, **fields}
    return open_handover(world.work(by or world.head), OBLIGATIONS, leaver.id, **values)


def signed(world: World, handover: Handover, side: Side, by: Person) -> Handover:
    return sign(world.work(by), world.store, OBLIGATIONS, handover.id, side, handover.row_version)


def subjects(world: World, handover: Handover, by: Person) -> set[str]:
    work = world.work(by)
    found = checklist_for(world.session, work.person, handover, OBLIGATIONS, work.today)
    return {item.obligation.subject for group in found.groups for item in group.owed}


def test_the_head_opens_it_and_finds_what_is_owed(world: World) -> None:
    loan = world.lend(world.dossier())
    line = world.ask(world.dossier())
    client = make_client(world.session, world.owner)
    looked_after = make_responsible(world.session, world.reader, client)
    handover = opened(world)
    expected = {f"loans:{loan.id}", f"request_lines:{line.id}", f"responsibilities:{looked_after.id}"}
    assert subjects(world, handover, world.head) == expected
    assert {row.subject for row in world.session.scalars(select(HandoverItem))} == expected
    assert world.reader.leaving_on == LAST_DAY


def test_what_comes_up_later_is_found_too(world: World) -> None:
    handover = opened(world)
    assert subjects(world, handover, world.head) == set()
    line = world.ask(world.dossier())
    assert subjects(world, handover, world.head) == {f"request_lines:{line.id}"}


def test_nobody_signs_while_something_is_open(world: World) -> None:
    line = world.ask(world.dossier())
    handover = opened(world)
    with pytest.raises(StillOwed):
        signed(world, handover, Side.DEPARTMENT, world.head)
    cancel_line(world.work(world.reader), line.id, line.row_version)
    signed(world, handover, Side.DEPARTMENT, world.head)
    assert handover.signed_sides == {Side.DEPARTMENT}
    item = world.session.scalars(select(HandoverItem)).one()
    assert item.closed_at is not None
    assert item.outcome == {"id": "Cancelled", "params": {}}


def test_the_second_signature_closes_the_account_and_all_that_ends_with_it(world: World) -> None:
    reader = world.reader
    dossier = world.dossier()
    grant = make_grant(world.session, reader, dossier, world.head, date(2026, 12, 31))
    now = world.work(world.head).now
    world.session.add(
        LoginSession(
            token_digest="x", person_id=reader.id, created_at=now, last_seen_at=now, expires_at=now + timedelta(hours=8)
        )
    )
    handover = opened(world)
    signed(world, handover, Side.DEPARTMENT, world.head)
    assert reader.departed_at is None
    signed(world, handover, Side.RECORDS, world.records)
    assert handover.state == HandoverState.SIGNED_OFF
    assert reader.departed_at is not None
    assert (reader.leaving_on, reader.role_set, reader.card_number) == (None, frozenset(), None)
    assert world.session.get_one(ReadingGrant, grant.id).ended_at is not None
    assert world.session.scalars(select(LoginSession.ended_at)).all() != [None]


def test_two_different_people_sign(world: World) -> None:
    clerk_leaves = opened(world, world.clerk, by=world.records)
    with pytest.raises(NotFound):
        signed(world, clerk_leaves, Side.DEPARTMENT, world.head)
    # The records manager heads the records department: for the records side the general manager signs second.
    signed(world, clerk_leaves, Side.DEPARTMENT, world.records)
    with pytest.raises(NotPermitted):
        signed(world, clerk_leaves, Side.RECORDS, world.records)
    signed(world, clerk_leaves, Side.RECORDS, world.general)
    assert clerk_leaves.state == HandoverState.SIGNED_OFF


def test_whichever_side_signs_first_the_general_manager_signs_where_one_would_sign_twice(world: World) -> None:
    clerk_leaves = opened(world, world.clerk, by=world.records)
    signed(world, clerk_leaves, Side.RECORDS, world.records)
    with pytest.raises(NotPermitted):
        signed(world, clerk_leaves, Side.DEPARTMENT, world.records)
    signed(world, clerk_leaves, Side.DEPARTMENT, world.general)
    assert clerk_leaves.state == HandoverState.SIGNED_OFF


def test_whoever_leaves_opens_and_manages_no_handover(world: World) -> None:
    handover = opened(world)
    opened(world, world.records, by=world.general)
    with pytest.raises(NotPermitted):
        call_off(world.work(world.records), handover.id, handover.row_version)


def test_nobody_opens_or_signs_their_own(world: World) -> None:
    with pytest.raises(NotPermitted):
        opened(world, by=world.reader)
    with pytest.raises(NotPermitted):
        opened(world, world.records, by=world.records)
    handover = opened(world)
    with pytest.raises(NotPermitted):
        signed(world, handover, Side.DEPARTMENT, world.reader)


def test_a_colleague_sees_nothing_of_it(world: World) -> None:
    handover = opened(world)
    with pytest.raises(NotFound):
        signed(world, handover, Side.DEPARTMENT, world.colleague)
    with pytest.raises(NotPermitted):
        opened(world, world.colleague, by=world.owner)


def test_one_open_handover_for_each_person(world: World) -> None:
    opened(world)
    with pytest.raises((Conflict, Invalid)):
        opened(world, by=world.records)


@pytest.mark.parametrize("last_day", [date(2026, 3, 1), date(2027, 3, 4)])
def test_the_last_day_is_neither_past_nor_far_away(world: World, last_day: date) -> None:
    with pytest.raises(Invalid) as refused:
        opened(world, last_day=last_day)
    assert set(refused.value.fields) == {"last_day"}


def test_a_head_first_names_another(world: World) -> None:
    handover = opened(world, world.head, by=world.records)
    sales = world.session.get_one(Department, world.head.department_id)
    assert subjects(world, handover, world.records) == {f"departments:{sales.id}"}
    with pytest.raises(StillOwed):
        signed(world, handover, Side.DEPARTMENT, world.deputy)


def test_a_sudden_leaver_is_let_in_no_longer(world: World) -> None:
    opened(world, last_day=date(2026, 3, 2), sudden=True)
    assert world.reader.password_hash == "!"
    assert world.reader.downloads_stopped


def test_somebody_who_is_gone_before_the_last_day_is_let_in_no_longer(world: World) -> None:
    handover = opened(world)
    let_in_no_longer(world.work(world.head), handover.id, handover.row_version)
    assert (handover.sudden, world.reader.locked_out, world.reader.downloads_stopped) == (True, True, True)
    other = make_department(world.session, "Quality")
    mover = opened(world, world.colleague, kind=HandoverKind.TRANSFER, to_department_id=other.id)
    with pytest.raises(Conflict):
        let_in_no_longer(world.work(world.head), mover.id, mover.row_version)


def test_who_stays_after_all_is_as_before(world: World) -> None:
    handover = opened(world)
    call_off(world.work(world.head), handover.id, handover.row_version)
    assert (handover.state, world.reader.leaving_on) == (HandoverState.CALLED_OFF, None)
    with pytest.raises(Conflict):
        signed(world, handover, Side.DEPARTMENT, world.head)
    opened(world)


def test_who_moves_is_a_plain_employee_of_the_other_department(world: World) -> None:
    other = make_department(world.session, "Quality")
    with pytest.raises(Invalid):
        opened(world, kind=HandoverKind.TRANSFER, to_department_id=world.reader.department_id)
    mover = make_person(world.session, world.session.get_one(Department, world.reader.department_id), Role.CLERK)
    handover = opened(world, mover, kind=HandoverKind.TRANSFER, to_department_id=other.id)
    signed(world, handover, Side.DEPARTMENT, world.head)
    signed(world, handover, Side.RECORDS, world.records)
    assert (mover.department_id, mover.departed_at) == (other.id, None)
    assert mover.role_set == {Role.EMPLOYEE}


def test_a_client_handed_over_is_closed_with_the_name_of_the_successor(world: World) -> None:
    client = make_client(world.session, world.owner)
    row = make_responsible(world.session, world.reader, client)
    handover = opened(world)
    row.until_date = date(2026, 3, 1)
    world.session.flush()
    world.session.add(
        Responsibility(client_id=client.id, person_id=world.colleague.id, rank=1, from_date=date(2026, 3, 2))
    )
    world.session.flush()
    signed(world, handover, Side.DEPARTMENT, world.head)
    item = world.session.scalars(select(HandoverItem)).one()
    assert item.outcome == {"id": "Looked after by %(person)s now", "params": {"person": world.colleague.name}}


def test_a_leaver_keeps_nothing_beyond_the_last_day(world: World) -> None:
    first, second = world.approved(world.dossier()), world.approved(world.dossier())
    opened(world, last_day=date(2026, 3, 4))
    loan = world.issue(first)[0]
    assert loan.due_on == date(2026, 3, 4)  # By the policy it would be the fifth.
    with pytest.raises(Conflict):
        renew_loan(world.work(world.reader), loan.id, loan.row_version)
    world.reader.leaving_on = date(2026, 3, 1)
    with pytest.raises(Conflict, match="last day"):
        world.issue(second)


def test_a_leaver_signs_for_nobody_and_is_made_head_of_nothing(world: World) -> None:
    line = world.ask(world.dossier())
    opened(world, world.head, by=world.records)
    with pytest.raises((NotFound, NotPermitted)):
        world.sign(line)
    world.sign(line, by=world.deputy)
    department = world.session.get_one(Department, world.owner.department_id)
    admin = make_person(world.session, department, Role.ADMINISTRATOR)
    with pytest.raises(Invalid):
        lead_department(world.work(admin), department, world.head.id, None, version=department.row_version)


def test_what_somebody_is_told_after_leaving_is_no_open_matter(world: World) -> None:
    handover = opened(world)
    signed(world, handover, Side.DEPARTMENT, world.head)
    signed(world, handover, Side.RECORDS, world.records)
    dossier = world.dossier()
    notify(world.work_as(), world.reader.id, NoticeKind.GRANT_ENDED, "late", dossier_id=dossier.id)
    notify(world.work_as(), world.colleague.id, NoticeKind.GRANT_ENDED, "late", dossier_id=dossier.id)
    told = {
        row.person_id: row.read_at for row in world.session.scalars(select(Notice).where(Notice.occasion == "late"))
    }
    assert told[world.reader.id] is not None
    assert told[world.colleague.id] is None
