"""The checklist of a handover: what is owed now, as the features say, and what was closed; under the three rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select, and_, literal, select, union_all
from sqlalchemy.orm import Session, joinedload

from portal.access.queries import client_known_to, known_to
from portal.clients.models import Client
from portal.core.messages import N_, Message, read_message
from portal.core.obligations import Obligation, Obligations, ObligationSource, Side
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier
from portal.handover.models import ClientLetter, Handover, HandoverItem
from portal.handover.states import HandoverState
from portal.lending.models import Request, RequestLine
from portal.lending.queries.requests import visible_to

CLOSED = N_("Dealt with")
_LINE = "request_lines:"


@dataclass(frozen=True)
class OwedItem:
    """Something still owed, as the acting person may see it. `named`: they may know what it is."""

    obligation: Obligation
    what: Message
    named: bool


@dataclass(frozen=True)
class ClosedItem:
    """Something that was owed and is closed, how, by whom and when (None: since the last look)."""

    subject: str
    what: Message
    named: bool
    how: Message
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """The items of one source."""

    key: str
    name: str
    side: Side
    owed: tuple[OwedItem, ...] = ()
    closed: tuple[ClosedItem, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """All groups that have something, in the order of the sources."""

    groups: tuple[Group, ...] = field(default=())
    lines_shown: frozenset[str] = frozenset()
    """Those of the requests on it, as "request_lines:id", whose page opens for the acting person."""
    told: int = 0
    """How many clients have been told who follows."""

    @property
    def owed(self) -> int:
        """How many things are still owed."""
        return sum(len(group.owed) for group in self.groups)

    @property
    def closed(self) -> int:
        """How many are closed."""
        return sum(len(group.closed) for group in self.groups)

    @property
    def total(self) -> int:
        """All that was found so far."""
        return self.owed + self.closed

    def owed_on(self, side: Side) -> int:
        """How many things `side` still has to see to."""
        return sum(len(group.owed) for group in self.groups if group.side == side)


def everything_owed(
    session: Session, obligations: Obligations, person_id: int, today: date
) -> dict[str, list[Obligation]]:
    """What the person owes today, by the key of the source."""
    return {source.key: list(source.owed(session, person_id, today)) for source in obligations.sources}


def anything_owed(session: Session, obligations: Obligations, person_id: int, today: date) -> bool:
    """Whether the person owes anything today."""
    return any(source.owed(session, person_id, today) for source in obligations.sources)


def checklist_for(
    session: Session, actor: Actor, handover: Handover, obligations: Obligations, today: date
) -> Checklist:
    """The checklist as `actor` may see it; of a handover that is over, what was closed."""
    owed: Mapping[str, Iterable[Obligation]] = {}
    if handover.closed_at is None:
        owed = everything_owed(session, obligations, handover.person_id, today)
    of_client = and_(
        ClientLetter.handover_id == HandoverItem.handover_id, ClientLetter.client_id == HandoverItem.client_id
    )
    found = session.execute(
        select(HandoverItem, ClientLetter.id)
        .outerjoin(ClientLetter, of_client)
        .where(HandoverItem.handover_id == handover.id)
        .options(joinedload(HandoverItem.closed_by))
        .order_by(HandoverItem.id)
    ).all()
    rows = [row for row, _ in found]
    told = len({letter_id for _, letter_id in found if letter_id is not None})
    known = _Known.of(session, actor, owed, rows, today)
    closed: dict[str, list[HandoverItem]] = defaultdict(list)
    for row in rows:
        given_up = handover.state == HandoverState.CALLED_OFF and row.closed_at is None  # It stays with the person.
        if row.subject not in known.owed.get(row.source, ()) and not given_up:
            closed[row.source].append(row)
    groups = [
        Group(
            source.key,
            source.name,
            source.side,
            tuple(known.owed_item(source, item) for item in owed.get(source.key, ())),
            tuple(known.closed_item(source, row) for row in closed[source.key]),
        )
        for source in obligations.sources
    ]
    return Checklist(tuple(group for group in groups if group.owed or group.closed), known.lines, told)


@dataclass(frozen=True)
class _Known:
    """Which dossiers and clients the acting person may know of, and which requests they may open, of the checklist."""

    dossiers: Collection[int]
    clients: Collection[int]
    lines: frozenset[str]
    owed: Mapping[str, Collection[str]]

    @classmethod
    def of(
        cls,
        session: Session,
        actor: Actor,
        owed: Mapping[str, Iterable[Obligation]],
        rows: Iterable[HandoverItem],
        today: date,
    ) -> _Known:
        items: list[Obligation | HandoverItem] = [*rows, *(item for found in owed.values() for item in found)]
        subjects: dict[str, set[str]] = defaultdict(set)
        for key, found in owed.items():
            subjects[key] = {item.subject for item in found}
        dossiers = {item.dossier_id for item in items if item.dossier_id is not None}
        clients = {item.client_id for item in items if item.client_id is not None}
        lines = {
            int(each.removeprefix(_LINE)) for found in subjects.values() for each in found if each.startswith(_LINE)
        }
        asked = _asked(actor, dossiers, clients, lines, today)
        found_ids: dict[str, set[int]] = defaultdict(set)
        for what, row_id in session.execute(union_all(*asked)) if asked else ():
            found_ids[what].add(row_id)
        lines_shown = frozenset(f"{_LINE}{line_id}" for line_id in found_ids["line"])
        return cls(found_ids["dossier"], found_ids["client"], lines_shown, subjects)

    def _may_name(self, item: Obligation | HandoverItem) -> bool:
        return (item.dossier_id is None or item.dossier_id in self.dossiers) and (
            item.client_id is None or item.client_id in self.clients
        )

    def owed_item(self, source: ObligationSource, item: Obligation) -> OwedItem:
        named = self._may_name(item)
        return OwedItem(item, item.what if named else Message(source.unnamed), named)

    def closed_item(self, source: ObligationSource, row: HandoverItem) -> ClosedItem:
        named = self._may_name(row)
        how = read_message(row.outcome) if row.outcome and named else Message(CLOSED)
        what = read_message(row.what) if named else Message(source.unnamed)
        if not named:  # When, and by whom, would tell more of it than one may know.
            return ClosedItem(row.subject, what, named, how)
        return ClosedItem(row.subject, what, named, how, row.closed_by.name if row.closed_by else "", row.closed_at)


def _asked(
    actor: Actor, dossiers: Collection[int], clients: Collection[int], lines: Collection[int], today: date
) -> list[Select[str, int]]:
    """What is asked about these ids, to be asked at once: each row says what it is, and its id."""
    asked = []
    if dossiers:
        known = select(literal("dossier"), Dossier.id).where(Dossier.id.in_(dossiers), known_to(actor, Dossier))
        asked.append(known)
    if clients:
        asked.append(
            select(literal("client"), Client.id).where(Client.id.in_(clients), client_known_to(actor, Client, Dossier))
        )
    if lines:
        asked.append(
            select(literal("line"), RequestLine.id)
            .join(Request, Request.id == RequestLine.request_id)
            .join(Dossier, Dossier.id == RequestLine.dossier_id)
            .where(RequestLine.id.in_(lines), visible_to(actor, today))
        )
    return asked
