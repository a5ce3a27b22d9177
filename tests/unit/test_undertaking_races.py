"""A log-in, an acceptance and an approval at one moment: nobody slips through between them (two connections)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import LoginSession, Person
from portal.accounts.services import open_log_in
from portal.undertaking.models import UndertakingVersion
from portal.undertaking.queries import open_draft, version_with_texts
from portal.undertaking.services import accept, approve_version, save_draft, submit_draft
from portal.undertaking.texts import DEFAULT_TEXTS
from tests.factories import PASSWORD_HASH
from tests.undertaking_world import House


def ready(parts: Any) -> tuple[int, int, int]:
    """A version in force and the next one waiting for approval; returns a person, the manager, the director."""
    with parts.writing() as work:
        house = House(work.session, lambda actor=None: parts.unit(work.session, actor))
        person = house.person()
        house.in_force(words="# First")
        draft = save_draft(house.work(house.manager), DEFAULT_TEXTS, None)
        submit_draft(house.work(house.manager), draft.row_version)
        return person.id, house.manager.id, house.director.id


@pytest.mark.parametrize("act", ["log_in", "accept"])
@pytest.mark.parametrize("first", ["approval", "other"])
def test_whichever_commits_first_the_new_rules_are_asked_for(parts: Any, act: str, first: str) -> None:
    """One of the two has done its work and has not committed; the other one waits for it, and then sees it."""
    person_id, manager_id, director_id = ready(parts)
    if act == "accept":
        with parts.writing() as work:
            open_log_in(work, person_id, PASSWORD_HASH, hours=10, address=None, browser="")

    def approve(work: Any) -> None:
        house = House.again(work.session, lambda actor=None: parts.unit(work.session, actor), manager_id, director_id)
        draft = open_draft(work.session)
        assert draft is not None
        approve_version(house.work(house.director), draft.row_version, work.today)

    def other(work: Any) -> None:
        if act == "log_in":
            open_log_in(work, person_id, PASSWORD_HASH, hours=10, address=None, browser="")
            return
        house = House.again(work.session, lambda actor=None: parts.unit(work.session, actor), manager_id, director_id)
        number_one = work.session.scalar(select(UndertakingVersion.id).where(UndertakingVersion.number == 1))
        version = version_with_texts(work.session, number_one)
        person = work.session.get_one(Person, person_id)
        accept(house.work(person), version.id, "en", version.text_in("en").digest)

    acts = [approve, other] if first == "approval" else [other, approve]
    begun, late_errors = threading.Event(), []

    def second() -> None:
        begun.wait(10)
        try:
            with parts.writing() as work:
                acts[1](work)
        except Exception as error:  # An acceptance of rules that were replaced meanwhile is refused: that is right.
            late_errors.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    with parts.writing() as work:
        acts[0](work)
        begun.set()
        thread.join(0.5)
        assert thread.is_alive(), "the second one waits for the first one's commit"
    thread.join(20)
    assert not thread.is_alive()
    assert len(late_errors) == (1 if (act, first) == ("accept", "approval") else 0), late_errors
    with parts.looking() as work:
        today = work.today
        assert set(work.session.scalars(select(LoginSession.gate_shut_from))) == {today}
