"""Writing a version of the undertaking, and putting it in force (R18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import or_, update

from portal.accounts.models import LoginSession
from portal.accounts.queries import holders_of
from portal.config import LANGUAGES
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission, Role
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify
from portal.undertaking.models import UndertakingAuthor, UndertakingText, UndertakingVersion
from portal.undertaking.queries import hold_versions, newest_approved, open_draft
from portal.undertaking.states import VersionState
from portal.undertaking.texts import LONGEST, digest_of, tidy

LONGEST_COMMENT = 500


def save_draft(work: UnitOfWork, texts: Mapping[str, str], version: int | None) -> UndertakingVersion:
    """Begin a new version, or change the one being written; `texts` by language, all of them.

    `version` is the row version of the draft the form was filled in over, None where there was none. What waited for
    approval is a draft again. Raises Invalid (fields named after the languages), StaleVersion, Conflict.
    """
    actor = work.require(Permission.UNDERTAKING_DRAFT)
    bodies = _checked(texts)
    hold_versions(work.session, to_change=True)
    draft = open_draft(work.session)
    if draft is None:
        if version is not None:
            raise Conflict(N_("This draft is approved meanwhile and can no longer be changed."))
        draft = UndertakingVersion(state=VersionState.DRAFT, edited_at=work.now)
        work.session.add(draft)
        work.session.flush()
    elif version is None:
        raise Conflict(N_("Somebody else has begun a new version meanwhile. Nothing was saved: look at theirs first."))
    else:
        draft.check_version(version)
        draft.state, draft.edited_at = VersionState.DRAFT, work.now
    there = {text.language: text for text in draft.texts}
    for language, body in bodies.items():
        if language not in there:
            draft.texts.append(UndertakingText(language=language, body=body, digest=digest_of(language, body)))
        else:
            there[language].body, there[language].digest = body, digest_of(language, body)
    if actor.id not in {author.person_id for author in draft.authors}:
        draft.authors.append(UndertakingAuthor(person_id=actor.id))
    work.session.flush()
    work.record("undertaking:draft", f"undertaking_versions:{draft.id}")
    return draft


def submit_draft(work: UnitOfWork, version: int) -> UndertakingVersion:
    """Send the draft to the general manager. Raises NotFound, StaleVersion, Conflict."""
    actor = work.require(Permission.UNDERTAKING_DRAFT)
    draft = _draft(work, version)
    if draft.state != VersionState.DRAFT:
        raise Conflict(N_("This draft has been sent already."))
    draft.state, draft.comment = VersionState.SUBMITTED, ""
    draft.submitted_at, draft.submitted_by_id = work.now, actor.id
    work.session.flush()
    work.record("undertaking:submit", f"undertaking_versions:{draft.id}")
    authors = {author.person_id for author in draft.authors}
    for person in holders_of(work.session, Role.GENERAL_MANAGER):
        if person.id not in authors:
            occasion = f"{draft.id}:{draft.row_version}"
            notify(work, person.id, NoticeKind.UNDERTAKING_TO_APPROVE, occasion, about_id=actor.id)
    return draft


def send_back(work: UnitOfWork, version: int, comment: str) -> UndertakingVersion:
    """Do not approve the draft, and say why. Raises Invalid, NotFound, StaleVersion, Conflict, NotPermitted."""
    actor = work.require(Permission.UNDERTAKING_APPROVE)
    comment = comment.strip()
    if not comment:
        raise Invalid(fields={"comment": Message(N_("Please say what is to be changed."))})
    if len(comment) > LONGEST_COMMENT:
        too_long = Message(N_("At most %(most)s characters, please."), {"most": LONGEST_COMMENT})
        raise Invalid(fields={"comment": too_long})
    draft = _to_decide(work, version)
    draft.state, draft.comment = VersionState.DRAFT, comment
    work.session.flush()
    work.record("undertaking:send_back", f"undertaking_versions:{draft.id}", details={"comment": comment})
    if draft.submitted_by_id is not None:
        occasion = f"{draft.id}:{draft.row_version}"
        notify(work, draft.submitted_by_id, NoticeKind.UNDERTAKING_SENT_BACK, occasion, about_id=actor.id)
    return draft


def approve_version(work: UnitOfWork, version: int, from_on: date) -> UndertakingVersion:
    """Put the draft in force from a day on: today, or one to come, and not before the version before it.

    It has its number from now on and never changes again. Everybody who is logged in is asked from that day on.
    Raises Invalid, NotFound, StaleVersion, Conflict, NotPermitted (nobody approves what they have written).
    """
    actor = work.require(Permission.UNDERTAKING_APPROVE)
    hold_versions(work.session, to_change=True)
    draft = _to_decide(work, version)
    newest = newest_approved(work.session)
    if from_on < work.today:
        raise Invalid(fields={"from_on": Message(N_("Rules cannot be put in force for the past."))})
    if from_on.year > work.today.year + 2:
        raise Invalid(fields={"from_on": Message(N_("Please give a day within the next two years."))})
    if newest is not None and newest.from_on is not None and from_on < newest.from_on:
        sentence = N_("Version %(number)s begins on %(day)s: this one cannot begin before it.")
        raise Invalid(fields={"from_on": Message(sentence, {"number": newest.number, "day": newest.from_on})})
    draft.state, draft.comment = VersionState.APPROVED, ""
    draft.number = (newest.number or 0) + 1 if newest is not None else 1
    draft.from_on, draft.approved_at, draft.approved_by_id = from_on, work.now, actor.id
    work.session.flush()
    work.record(
        "undertaking:approve",
        f"undertaking_versions:{draft.id}",
        details={"version_number": draft.number, "from": from_on.isoformat()},
    )
    work.session.execute(
        update(LoginSession)
        .where(
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > work.now,
            or_(LoginSession.gate_shut_from.is_(None), LoginSession.gate_shut_from > from_on),
        )
        .values(gate_shut_from=from_on)
        .execution_options(synchronize_session=False)
    )
    return draft


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    bodies = {language: tidy(texts.get(language, "")) for language in LANGUAGES}
    wrong: dict[str, Message] = {}
    for language, body in bodies.items():
        if not body:
            wrong[language] = Message(N_("The text is needed in every language: people accept it in theirs."))
        elif len(body) > LONGEST:
            wrong[language] = Message(N_("At most %(most)s characters, please."), {"most": LONGEST})
    if wrong:
        raise Invalid(fields=wrong)
    return bodies


def _draft(work: UnitOfWork, version: int) -> UndertakingVersion:
    draft = open_draft(work.session)
    if draft is None:
        raise NotFound()
    draft.check_version(version)
    return draft


def _to_decide(work: UnitOfWork, version: int) -> UndertakingVersion:
    draft = _draft(work, version)
    if draft.state != VersionState.SUBMITTED:
        raise Conflict(N_("This draft does not wait for approval at present."))
    if work.person.id in {author.person_id for author in draft.authors} or draft.submitted_by_id == work.person.id:
        raise NotPermitted(N_("You have written on this draft yourself: somebody else has to approve it."))
    return draft
