"""Level, department and volumes: for the records department, each change in the trail and sent to the index."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.services import VolumeData, add_volume, change_department, change_level, edit_volume
from portal.dossiers.states import DossierState
from tests.conftest import TRAIL_KEY
from tests.factories import actor, make_department, make_dossier, make_grant, make_person, make_place


@dataclass
class Archive:
    session: Session
    work: Callable[[Person], Any]
    clerk: Person
    cleared: Person
    employee: Person
    dossier: Dossier

    def entry(self, action: str) -> TrailEntry:
        return self.session.scalars(select(TrailEntry).where(TrailEntry.action == action)).one()

    def wanted(self) -> int:
        query = select(OutboxRow.wanted).where(OutboxRow.key == f"dossier:{self.dossier.id}")
        return self.session.scalar(query.execution_options(populate_existing=True)) or 0


@pytest.fixture
def archive(session: Session, work_as: Any) -> Archive:
    employee = make_person(session)
    return Archive(
        session,
        lambda person: work_as(actor(session, person)),
        make_person(session, None, Role.CLERK),
        make_person(session, None, Role.CLERK, clearance=Level.CORE),
        employee,
        make_dossier(session, employee),
    )


def test_raising_the_level_ends_open_grants_and_sends_the_dossier_to_the_index(archive: Archive) -> None:
    dossier = archive.dossier
    open_grant = make_grant(archive.session, archive.employee, dossier, archive.clerk, date(2026, 3, 2))
    past_grant = make_grant(archive.session, archive.employee, dossier, archive.clerk, date(2026, 3, 1))
    other = make_grant(
        archive.session,
        archive.employee,
        make_dossier(archive.session, archive.employee),
        archive.clerk,
        date(2026, 3, 9),
    )
    rights, number = dossier.rights_version, dossier.number
    change_level(archive.work(archive.clerk), dossier.id, dossier.row_version, Level.IMPORTANT)
    assert (dossier.level, dossier.rights_version, dossier.number) == (Level.IMPORTANT, rights + 1, number)
    assert open_grant.ended_reason == "level raised"
    assert past_grant.ended_at is None
    assert other.ended_at is None
    assert archive.entry("grant:end").details["person"] == archive.employee.id
    assert archive.entry("dossier:level").details == {
        "old": "general",
        "new": "important",
        "grants_ended": [open_grant.id],
    }
    assert archive.wanted() == 1


def test_lowering_the_level_keeps_grants(archive: Archive) -> None:
    dossier = archive.dossier
    change_level(archive.work(archive.clerk), dossier.id, dossier.row_version, Level.IMPORTANT)
    grant = make_grant(archive.session, archive.employee, dossier, archive.clerk, date(2026, 3, 9))
    change_level(archive.work(archive.clerk), dossier.id, dossier.row_version, Level.GENERAL)
    assert grant.ended_at is None
    assert archive.wanted() == 2


def test_core_is_given_and_taken_by_cleared_staff_only(archive: Archive) -> None:
    dossier = archive.dossier
    with pytest.raises(Invalid) as caught:
        change_level(archive.work(archive.clerk), dossier.id, dossier.row_version, Level.CORE)
    assert set(caught.value.fields) == {"level"}
    change_level(archive.work(archive.cleared), dossier.id, dossier.row_version, Level.CORE)
    with pytest.raises(NotFound):
        change_level(archive.work(archive.clerk), dossier.id, dossier.row_version, Level.GENERAL)
    change_level(archive.work(archive.cleared), dossier.id, dossier.row_version, Level.GENERAL)
    assert dossier.level == Level.GENERAL


def test_the_same_level_again_changes_nothing(archive: Archive) -> None:
    version = archive.dossier.row_version
    change_level(archive.work(archive.clerk), archive.dossier.id, version, Level.GENERAL)
    assert (archive.dossier.row_version, archive.wanted()) == (version, 0)


def test_a_dossier_moves_to_another_department(archive: Archive) -> None:
    dossier, target = archive.dossier, make_department(archive.session)
    old, rights = dossier.department_id, dossier.rights_version
    change_department(archive.work(archive.clerk), dossier.id, dossier.row_version, target.id)
    assert (dossier.department_id, dossier.rights_version) == (target.id, rights + 1)
    assert archive.entry("dossier:department").details == {"old": old, "new": target.id}
    assert archive.wanted() == 1
    with pytest.raises(Invalid):
        change_department(archive.work(archive.clerk), dossier.id, dossier.row_version, 10**6)


def test_only_the_records_department_keeps_dossiers(archive: Archive) -> None:
    work, dossier = archive.work(archive.employee), archive.dossier
    with pytest.raises(NotPermitted):
        change_level(work, dossier.id, dossier.row_version, Level.IMPORTANT)
    with pytest.raises(NotPermitted):
        change_department(work, dossier.id, dossier.row_version, dossier.department_id)
    with pytest.raises(NotPermitted):
        add_volume(work, dossier.id, VolumeData())
    with pytest.raises(NotPermitted):
        edit_volume(work, dossier.volumes[0].id, 1, VolumeData())


def test_a_draft_is_changed_as_a_draft(archive: Archive) -> None:
    draft = make_dossier(archive.session, archive.employee, state=DossierState.DRAFT)
    with pytest.raises(Conflict):
        change_level(archive.work(archive.clerk), draft.id, draft.row_version, Level.IMPORTANT)


def test_volumes_are_added_after_the_last_and_edited(archive: Archive) -> None:
    dossier = archive.dossier
    for path in ("A-02", "A-03"):
        make_place(archive.session, path)
    volume = add_volume(archive.work(archive.clerk), dossier.id, VolumeData(" A-02 ", 12))
    assert (volume.ordinal, volume.place, volume.sheets) == (2, "A-02", 12)
    version = volume.row_version
    edit_volume(archive.work(archive.clerk), volume.id, version, VolumeData("A-03", 13))
    assert archive.entry("volume:edit").details["changed"] == {
        "place": {"old": "A-02", "new": "A-03"},
        "sheets": {"old": 12, "new": 13},
    }
    with pytest.raises(StaleVersion):
        edit_volume(archive.work(archive.clerk), volume.id, version, VolumeData("A-04", 1))
    for wrong, field in ((VolumeData("A-03", -1), "sheets"), (VolumeData("A-04", 1), "place")):
        with pytest.raises(Invalid) as caught:
            edit_volume(archive.work(archive.clerk), volume.id, volume.row_version, wrong)
        assert caught.value.fields.keys() == {field}
    with pytest.raises(NotFound):
        edit_volume(archive.work(archive.clerk), 10**6, 1, VolumeData())
    assert (volume.place, volume.sheets) == ("A-03", 13)


def test_a_volume_of_a_core_dossier_is_not_there_for_others(archive: Archive) -> None:
    core = make_dossier(archive.session, archive.cleared, level=Level.CORE)
    with pytest.raises(NotFound):
        edit_volume(archive.work(archive.clerk), core.volumes[0].id, 1, VolumeData())


def test_volumes_added_at_the_same_time_get_different_places_in_the_row(engine: Engine, clock: Any) -> None:
    with Session(engine) as session:
        begin_writing(session)
        clerk = make_person(session, None, Role.CLERK)
        dossier = make_dossier(session, clerk)
        session.commit()
        clerk_id, dossier_id = clerk.id, dossier.id
    start = threading.Barrier(6)

    def add() -> None:
        start.wait()
        with Session(engine) as session:
            begin_writing(session)
            acting = actor_of(session, session.get_one(Person, clerk_id))
            work = UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, acting)
            add_volume(work, dossier_id, VolumeData())
            work.commit()

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        ordinals = session.scalars(
            select(Volume.ordinal).where(Volume.dossier_id == dossier_id).order_by(Volume.ordinal)
        )
        assert list(ordinals) == [1, 2, 3, 4, 5, 6, 7]
