"""A question and its answer: what the index finds, as far as the database allows it to be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from portal.access.queries import findable_by, known_to, readable_by
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.marking import marked
from portal.documents.models import Document, DocumentKind
from portal.dossiers.models import Dossier
from portal.dossiers.rules import CustodyCount, custody_summary
from portal.dossiers.states import DossierState
from portal.lending.queries.whereabouts import Whereabouts, where_are
from portal.search.entries import pages_of
from portal.search.grouping import Right, Row, group, permitted
from portal.search.rights import search_rights, stale_dossiers
from search_index import Query, SearchIndex
from search_index.analysis import ParsedQuery, Problem, Snippet, best_page, parse, snippet

PAGE_SIZE = 20
_IDS_AT_A_TIME = 500

Marked = Sequence[tuple[str, bool]]
"""A text in parts, each with whether it matches the question."""


@dataclass(frozen=True)
class Register:
    """The register entry of the dossier a result belongs to: what everyone who knows of it may see."""

    dossier_id: int
    number: str
    client_name: str
    level: Level
    department: str
    custody: Sequence[CustodyCount]
    out_until: date | None
    overdue: bool


@dataclass(frozen=True)
class DocumentHit:
    """A document that may be read. `page` (from 1) is where most of the question stands; None where only the
    title, the client or the number matched."""

    register: Register
    score: float
    document_id: int
    subject: str
    title: Marked
    kind: DocumentKind
    dated: date
    page: int | None
    snippet: Snippet | None


@dataclass(frozen=True)
class RegisterHit:
    """A dossier found by its register entry, or (`inside`) by documents that this person may not read: then
    nothing of them is here. `title` is the dossier's own, for its readers."""

    register: Register
    score: float
    client_name: Marked
    number: Marked
    readable: bool
    inside: bool
    title: str


@dataclass(frozen=True)
class SearchPage:
    """One page of results. `total` counts readable documents, and dossiers of which only the entry is shown."""

    text: str
    hits: Sequence[DocumentHit | RegisterHit] = ()
    total: int = 0
    number: int = 1
    pages: int = 1
    problems: Sequence[Problem] = ()


def search(work: UnitOfWork, index: SearchIndex, text: str, *, page: int = 1, per_page: int = PAGE_SIZE) -> SearchPage:
    """Answer `text` for the acting person: page `page` (from 1; the last one if there are fewer).

    The index proposes, by tokens of the person's rights; the database decides about every row, so that what is
    shown and what is counted are what the person may know at this moment.

    :raises search_index.SearchIndexError: the index cannot answer now
    """
    actor = work.require(Permission.SEARCH_USE)
    question = Query(
        text,
        search_rights(work.session, actor, work.today),
        exclude=stale_dossiers(work.session),
        limit=0,
    )
    results = index.search(question)
    rows = group(results.matched)
    rights = rights_now(work.session, actor, work.today, {row.dossier_id for row in rows})
    rows = permitted(rows, rights)
    pages = max(1, -(-len(rows) // per_page))
    number = min(max(page, 1), pages)
    shown = rows[(number - 1) * per_page : number * per_page]
    return SearchPage(
        text=text,
        hits=_hits(work, actor, shown, rights, text),
        total=len(rows),
        number=number,
        pages=pages,
        problems=[Problem(code) for code in results.problems],
    )


def rights_now(session: Session, actor: Actor, today: date, dossier_ids: Collection[int]) -> dict[int, Right]:
    """What the person may do with each of these official dossiers; those not known are left out."""
    right = case(
        (readable_by(actor, Dossier, today), Right.READ.value),
        (findable_by(actor, Dossier, today), Right.FIND.value),
        else_=Right.KNOW.value,
    )
    found: dict[int, Right] = {}
    ids = sorted(dossier_ids)
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        rows = session.execute(
            select(Dossier.id, right).where(
                Dossier.id.in_(ids[start : start + _IDS_AT_A_TIME]),
                Dossier.state == DossierState.OPEN,
                known_to(actor, Dossier),
            )
        )
        found.update({dossier_id: Right(value) for dossier_id, value in rows})
    return found


def _hits(
    work: UnitOfWork, actor: Actor, rows: Sequence[Row], rights: Mapping[int, Right], text: str
) -> list[DocumentHit | RegisterHit]:
    dossiers = _dossiers(work.session, {row.dossier_id for row in rows})
    whereabouts = where_are(work.session, actor, list(dossiers), work.today)
    document_ids = [row.document_id for row in rows if row.document_id is not None]
    documents = _documents(work.session, document_ids)
    texts = pages_of(work.session, document_ids)
    parsed = parse(text)
    hits: list[DocumentHit | RegisterHit] = []
    for row in rows:
        dossier = dossiers[row.dossier_id]
        register = _register(dossier, whereabouts[dossier.id])
        if row.document_id is None:
            hits.append(_register_hit(register, row, dossier, rights[dossier.id], text))
        else:
            document = documents[row.document_id]
            best, passage = _best_passage(texts.get(document.id, ()), parsed)
            hits.append(
                DocumentHit(
                    register=register,
                    score=row.score,
                    document_id=document.id,
                    subject=document.subject,
                    title=marked(document.subject, text),
                    kind=document.kind,
                    dated=document.dated,
                    page=best,
                    snippet=passage,
                )
            )
    return hits


def _register(dossier: Dossier, whereabouts: Whereabouts) -> Register:
    return Register(
        dossier_id=dossier.id,
        number=dossier.number or "",
        client_name=dossier.client.name,
        level=dossier.level,
        department=dossier.department.name,
        custody=custody_summary(volume.custody for volume in whereabouts.volumes),
        out_until=max((volume.due_on for volume in whereabouts.volumes if volume.due_on), default=None),
        overdue=whereabouts.overdue,
    )


def _register_hit(register: Register, row: Row, dossier: Dossier, right: Right, text: str) -> RegisterHit:
    return RegisterHit(
        register=register,
        score=row.score,
        client_name=marked(register.client_name, text),
        number=marked(register.number, text),
        readable=right == Right.READ,
        inside=row.inside and right >= Right.FIND,
        title=dossier.title if right == Right.READ else "",
    )


def _best_passage(pages: Sequence[str], parsed: ParsedQuery) -> tuple[int | None, Snippet | None]:
    """The number (from 1) of the page most of the question stands on, and the passage."""
    best = best_page(pages, parsed)
    return (None, None) if best is None else (best + 1, snippet(pages[best], parsed))


def _dossiers(session: Session, ids: Collection[int]) -> dict[int, Dossier]:
    rows = session.scalars(
        select(Dossier).where(Dossier.id.in_(ids)).options(joinedload(Dossier.client), joinedload(Dossier.department))
    )
    return {row.id: row for row in rows}


def _documents(session: Session, ids: Collection[int]) -> dict[int, Document]:
    return {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids)))}
