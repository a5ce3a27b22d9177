"""Versions and acceptances: who may, what stays, what the log-ins know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import LoginSession, Person
from portal.accounts.services import open_log_in
from portal.core.errors import Conflict, Invalid, NotPermitted, StaleVersion
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.models import PolicyValue
from portal.undertaking import queries
from portal.undertaking.models import UndertakingAcceptance
from portal.undertaking.services import (
    accept,
    approve_version,
    hold_at_log_in,
    save_draft,
    send_back,
    submit_draft,
)
from portal.undertaking.states import VersionState
from portal.undertaking.texts import DEFAULT_TEXTS, LONGEST, digest_of
from tests.factories import PASSWORD_HASH, make_person
from tests.undertaking_world import House

TODAY = date(2026, 3, 2)


@pytest.fixture
def house(session: Any, work_as: Callable[..., Any]) -> House:
    return House(session, work_as)


def log_in(house: House, person: Person) -> LoginSession:
    """A log-in as the portal opens it."""
    house.session.flush()
    work = house.work_as()
    work.log_in_listeners = (hold_at_log_in,)
    open_log_in(work, person.id, PASSWORD_HASH, hours=10, address=None, browser="")
    return house.session.scalars(select(LoginSession).order_by(LoginSession.id.desc()).limit(1)).one()


def held_from(house: House, row: LoginSession) -> date | None:
    return house.session.scalar(select(LoginSession.gate_shut_from).where(LoginSession.id == row.id))


class TestVersions:
    def test_a_version_is_written_sent_and_put_in_force(self, house: House) -> None:
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        assert (draft.state, draft.number) == (VersionState.DRAFT, None)
        submit_draft(house.work(house.manager), draft.row_version)
        told = house.session.scalars(select(Notice).where(Notice.kind == NoticeKind.UNDERTAKING_TO_APPROVE)).one()
        assert (told.person_id, told.about_id) == (house.director.id, house.manager.id)
        version = approve_version(house.work(house.director), draft.row_version, TODAY)
        assert (version.state, version.number, version.from_on) == (VersionState.APPROVED, 1, TODAY)
        assert version.text_in("zh").body == DEFAULT_TEXTS["zh"]
        actions = house.session.scalars(
            select(TrailEntry.action).where(TrailEntry.subject == f"undertaking_versions:{version.id}")
        ).all()
        assert actions == ["undertaking:draft", "undertaking:submit", "undertaking:approve"]

    def test_numbers_have_no_gaps_and_drafts_have_none(self, house: House) -> None:
        assert [house.in_force(TODAY + timedelta(days=n)).number for n in range(3)] == [1, 2, 3]

    @pytest.mark.parametrize("language", ["en", "es", "zh"])
    def test_every_language_is_needed(self, house: House, language: str) -> None:
        with pytest.raises(Invalid) as error:
            save_draft(house.work(house.manager), {**DEFAULT_TEXTS, language: " \n "}, None)
        assert list(error.value.fields) == [language]

    def test_a_text_has_an_end(self, house: House) -> None:
        with pytest.raises(Invalid):
            save_draft(house.work(house.manager), {**DEFAULT_TEXTS, "es": "a" * (LONGEST + 1)}, None)

    def test_nobody_approves_what_they_have_written(self, house: House) -> None:
        both = make_person(house.session, house.office, Role.RECORDS_MANAGER, Role.GENERAL_MANAGER)
        draft = save_draft(house.work(both), DEFAULT_TEXTS, None)
        # Somebody else writes on and sends it: the first one has written on it all the same.
        save_draft(house.work(house.manager), {**DEFAULT_TEXTS, "en": "# Other"}, draft.row_version)
        submit_draft(house.work(house.manager), draft.row_version)
        told = house.session.scalars(select(Notice.person_id).where(Notice.kind == NoticeKind.UNDERTAKING_TO_APPROVE))
        assert list(told) == [house.director.id]
        with pytest.raises(NotPermitted):
            approve_version(house.work(both), draft.row_version, TODAY)
        with pytest.raises(NotPermitted):
            send_back(house.work(both), draft.row_version, "no")
        assert approve_version(house.work(house.director), draft.row_version, TODAY).number == 1

    def test_who_sent_it_does_not_approve_it_either(self, house: House) -> None:
        both = make_person(house.session, house.office, Role.RECORDS_MANAGER, Role.GENERAL_MANAGER)
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        submit_draft(house.work(both), draft.row_version)
        with pytest.raises(NotPermitted):
            approve_version(house.work(both), draft.row_version, TODAY)

    def test_only_a_draft_that_was_sent_is_approved_and_only_as_it_was_seen(self, house: House) -> None:
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        with pytest.raises(Conflict):
            approve_version(house.work(house.director), draft.row_version, TODAY)
        submit_draft(house.work(house.manager), draft.row_version)
        seen = draft.row_version
        save_draft(house.work(house.manager), {**DEFAULT_TEXTS, "en": "# Changed"}, seen)
        submit_draft(house.work(house.manager), draft.row_version)
        with pytest.raises(StaleVersion):
            approve_version(house.work(house.director), seen, TODAY)

    def test_a_draft_sent_back_says_why(self, house: House) -> None:
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        submit_draft(house.work(house.manager), draft.row_version)
        with pytest.raises(Invalid):
            send_back(house.work(house.director), draft.row_version, " ")
        send_back(house.work(house.director), draft.row_version, "shorter, please")
        assert (draft.state, draft.comment) == (VersionState.DRAFT, "shorter, please")
        told = house.session.scalars(select(Notice).where(Notice.kind == NoticeKind.UNDERTAKING_SENT_BACK)).one()
        assert told.person_id == house.manager.id
        submit_draft(house.work(house.manager), draft.row_version)
        assert draft.comment == ""

    @pytest.mark.parametrize("from_on", ["2026-03-01", "2029-01-01"])
    def test_not_for_the_past_and_not_for_a_far_future(self, house: House, from_on: str) -> None:
        with pytest.raises(Invalid) as error:
            house.in_force(date.fromisoformat(from_on))
        assert list(error.value.fields) == ["from_on"]

    def test_versions_begin_in_the_order_of_their_numbers(self, house: House) -> None:
        house.in_force(TODAY + timedelta(days=10))
        with pytest.raises(Invalid):
            house.in_force(TODAY + timedelta(days=9))
        draft = queries.open_draft(house.session)
        assert draft is not None
        again = approve_version(house.work(house.director), draft.row_version, TODAY + timedelta(days=10))
        assert queries.force_today(house.session, TODAY + timedelta(days=10)).version_id == again.id

    def test_two_drafts_do_not_stand_side_by_side(self, house: House) -> None:
        save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        with pytest.raises(Conflict):
            save_draft(house.work(house.manager), DEFAULT_TEXTS, None)

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.RECORDS_MANAGER}))
    def test_only_the_records_manager_writes(self, house: House, role: Role) -> None:
        person = make_person(house.session, house.office, role)
        with pytest.raises(NotPermitted):
            save_draft(house.work(person), DEFAULT_TEXTS, None)
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        with pytest.raises(NotPermitted):
            submit_draft(house.work(person), draft.row_version)

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.GENERAL_MANAGER}))
    def test_only_the_general_manager_approves(self, house: House, role: Role) -> None:
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        submit_draft(house.work(house.manager), draft.row_version)
        person = make_person(house.session, house.office, role)
        with pytest.raises(NotPermitted):
            approve_version(house.work(person), draft.row_version, TODAY)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE undertaking_versions SET from_on = '2026-01-01'",
            "DELETE FROM undertaking_versions",
            "UPDATE undertaking_texts SET body = 'other'",
            "DELETE FROM undertaking_texts WHERE language = 'en'",
            "UPDATE undertaking_acceptances SET language = 'zh'",
            "DELETE FROM undertaking_acceptances",
        ],
    )
    def test_the_database_keeps_what_was_in_force_and_who_accepted_it(self, house: House, statement: str) -> None:
        version = house.in_force()
        house.accepts(house.person(), version)
        house.session.flush()
        with pytest.raises(DBAPIError, match="never changes|insert-only"), house.session.begin_nested():
            house.session.execute(text(statement))

    def test_a_draft_may_be_changed_in_the_database(self, house: House) -> None:
        save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        house.session.execute(text("UPDATE undertaking_texts SET body = 'other' WHERE language = 'en'"))
        assert house.session.scalar(text("SELECT body FROM undertaking_texts WHERE language = 'en'")) == "other"


class TestAccepting:
    def test_what_is_kept_of_it(self, house: House) -> None:
        version, person = house.in_force(), house.person(language="es")
        row = house.accepts(person, version, "es")
        assert (row.person_id, row.version_id, row.language) == (person.id, version.id, "es")
        assert row.digest == digest_of("es", version.text_in("es").body)
        assert row.accepted_on == TODAY
        entry = house.session.scalars(select(TrailEntry).where(TrailEntry.action == "undertaking:accept")).one()
        assert entry.actor_id == person.id
        assert entry.details == {"version_number": 1, "language": "es", "digest": row.digest}

    def test_other_words_than_the_ones_in_force_are_not_accepted(self, house: House) -> None:
        version, person = house.in_force(words="# First"), house.person()
        digest = version.text_in("en").digest
        for version_id, language, given in ((version.id, "es", digest), (version.id, "xx", digest), (0, "en", digest)):
            with pytest.raises(Conflict):
                accept(house.work(person), version_id, language, given)
        house.in_force(words="# Second")
        with pytest.raises(Conflict):
            accept(house.work(person), version.id, "en", digest)
        assert house.session.scalar(select(UndertakingAcceptance.id)) is None

    def test_before_the_first_version_there_is_nothing_to_accept(self, house: House) -> None:
        with pytest.raises(Conflict):
            accept(house.work(house.person()), 1, "en", "0" * 64)

    def test_a_year_is_accepted_once_and_again_from_the_reminder_on(self, house: House, clock: Any) -> None:
        version, person = house.in_force(), house.person()
        house.accepts(person, version)
        with pytest.raises(Conflict):
            house.accepts(person, version)
        clock.put(datetime(2027, 2, 16, 1, 0, tzinfo=UTC))
        with pytest.raises(Conflict):
            house.accepts(person, version)  # 15 days before the first day without one.
        clock.put(datetime(2027, 2, 17, 1, 0, tzinfo=UTC))
        assert house.accepts(person, version).accepted_on == date(2027, 2, 17)


class TestLogIns:
    def test_without_a_version_every_log_in_is_open(self, house: House) -> None:
        assert log_in(house, house.person()).gate_shut_from is None

    def test_a_draft_holds_nobody(self, house: House) -> None:
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        submit_draft(house.work(house.manager), draft.row_version)
        assert log_in(house, house.person()).gate_shut_from is None

    def test_who_has_not_accepted_is_held_and_let_go_by_accepting(self, house: House) -> None:
        version, person = house.in_force(), house.person()
        first, second = log_in(house, person), log_in(house, person)
        other = log_in(house, house.person())
        assert held_from(house, first) == held_from(house, second) == TODAY
        house.accepts(person, version)
        assert held_from(house, first) == held_from(house, second) == date(2027, 3, 3)
        assert held_from(house, other) == TODAY
        assert log_in(house, person).gate_shut_from == date(2027, 3, 3)

    def test_putting_a_version_in_force_holds_who_is_logged_in(self, house: House) -> None:
        open_one, ended = log_in(house, house.person()), log_in(house, house.person())
        ended.ended_at = house.work_as().now
        house.session.flush()
        house.in_force()
        assert held_from(house, open_one) == TODAY
        assert held_from(house, ended) is None

    def test_a_version_to_come_holds_from_its_day_on(self, house: House) -> None:
        version, person = house.in_force(), house.person()
        house.accepts(person, version)
        row = log_in(house, person)
        soon = TODAY + timedelta(days=30)
        house.in_force(soon)
        assert held_from(house, row) == soon
        assert log_in(house, person).gate_shut_from == soon
        newcomer = house.person()
        house.accepts(newcomer, version)
        assert log_in(house, newcomer).gate_shut_from == soon

    def test_an_old_acceptance_does_not_count_for_new_rules(self, house: House) -> None:
        version, person = house.in_force(), house.person()
        house.accepts(person, version)
        second = house.in_force(words="# New")
        assert log_in(house, person).gate_shut_from == TODAY
        house.accepts(person, second)
        assert log_in(house, person).gate_shut_from == date(2027, 3, 3)

    def test_how_long_it_is_good_is_policy(self, house: House) -> None:
        version, person = house.in_force(), house.person()
        house.accepts(person, version)
        house.session.add(PolicyValue(name="undertaking_months", value=6))
        house.session.flush()
        assert log_in(house, person).gate_shut_from == date(2026, 9, 3)
