"""What is printed: volumes, places, people for labels; loans for slips and letters; lists. By the three rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.access.queries import known_to, readable_by
from portal.accounts.models import Department, Person
from portal.core.clock import office_midnight
from portal.core.permissions import Actor, Level
from portal.core.trail import TrailEntry
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Direction, Document, DocumentKind, DocumentVersion
from portal.documents.queries import is_current
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.queries import find_place, in_shelf_order, volumes_in
from portal.dossiers.rules import as_barcode
from portal.dossiers.states import Custody, PlaceKind
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.queries.loans import LoanChoice, loans_with_dossiers, overdue, register, visible_to

Row = TypeVar("Row")

MOST_LABELS = 1000
"""Labels that are printed at once."""
MOST_LOANS = 200
"""Loans whose slips are printed at once."""
MOST_ROWS = 5_000
"""Rows of a list on paper."""
MOST_INDEXED = 20_000
"""Dossiers in the index: it is of use only when it is whole."""


@dataclass(frozen=True)
class VolumeChoice:
    """Which volumes get a label: all that one of these names."""

    dossier: str = ""
    """The number of a dossier."""
    place: str = ""
    """Path or barcode of a place: what stands in it."""
    new_today: bool = False
    """Those of the dossiers opened today, and those added to older ones."""
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen(Generic[Row]):
    """What was found, in the order of printing, and what was asked for and not found, as it was typed."""

    rows: Sequence[Row]
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class VolumeRow:
    """A volume, and how many its dossier has."""

    volume: Volume
    of: int


def volumes_to_label(work: UnitOfWork, choice: VolumeChoice) -> Chosen[VolumeRow]:
    """The volumes chosen, as far as the acting person may know them, in shelf order; at most `MOST_LABELS`."""
    session, actor = work.session, work.person
    unknown: list[str] = []
    wanted: list[ColumnElement[bool]] = []
    if number := choice.dossier.strip():
        named = func.lower(Dossier.number) == number.lower()
        wanted.append(named)
        if session.scalar(select(Dossier.id).where(named, known_to(actor, Dossier))) is None:
            unknown.append(number)
    if text := choice.place.strip():
        place = find_place(session, text)
        if place is None:
            unknown.append(text)
        else:
            wanted.append(Volume.id.in_(volumes_in(actor, place).with_only_columns(Volume.id).order_by(None)))
    if choice.new_today:
        wanted.append(_new_today(work))
    if choice.barcodes:
        wanted.append(Volume.barcode.in_([as_barcode(code) for code in choice.barcodes]))
    if not wanted:
        return Chosen((), unknown)
    query = _volumes(actor).where(or_(*wanted)).order_by(*in_shelf_order()).limit(MOST_LABELS)
    volumes = session.scalars(query).all()
    if len(volumes) < MOST_LABELS:  # Else some are left out, and those were not looked for in vain.
        found = {volume.barcode for volume in volumes}
        unknown += [code for code in choice.barcodes if as_barcode(code) not in found]
    return Chosen(_counted(session, volumes), unknown)


def _volumes(actor: Actor) -> Select[Volume]:
    return (
        select(Volume)
        .join(Volume.dossier)
        .join(Dossier.client)
        .where(known_to(actor, Dossier), Dossier.number.is_not(None), Volume.custody != Custody.DISPOSED)
        .options(contains_eager(Volume.dossier).contains_eager(Dossier.client))
    )


def _new_today(work: UnitOfWork) -> ColumnElement[bool]:
    """A dossier's first volumes are new on the day of its approval; later ones when the trail says so."""
    added = select(TrailEntry.subject).where(
        TrailEntry.action == "volume:add", TrailEntry.at >= office_midnight(work.today, work.zone)
    )
    # As a subquery: there is a limit to how many values a statement may carry.
    return or_(Dossier.opened_on == work.today, literal("volumes:").concat(cast(Volume.id, String)).in_(added))


def _counted(session: Session, volumes: Sequence[Volume]) -> list[VolumeRow]:
    query = (
        select(Volume.dossier_id, func.max(Volume.ordinal))
        .where(Volume.dossier_id.in_({volume.dossier_id for volume in volumes}))
        .group_by(Volume.dossier_id)
    )
    counts = {row[0]: row[1] for row in session.execute(query)}
    return [VolumeRow(volume, counts[volume.dossier_id]) for volume in volumes]


def places_to_label(session: Session, within: str, kind: PlaceKind | None, *, itself: bool) -> Chosen[Place]:
    """Open places in the one of this path or barcode, all with an empty text; of one kind, where a kind is given.

    `itself`: the place itself is among them.
    """
    query = select(Place).where(Place.closed_at.is_(None))
    if text := within.strip():
        place = find_place(session, text)
        if place is None:
            return Chosen((), [text])
        query = query.where(Place.sort_key.startswith(place.sort_key))
        if not itself:
            query = query.where(Place.id != place.id)
    if kind is not None:
        query = query.where(Place.kind == kind)
    return Chosen(session.scalars(query.order_by(Place.sort_key).limit(MOST_LABELS)).all())


