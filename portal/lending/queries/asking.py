"""What the form of a request needs to know of the dossiers asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.access.queries import known_to, readable_by
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.lending.models import RequestLine
from portal.lending.states import OPEN_LINE_STATES, RequestKind


def dossiers_to_ask_for(session: Session, actor: Actor, ids: Collection[int]) -> Sequence[Dossier]:
    """Those of these official dossiers that the actor may know of, in the order of `ids`."""
    found = {row.id: row for row in session.scalars(_official(actor).where(Dossier.id.in_(ids)))}
    return [found[dossier_id] for dossier_id in dict.fromkeys(ids) if dossier_id in found]


def dossiers_numbered(session: Session, actor: Actor, numbers: Collection[str]) -> dict[str, Dossier]:
    """The official dossiers with these numbers that the actor may know of, by number as it was given.

    The case of letters does not matter, unless two numbers differ in nothing else: then the one written so counts.
    """
    folded = {number.upper() for number in numbers}
    query = _official(actor).where(or_(func.upper(Dossier.number).in_(folded), Dossier.number.in_(numbers)))
    exact: dict[str, Dossier] = {}
    alike: dict[str, Dossier] = {}
    for row in session.scalars(query.order_by(Dossier.id)):
        exact[row.number or ""] = row
        alike.setdefault((row.number or "").upper(), row)
    found = {number: exact.get(number) or alike.get(number.upper()) for number in numbers}
    return {number: row for number, row in found.items() if row is not None}


def open_lines(
    session: Session, reader_id: int, dossier_ids: Collection[int], kind: RequestKind
) -> Sequence[RequestLine]:
    """The open lines of this kind for these dossiers that the reader reads themselves, lapsed or not."""
    return session.scalars(
        select(RequestLine)
        .where(
            RequestLine.reader_id == reader_id,
            RequestLine.dossier_id.in_(dossier_ids),
            RequestLine.kind == kind,
            RequestLine.visitor == "",
            RequestLine.state.in_(OPEN_LINE_STATES),
        )
        .order_by(RequestLine.id)
    ).all()


def readable_among(session: Session, actor: Actor, dossier_ids: Collection[int], today: date) -> Sequence[Dossier]:
    """Those of these dossiers that the actor may read without asking."""
    where = readable_by(actor, Dossier, today)
    return session.scalars(
        select(Dossier).where(Dossier.id.in_(dossier_ids), where).options(joinedload(Dossier.client))
    ).all()


def _official(actor: Actor) -> Select[Dossier]:
    return (
        select(Dossier)
        .where(Dossier.state == DossierState.OPEN, known_to(actor, Dossier))
        .options(joinedload(Dossier.client), joinedload(Dossier.department))
    )
