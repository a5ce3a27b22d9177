"""What is done with arrivals: taken in by the portal, placed or discarded by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.arrivals import queries, states
from portal.arrivals.models import Arrival
from portal.arrivals.rules import NamedNumber, NumberPatterns, Sheet, is_core_number
from portal.arrivals.states import ARRIVAL, ArrivalAction, ArrivalState
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.errors import AlreadyFiled
from portal.documents.models import Direction, Document, DocumentKind
from portal.documents.services import DocumentFacts, KeptFile, correct_document, file_document
from portal.documents.texts import one_line
from portal.dossiers.models import Dossier
from portal.dossiers.queries import dossier_to_work_on
from portal.dossiers.states import DossierState

_REMARK_LENGTH = 500


@dataclass(frozen=True)
class Taken:
    """A file of the folder, or a part of one, as it was examined. Its content is in the store already.

    `key` is None for a file that stays in the folder, `kind` for what the archive does not take. The first of
    `sheets` leads it; there are several only where it could not be divided. `problem` says why it cannot be filed
    whatever its name and sheets say; `leaderless` that a sheet follows these pages.
    """

    name: str
    size: int
    key: str | None
    kind: str | None
    named: Sequence[NamedNumber] = ()
    subject: str = ""
    sheets: Sequence[Sheet] = ()
    leaderless: bool = False
    problem: Message | None = None


def take_in(work: UnitOfWork, source: str, parts: Sequence[Taken], keeper_id: int) -> list[Arrival]:
    """Record the parts of one file of the folder, and file those that say where they belong.

    The portal itself acts; `keeper_id` is whom the documents name as having filed them. A second taker of the
    same `source` fails on the unique rows: an IntegrityError, and nothing of this unit happens.
    """
    rows = [_row(work, source, number, part) for number, part in enumerate(parts, 1)]
    work.session.add_all(rows)
    work.session.flush()
    patterns = queries.number_patterns(work.session)
    for arrival, part in zip(rows, parts, strict=True):
        reason = _place(work, arrival, part, patterns, keeper_id)
        if reason is None:
            _record(work, "arrival:file", arrival)
        else:
            arrival.reason, arrival.reason_values = reason.id, dict(reason.params)
            _record(work, "arrival:wait", arrival)
    work.session.flush()
    return rows


def _row(work: UnitOfWork, source: str, number: int, part: Taken) -> Arrival:
    sheet = part.sheets[0] if part.sheets else None
    return Arrival(
        source=source,
        part=number,
        file_name=part.name,
        content_key=part.key,
        file_kind=part.kind,
        byte_size=part.size,
        state=ArrivalState.WAITING,
        kind=sheet.kind if sheet else None,
        direction=sheet.direction if sheet else None,
        dated=sheet.dated if sheet else None,
        subject=part.subject,
        arrived_at=work.now,
    )


def _place(work: UnitOfWork, arrival: Arrival, part: Taken, patterns: NumberPatterns, keeper_id: int) -> Message | None:
    """File the arrival where its sheet or its name says, or return why it cannot be."""
    numbers = list(dict.fromkeys([sheet.number for sheet in part.sheets] + [item.number for item in part.named]))
    dossiers = {number: queries.dossier_numbered(work.session, number) for number in numbers}
    _point_to(arrival, [dossier for dossier in dossiers.values() if dossier])
    arrival.core = arrival.core or any(is_core_number(number, patterns) for number in numbers)
    if part.problem:
        return part.problem
    if not numbers:
        return Message(states.BEFORE_THE_SHEET if part.leaderless else states.NO_NUMBER)
    if len(part.named) > 1:
        return Message(states.SEVERAL_NUMBERS)
    if len(numbers) > 1:
        return Message(states.DISAGREEMENT, {"named": numbers[1], "led": numbers[0]})
    dossier = dossiers[numbers[0]]
    if dossier is None:
        return Message(states.UNKNOWN_NUMBER, {"number": numbers[0]})
    if dossier.state != DossierState.OPEN:
        return Message(states.NOT_OPEN, {"number": numbers[0]})
    try:
        document = file_document(work, dossier.id, _assumed_facts(work, arrival), _kept(arrival), filed_by_id=keeper_id)
    except AlreadyFiled as error:
        return Message(states.ALREADY_THERE, {"number": numbers[0], "subject": error.message.params["subject"]})
    except PortalError as error:
        return Message(error.message.id)
    arrival.to_check = arrival.kind is None
    _close(work, arrival, ArrivalAction.FILE)
    arrival.document_id = document.id
    return None


def _point_to(arrival: Arrival, dossiers: Sequence[Dossier]) -> None:
    """Remember which dossiers it speaks of: only those who may know of them may know of it."""
    first, second, *further = [*dossiers[:2], None, None][:2] + list(dossiers[2:])
    arrival.dossier_id = first.id if first else None
    arrival.other_dossier_id = second.id if second else None
    arrival.core = any(dossier is not None and dossier.level == Level.CORE for dossier in further)


def _assumed_facts(work: UnitOfWork, arrival: Arrival) -> DocumentFacts:
    """What the sheet says, and for the rest: another document, incoming, of today."""
    dated = arrival.dated if arrival.dated and arrival.dated <= work.today else work.today
    return DocumentFacts(
        kind=arrival.kind or DocumentKind.OTHER,
        direction=arrival.direction or Direction.INCOMING,
        dated=dated,
        subject=arrival.subject,
    )


def _kept(arrival: Arrival) -> KeptFile:
    if arrival.content_key is None or arrival.file_kind is None:
        raise Conflict(N_("The archive does not take this file; it can only be discarded."))
    return KeptFile(arrival.content_key, arrival.file_name, arrival.file_kind, arrival.byte_size)


def file_arrival(
    work: UnitOfWork, arrival_id: int, version: int, number: str, facts: DocumentFacts, *, again: bool = False
) -> Document:
    """File what waits in the dossier with this number; `again`: though it is there already.

    Raises NotPermitted, NotFound, StaleVersion, Conflict, AlreadyFiled, Invalid.
    """
    arrival = _to_act_on(work, arrival_id, version)
    kept = _kept(arrival)
    dossier_id = _dossier_for(work, number)
    document = file_document(work, dossier_id, facts, kept, again=again)
    arrival.dossier_id, arrival.other_dossier_id = dossier_id, None
    arrival.document_id = document.id
    _close(work, arrival, ArrivalAction.FILE)
    _record(work, "arrival:file", arrival)
    return document


def _dossier_for(work: UnitOfWork, number: str) -> int:
    """The dossier with this number, if the person files in it: else it is as if there were none."""
    unknown = Message(N_("There is no dossier with the number %(number)s."), {"number": one_line(number)})
    dossier = queries.dossier_numbered(work.session, number) if number.strip() else None
    if dossier is None:
        raise Invalid(fields={"number": unknown})
    try:
        return dossier_to_work_on(work.session, work.person, dossier.id, work.today).id
    except NotFound:
        raise Invalid(fields={"number": unknown}) from None


def discard_arrival(work: UnitOfWork, arrival_id: int, version: int, remark: str) -> Arrival:
    """Take what waits out of the tray, for a reason. Its content stays in the store for a while.

    Raises NotPermitted, NotFound, StaleVersion, Conflict, Invalid (no reason given).
    """
    remark = one_line(remark)
    if not remark:
        raise Invalid(fields={"remark": Message(N_("Say why this is discarded."))})
    if len(remark) > _REMARK_LENGTH:
        raise Invalid(fields={"remark": Message(N_("At most %(most)s characters."), {"most": _REMARK_LENGTH})})
    arrival = _to_act_on(work, arrival_id, version)
    _close(work, arrival, ArrivalAction.DISCARD)
    arrival.remark = remark
    _record(work, "arrival:discard", arrival)
    return arrival


def put_back(work: UnitOfWork, arrival_id: int, version: int) -> Arrival:
    """Bring what was discarded back into the tray. Raises Conflict when its content is no longer kept."""
    arrival = _to_act_on(work, arrival_id, version)
    if not queries.can_be_put_back(arrival, work.now):
        raise Conflict()
    arrival.state = ARRIVAL[arrival.state, ArrivalAction.PUT_BACK]
    arrival.closed_at = arrival.closed_by_id = None
    arrival.remark = ""
    _record(work, "arrival:put_back", arrival)
    return arrival


def check_arrival(work: UnitOfWork, arrival_id: int, version: int, facts: DocumentFacts) -> Arrival:
    """Say what a document is that the folder filed and had to assume it of.

    Raises NotPermitted, NotFound, StaleVersion, Conflict, Invalid.
    """
    arrival = _to_act_on(work, arrival_id, version)
    if arrival.document_id is None or not arrival.to_check:
        raise Conflict()
    correct_document(work, arrival.document_id, facts)
    arrival.to_check = False
    _record(work, "arrival:check", arrival)
    return arrival


def record_look(work: UnitOfWork, arrival_id: int) -> Arrival:
    """Record that the acting person is shown the first page of what waits, and return it."""
    arrival = queries.visible_arrival(work, arrival_id)
    _record(work, "arrival:look", arrival)
    return arrival


def record_sheet(work: UnitOfWork, dossier_id: int) -> Dossier:
    """Record that the acting person prints a cover sheet of a dossier they work on, and return the dossier.

    Raises NotPermitted, NotFound, Conflict (no number yet).
    """
    work.require(Permission.ARRIVAL_HANDLE)
    dossier = dossier_to_work_on(work.session, work.person, dossier_id, work.today)
    if dossier.number is None or dossier.state != DossierState.OPEN:
        raise Conflict(N_("The dossier has no number before its opening is approved."))
    work.record("arrival:sheet", f"dossiers:{dossier.id}", dossier_id=dossier.id)
    return dossier


def _to_act_on(work: UnitOfWork, arrival_id: int, version: int) -> Arrival:
    arrival = queries.visible_arrival(work, arrival_id, lock=True)
    arrival.check_version(version)
    return arrival


def _close(work: UnitOfWork, arrival: Arrival, action: ArrivalAction) -> None:
    state = ARRIVAL.get((arrival.state, action))
    if state is None:
        raise Conflict()
    arrival.state = state
    arrival.closed_at = work.now
    arrival.closed_by_id = work.actor.id if work.actor else None


def _record(work: UnitOfWork, action: str, arrival: Arrival) -> None:
    """Write the trail. An entry belongs to a dossier only if its file speaks of no other: the name would tell
    those who may know of the one about the other."""
    dossier = work.session.get(Dossier, arrival.dossier_id) if arrival.dossier_id else None
    of_one = arrival.other_dossier_id is None and (dossier is None or not arrival.core or dossier.level == Level.CORE)
    details: dict[str, object] = {"content": arrival.content_key} if arrival.content_key else {}
    if arrival.document_id:
        details["document"] = arrival.document_id
    personal: dict[str, object] = {"file_name": arrival.file_name}
    if arrival.remark:
        personal["comment"] = arrival.remark
    work.record(
        action,
        f"arrivals:{arrival.id}",
        dossier_id=arrival.dossier_id if of_one else None,
        details=details,
        personal=personal,
    )
