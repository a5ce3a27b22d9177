"""People, dossiers and notices for the tests of mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.notices.services import MAIL, notify
from tests.factories import make_department, make_dossier, make_person

DUE = date(2026, 3, 5)
URL = "https://legajo.company.example/archive"


def person(parts: Any, *roles: Role, **fields: Any) -> int:
    with parts.writing() as work:
        email = fields.pop("email", None)
        made = make_person(work.session, make_department(work.session), *roles, **fields)
        if email is not None:
            made.email = email
        return made.id


def dossier(parts: Any, level: Level = Level.GENERAL, number: str | None = None) -> int:
    with parts.writing() as work:
        owner = work.session.scalars(select(Person)).first()
        return make_dossier(work.session, owner, level=level, number=number).id


def tell(parts: Any, person_id: int, kind: NoticeKind = NoticeKind.LOAN_DUE_SOON, **more: Any) -> int:
    params: dict[str, Any] = {"occasion": "1", "dossier_id": None, **more}
    params["dossier_id"] = params["dossier_id"] or dossier(parts)
    if kind == NoticeKind.LOAN_DUE_SOON:
        params |= {"volume": "V-1", "due_on": DUE}
    with parts.writing() as work:
        assert notify(work, person_id, kind, **params)
        work.wanted_kinds.clear()
        return work.session.scalars(select(Notice.id).order_by(Notice.id.desc())).first()


def waiting(parts: Any) -> list[OutboxRow]:
    with parts.looking() as work:
        return list(
            work.session.scalars(select(OutboxRow).where(OutboxRow.kind == MAIL, OutboxRow.wanted > OutboxRow.done))
        )


def failures(parts: Any) -> list[dict[str, Any]]:
    with parts.looking() as work:
        rows = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "notice:not_mailed"))
        return [row.details for row in rows]


def words(mail: Any, kind: str = "plain") -> str:
    return " ".join(mail.get_body((kind,)).get_content().split())
