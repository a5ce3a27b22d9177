"""Counting a custom list: for each row what the audience may know, and of it no more than the person it is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, true
from sqlalchemy.orm import Session, aliased

from portal.access.models import Responsibility
from portal.access.queries import client_readable_by, known_to, looks_after, readable_by
from portal.accounts.models import Department, Person
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Level
from portal.documents.models import Document, DocumentVersion
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody, DossierState
from portal.lending.models import Loan
from portal.lending.states import LoanState
from portal.reports.queries.declaring import Scope
from portal.reports.queries.listings.uses import days_late
from portal.reports.statistics.counted import Audience, Cell, Column, Name, Register
from portal.reports.statistics.lists import ListOf, ListReport, ListSpec

MOST_ROWS = 10_000
"""Rows of one list; it says how many more there are."""

Row = Mapping[str, Cell]


def count_list(spec: ListSpec, scope: Scope, audience: Audience, *, most: int = MOST_ROWS) -> ListReport:
    """The list for `scope.actor`, who is the person the list is for, as one of the audience
    (`portal.reports.queries.counting.as_audience`). `most`: rows that are listed."""
    rows, total = _COUNT[spec.of](spec, scope, most)
    columns = spec.columns
    register = Register(
        tuple(Column(one.heading, one.shape) for one in columns),
        tuple(tuple(row[one.name] for one in columns) for row in rows),
        max(0, total - len(rows)),
    )
    return ListReport(
        of=spec.of,
        period=scope.period,
        audience=audience,
        counted_at=scope.now,
        zone=scope.zone.key,
        register=register,
        filters=filter_names(scope.session, spec),
    )


def filter_names(session: Session, spec: ListSpec) -> tuple[tuple[str, Name], ...]:
    """Heading (message id) and value of each filter."""
    found: list[tuple[str, Name]] = []
    words: tuple[tuple[str, str, Mapping[Any, str]], ...] = (
        (N_("Kind"), spec.kind, CLIENT_KIND_NAMES),
        (N_("Rank"), spec.rank, CLIENT_RANK_NAMES),
        (N_("Level"), spec.level, LEVEL_NAMES),
    )
    found += [(heading, Name(names[key], "message")) for heading, key, names in words if key]
    if spec.department:
        department = session.get_one(Department, int(spec.department))
        found.append((N_("Department"), Name(department.name)))
    return tuple(found)


def _matching(spec: ListSpec, dossier: Any = Dossier) -> ColumnElement[bool]:
    """Dossiers that the department and the level chosen let through."""
    clauses: list[ColumnElement[bool]] = []
    if spec.department:
        clauses.append(dossier.department_id == int(spec.department))
    if spec.level:
        clauses.append(dossier.level == Level(spec.level))
    return and_(true(), *clauses)


def _client_matches(spec: ListSpec, scope: Scope) -> ColumnElement[bool]:
    """Clients of the kind and rank chosen: of those only whose kind and rank the person may see, because a row's being
    there would tell."""
    if not spec.kind and not spec.rank:
        return true()
    clauses = [_readable(scope)]
    if spec.kind:
        clauses.append(Client.kind == spec.kind)
    if spec.rank:
        clauses.append(Client.rank == spec.rank)
    return and_(*clauses)


def _readable(scope: Scope) -> ColumnElement[bool]:
    """Clients whose fields beyond the name the person may see."""
    return client_readable_by(scope.actor, Client, aliased(Dossier), scope.today)


def _clients(spec: ListSpec, scope: Scope, most: int) -> tuple[list[Row], int]:
    dossier = aliased(Dossier)
    listed = exists().where(
        dossier.client_id == Client.id,
        _known(scope, dossier),
        dossier.opened_on <= scope.last,
        _matching(spec, dossier),
    )
    where = (listed, _client_matches(spec, scope))
    total = scope.session.scalar(select(func.count(Client.id)).where(*where)) or 0
    fields = (Client.kind, Client.rank, Client.country, Client.industry, Client.size, Client.cooperation_began)
    found = scope.session.execute(
        select(Client.id, Client.name, _readable(scope).label("readable"), *fields)
        .where(*where)
        .order_by(Client.name, Client.id)
        .limit(most)
    ).all()
    last_name = found[-1].name if found else ""
    numbers = _by_client(
        scope,
        select(Dossier.client_id, Dossier.number)
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, Dossier.opened_on <= scope.last, _matching(spec), Client.name <= last_name)
        .order_by(Dossier.number),
    )
    departments = _by_client(
        scope,
        select(Dossier.client_id, Department.name)
        .join(Department, Department.id == Dossier.department_id)
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, Dossier.opened_on <= scope.last, _matching(spec), Client.name <= last_name)
        .distinct()
        .order_by(Department.name),
    )
    people = _responsible(scope) if {"first", "second"} & set(spec.fields) else {}
    rows: list[Row] = []
    for client in found:
        open_fields: Row = {}
        if client.readable:
            open_fields = {
                "kind": CLIENT_KIND_NAMES[client.kind],
                "rank": CLIENT_RANK_NAMES[client.rank],
                "country": client.country,
                "industry": client.industry,
                "size": client.size,
                "first": people.get((client.id, 1)),
                "second": people.get((client.id, 2)),
                "began": client.cooperation_began,
            }
        rows.append(
            {
                **dict.fromkeys(("kind", "rank", "country", "industry", "size", "first", "second", "began")),
                "client": client.name,
                "dossiers": ", ".join(numbers.get(client.id, ())),
                "department": ", ".join(departments.get(client.id, ())),
                **open_fields,
            }
        )
    return rows, total


def _known(scope: Scope, dossier: Any) -> ColumnElement[bool]:
    """`Scope.known`, for an alias."""
    return and_(known_to(scope.actor, dossier), dossier.state == DossierState.OPEN)


def _by_client(scope: Scope, query: Any) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for client_id, text in scope.session.execute(query):
        found[client_id].append(text)
    return found


def _responsible(scope: Scope) -> dict[tuple[int, int], str]:
    """Who looks after a client at the end of the period, by client and rank."""
    rows = scope.session.execute(
        select(Responsibility.client_id, Responsibility.rank, Person.name)
        .join(Person, Person.id == Responsibility.person_id)
        .where(looks_after(scope.last))
    )
    return {(client_id, rank): name for client_id, rank, name in rows}


def _dossiers(spec: ListSpec, scope: Scope, most: int) -> tuple[list[Row], int]:
    where = (scope.known, Dossier.opened_on <= scope.last, _matching(spec), _client_matches(spec, scope))
    query = select(Dossier.id).join(Client, Client.id == Dossier.client_id).where(*where)
    total = scope.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    readable = readable_by(scope.actor, Dossier, scope.today)
    found = scope.session.execute(
        select(
            Dossier.id,
            Dossier.number,
            Client.name.label("client"),
            Department.name.label("department"),
            Dossier.level,
            Dossier.opened_on,
            readable.label("readable"),
        )
        .join(Client, Client.id == Dossier.client_id)
        .join(Department, Department.id == Dossier.department_id)
        .where(*where)
        .order_by(Dossier.number)
        .limit(most)
    ).all()
    volumes = _per_dossier(scope, _volumes(Volume.custody != Custody.DISPOSED))
    on_loan = _per_dossier(scope, _volumes(Volume.custody == Custody.ON_LOAN))
    documents = _per_dossier(scope, _documents(scope)) if "documents" in spec.fields else {}
    pages = _per_dossier(scope, _pages(scope)) if "pages" in spec.fields else {}
    return [
        {
            "dossier": row.number,
            "client": row.client,
            "department": row.department,
            "level": LEVEL_NAMES[row.level],
            "opened_on": row.opened_on,
            "volumes": volumes.get(row.id, 0),
            "on_loan": on_loan.get(row.id, 0),
            "documents": documents.get(row.id, 0) if row.readable else None,
            "pages": pages.get(row.id, 0) if row.readable else None,
        }
        for row in found
    ], total


def _per_dossier(scope: Scope, query: Any) -> dict[int, int]:
    return {dossier_id: int(number) for dossier_id, number in scope.session.execute(query)}


def _volumes(which: ColumnElement[bool]) -> Any:
    return select(Volume.dossier_id, func.count(Volume.id)).where(which).group_by(Volume.dossier_id)


def _documents(scope: Scope) -> Any:
    return (
        select(Document.dossier_id, func.count(Document.id))
        .where(Document.filed_at < scope.ends)
        .group_by(Document.dossier_id)
    )


def _pages(scope: Scope) -> Any:
    """Pages of the newest version that was there at the end of the period."""
    newest = (
        select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
        .where(DocumentVersion.added_at < scope.ends)
        .group_by(DocumentVersion.document_id)
        .subquery()
    )
    return (
        select(Document.dossier_id, func.coalesce(func.sum(DocumentVersion.page_count), 0))
        .join(newest, newest.c.document_id == Document.id)
        .join(
            DocumentVersion,
            and_(DocumentVersion.document_id == Document.id, DocumentVersion.number == newest.c.number),
        )
        .where(Document.filed_at < scope.ends)
        .group_by(Document.dossier_id)
    )


def _loans(spec: ListSpec, scope: Scope, most: int) -> tuple[list[Row], int]:
    where = (
        scope.known,
        scope.on_days(Loan.issued_on),
        Loan.state != LoanState.VOIDED,
        _matching(spec),
        _client_matches(spec, scope),
    )
    columns = (
        Dossier.number.label("dossier"),
        Volume.ordinal.label("volume"),
        Client.name.label("client"),
        Department.name.label("borrower_department"),
        *(Loan.issued_on, Loan.due_on, Loan.returned_on, Loan.state),
    )
    query = (
        select(*columns)
        .select_from(Loan)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(Person, Person.id == Loan.borrower_id)
        .join(Department, Department.id == Person.department_id)
        .where(*where)
    )
    total = scope.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = scope.session.execute(query.order_by(Loan.issued_on, Loan.id).limit(most)).all()
    return [
        {
            "dossier": row.dossier,
            "volume": str(row.volume),
            "client": row.client,
            "borrower_department": row.borrower_department,
            "issued_on": row.issued_on,
            "due_on": row.due_on,
            "returned_on": row.returned_on,
            "days_late": days_late(row.state, row.due_on, row.returned_on, scope.today),
        }
        for row in found
    ], total


_COUNT: Mapping[ListOf, Callable[[ListSpec, Scope, int], tuple[Sequence[Row], int]]] = {
    ListOf.CLIENTS: _clients,
    ListOf.DOSSIERS: _dossiers,
    ListOf.LOANS: _loans,
}