def people_to_label(session: Session, department_id: int | None, people: Collection[int]) -> Sequence[Person]:
    """Those of a department, and those chosen one by one, who have a card and are still here, by name."""
    wanted: list[ColumnElement[bool]] = []
    if department_id is not None:
        wanted.append(Person.department_id == department_id)
    if people:
        wanted.append(Person.id.in_(people))
    if not wanted:
        return ()
    query = select(Person).where(or_(*wanted), Person.card_number.is_not(None), Person.departed_at.is_(None))
    query = query.options(joinedload(Person.department)).order_by(Person.name, Person.id).limit(MOST_LABELS)
    return session.scalars(query).all()


def loans_for_slips(session: Session, actor: Actor, loan_ids: Collection[int]) -> Sequence[Loan]:
    """Loans the acting person may see, with the request they rest on, by borrower and due date."""
    query = _loans().where(Loan.id.in_(loan_ids), visible_to(actor))
    return session.scalars(query.order_by(Loan.borrower_id, Loan.due_on, Loan.id).limit(MOST_LOANS)).all()


def loans_overdue(work: UnitOfWork, borrower_id: int | None = None) -> Sequence[Loan]:
    """Overdue loans the acting person may see, of everybody or of one borrower, by department and borrower, the oldest
    first."""
    query = _loans().join(Loan.borrower).join(Person.department).where(overdue(work.today), visible_to(work.person))
    if borrower_id is not None:
        query = query.where(Loan.borrower_id == borrower_id)
    return work.session.scalars(
        query.order_by(Department.name, Department.id, Person.name, Loan.borrower_id, Loan.due_on, Loan.id)
    ).all()


def _loans() -> Select[Any]:
    request = joinedload(Loan.line).joinedload(RequestLine.request)
    return loans_with_dossiers().options(request.joinedload(Request.outside))


def volume_counts(session: Session, volumes: Sequence[Volume]) -> dict[int, int]:
    """How many volumes the dossier of each has, by volume."""
    return {row.volume.id: row.of for row in _counted(session, volumes)}


def asking_for_core(session: Session, loans: Sequence[Loan]) -> set[int]:
    """Those of these loans (ids) whose request asks for a core dossier, this one or another: its words may name it."""
    line = aliased(RequestLine)
    core = (
        select(line.request_id)
        .join(Dossier, Dossier.id == line.dossier_id)
        .where(Dossier.level == Level.CORE, line.request_id.in_({loan.line.request_id for loan in loans}))
    )
    requests = set(session.scalars(core))
    return {loan.id for loan in loans if loan.line.request_id in requests}


@dataclass(frozen=True)
class ListedDocument:
    """A document in the list of what is in a dossier. `pages` is None until they were counted."""

    dated: date
    kind: DocumentKind
    direction: Direction
    subject: str
    correspondent: str
    pages: int | None


def documents_of(work: UnitOfWork, dossier_id: int) -> Sequence[ListedDocument]:
    """What is filed in a dossier the acting person may read, in the order of its dates; at most `MOST_ROWS`."""
    query = (
        select(
            Document.dated,
            Document.kind,
            Document.direction,
            Document.subject,
            Document.correspondent,
            DocumentVersion.page_count,
        )
        .join(Document.dossier)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(Document.dossier_id == dossier_id, is_current(), readable_by(work.person, Dossier, work.today))
        .order_by(Document.dated, Document.id)
        .limit(MOST_ROWS)
    )
    return [ListedDocument(*row) for row in work.session.execute(query)]


def loans_listed(work: UnitOfWork, choice: LoanChoice) -> tuple[Sequence[Loan], int]:
    """Entries of the loan register the acting person may see, in the order they were made, with the request each rests
    on: the last `MOST_ROWS`, and how many there are."""
    chosen = register(work.person, work.today, choice.part).where(*choice.where()).order_by(None)
    ids = chosen.with_only_columns(Loan.id).correlate(None)
    total = work.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    newest = ids.order_by(Loan.id.desc()).limit(MOST_ROWS)
    query = _loans().where(Loan.id.in_(newest)).order_by(Loan.issued_at, Loan.id)
    return work.session.scalars(query).all(), total


def people_by_department(session: Session) -> Sequence[tuple[Department, int]]:
    """Departments by name, with how many cards their people have."""
    here = and_(Person.department_id == Department.id, Person.card_number.is_not(None), Person.departed_at.is_(None))
    query = select(Department, func.count(Person.id)).outerjoin(Person, here).group_by(Department.id)
    return [(department, count) for department, count in session.execute(query.order_by(Department.name))]
