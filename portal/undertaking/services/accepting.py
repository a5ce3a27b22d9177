"""Accepting the rules in force, and what a log-in knows of it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from portal.accounts.models import LoginSession
from portal.core.errors import Conflict
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.policy.queries import current_policy
from portal.undertaking.models import UndertakingAcceptance, UndertakingText
from portal.undertaking.queries import force_today, hold_versions, last_accepted_on, version_with_texts
from portal.undertaking.rules import Force, asked_from


def accept(work: UnitOfWork, version_id: int, language: str, digest: str) -> UndertakingAcceptance:
    """The acting person accepts what they have read: this version, in this language, with these words (`digest`).

    Conflict where something else is in force now, or where they have accepted it and the year is not near its end.
    """
    person = work.person
    hold_versions(work.session)
    force = force_today(work.session, work.today)
    version = version_with_texts(work.session, force.version_id)
    text = next((text for text in version.texts if text.language == language), None) if version else None
    if version is None or text is None or version.id != version_id or text.digest != digest:
        raise Conflict(
            N_("Meanwhile other rules are in force. Nothing was accepted: open the page again and read them.")
        )
    policy = current_policy(work.session)
    before = asked_from(force, last_accepted_on(work.session, person.id, version.id), policy.undertaking_months)
    if before is not None and before > work.today + timedelta(days=policy.undertaking_remind_days):
        raise Conflict(N_("You have accepted these rules already."))
    row = _insert(work, text)
    work.record(
        "undertaking:accept",
        f"undertaking_versions:{version.id}",
        details={"version_number": version.number, "language": language, "digest": digest},
    )
    work.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        .values(gate_shut_from=asked_from(force, row.accepted_on, policy.undertaking_months))
        .execution_options(synchronize_session=False)
    )
    return row


def _insert(work: UnitOfWork, text: UndertakingText) -> UndertakingAcceptance:
    row = UndertakingAcceptance(
        person_id=work.person.id,
        version_id=text.version_id,
        language=text.language,
        digest=text.digest,
        accepted_at=work.now,
        accepted_on=work.today,
    )
    work.session.add(row)
    work.session.flush()
    return row


def asked_from_on(work: UnitOfWork, person_id: int, force: Force) -> date | None:
    """From which day on a person has to accept; None: nothing is asked. `force` is what is in force today."""
    if force.version_id is None:
        return force.next_on
    accepted_on = last_accepted_on(work.session, person_id, force.version_id)
    return asked_from(force, accepted_on, current_policy(work.session).undertaking_months)


def hold_at_log_in(work: UnitOfWork, person_id: int, session_id: int) -> None:
    """Note in a new log-in from which day on its person has to accept first (`UnitOfWork.log_in_listeners`)."""
    hold_versions(work.session)
    shut_from = asked_from_on(work, person_id, force_today(work.session, work.today))
    if shut_from is not None:
        work.session.get_one(LoginSession, session_id).gate_shut_from = shut_from
