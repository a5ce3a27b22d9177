"""Filing, sending and withdrawing requests (R9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.exc import IntegrityError

from portal.accounts.queries import hold_people
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.lending import queries
from portal.lending.errors import AlreadyRequested, NothingOfCore, ReaderOverdue, SeveralRefused
from portal.lending.models import Request, RequestedVolume, RequestLine
from portal.lending.services.common import (
    as_actor,
    checked_text,
    knows,
    last_day_of_request,
    load_line,
    may_read,
    refuse,
    release_volumes,
    requestable_dossier,
    wanted_volume_ids,
)
from portal.lending.services.holding import hold
from portal.lending.services.telling import tell_expired, tell_signers
from portal.lending.states import LineAction, LineState, RequestKind
from portal.lending.transitions import advance

MOST_DOSSIERS = 20
"""Dossiers in one request: more is a list for the records department, not a request."""


def file_request(
    work: UnitOfWork,
    *,
    kind: RequestKind,
    dossier_ids: Sequence[int],
    object_: str,
    purpose: str,
    reason: str,
    reader_id: int | None = None,
    volume_ids: Collection[int] | None = None,
    draft: bool = False,
    visitor: str = "",
) -> Request:
    """File a request with a line for each dossier, as a draft or sent at once: all of them, or none.

    The reader is the acting person or, on behalf, a colleague. `volume_ids` says which volumes of the dossiers
    to borrow; without it, all. `visitor`: whom the paper is for (`rules.visitor_key`), where they come from outside
    (`file_outside_request`).
    Raises NotFound (a dossier one may not know of), Invalid, AlreadyRequested, ReaderOverdue; for several
    dossiers, one or more of which are refused, SeveralRefused.
    """
    actor = work.require(Permission.REQUEST_FILE)
    request = Request(
        filed_by_id=actor.id,
        object=checked_text("object", object_, 300, required=True),
        purpose=checked_text("purpose", purpose, 300, required=True),
        reason=checked_text("reason", reason, 1000, required=True),
        created_at=work.now,
    )
    hold_people(work.session, [reader_id or actor.id])
    reader = as_actor(work.session, reader_id or actor.id)
    if reader is None:
        refuse("reader_id", N_("This person has left the company."))
    wanted = list(dict.fromkeys(dossier_ids))
    if not wanted:
        raise Invalid(N_("Name at least one dossier."))
    if len(wanted) > MOST_DOSSIERS:
        raise Invalid(N_("At most %(most)s dossiers can be asked for at a time."), most=MOST_DOSSIERS)
    dossiers = [requestable_dossier(work, dossier_id) for dossier_id in wanted]
    lines, refused = [], []
    for dossier in dossiers:
        try:
            if visitor and dossier.level == Level.CORE:
                raise NothingOfCore()
            if not draft:
                _check_not_asked_already(work, queries.AskedOnce(reader.id, dossier.id, kind, visitor), reader)
            lines.append(_line(work, kind, dossier, reader, volume_ids, visitor))
        except (Invalid, Conflict) as error:
            if len(dossiers) == 1:
                raise
            refused.append((dossier.number or "", _reason(error)))
    if refused:
        raise SeveralRefused(refused)
    _refuse_foreign_volumes(lines, volume_ids)
    if not draft:
        _clear_lapsed(work, lines)
    work.session.add(request)
    request.lines.extend(lines)
    work.session.flush()
    for line in sorted(lines, key=lambda line: line.dossier_id):  # In one order: the unique index makes others wait.
        if not draft:
            _send(work, line, reader)
        work.record(
            "request:file" if not draft else "request:draft",
            f"request_lines:{line.id}",
            dossier_id=line.dossier_id,
            details={"kind": kind.value, "reader": reader.id, "request": request.id},
        )
    return request


def submit_line(work: UnitOfWork, line_id: int, version: int) -> RequestLine:
    """Send a draft of one's own. The rules are asked again: much may have changed since."""
    line = _own_line(work, line_id, version)
    reader = as_actor(work.session, line.reader_id)
    if reader is None:
        raise Conflict(N_("The reader has left the company."))
    requestable_dossier(work, line.dossier_id)
    _check_reader(work, line.kind, line.dossier, reader)
    _check_not_asked_already(work, queries.AskedOnce.by(line), reader)
    _clear_lapsed(work, [line])
    _send(work, line, reader)
    work.record("request:file", f"request_lines:{line.id}", dossier_id=line.dossier_id)
    return line


def _reason(error: PortalError) -> Message:
    fields = error.fields if isinstance(error, Invalid) else {}
    return next(iter(fields.values()), error.message)


def cancel_line(work: UnitOfWork, line_id: int, version: int) -> RequestLine:
    """Withdraw a request of one's own (reader, or who filed it); volumes kept for it go back to the shelf."""
    line = _own_line(work, line_id, version)
    _withdraw(work, line)
    return line


def withdraw_for_leaver(work: UnitOfWork, line_id: int, reader_id: int) -> RequestLine:
    """Withdraw a request of somebody who leaves, a draft too, which nobody else may open.

    Part of a handover, which has checked who may. Raises NotFound: not theirs, or of a dossier one may not know of.
    """
    line = queries.line_of_reader(work.session, work.person, line_id, reader_id)
    if line is None:
        raise NotFound()
    _withdraw(work, line)
    return line


def _withdraw(work: UnitOfWork, line: RequestLine) -> None:
    advance(work, line, LineAction.END_PARTLY if _served_in_part(line) else LineAction.CANCEL)
    line.closed_at = work.now
    release_volumes(work, line)
    work.record("request:cancel", f"request_lines:{line.id}", dossier_id=line.dossier_id)


def expire_requests(work: UnitOfWork) -> int:
    """Close every request nobody decided, or nobody fetched, in time; returns how many.

    For a timer of the portal's own. Nothing relies on it: lapsed requests are refused everywhere anyway.
    """
    lines = queries.lapsed_lines(work.session, work.today)
    _expire_all(work, lines)
    return len(lines)


def _expire_all(work: UnitOfWork, lines: Sequence[RequestLine]) -> None:
    """Close these lines, which are held."""
    hold(work.session, Volume, (volume_id for line in lines for volume_id in wanted_volume_ids(line)))
    for line in lines:
        _expire(work, line)


def _expire(work: UnitOfWork, line: RequestLine) -> None:
    advance(work, line, LineAction.END_PARTLY if _served_in_part(line) else LineAction.EXPIRE)
    line.closed_at = work.now
    release_volumes(work, line)
    work.record("request:expire", f"request_lines:{line.id}", dossier_id=line.dossier_id)
    if line.state == LineState.EXPIRED:
        tell_expired(work, line)


def _served_in_part(line: RequestLine) -> bool:
    return any(asked.outcome == "issued" for asked in line.volumes)


def _own_line(work: UnitOfWork, line_id: int, version: int) -> RequestLine:
    """A line the acting person reads or filed: nobody else sends or withdraws it, whatever they may see."""
    line = load_line(work, line_id)
    if work.person.id not in (line.reader_id, line.request.filed_by_id):
        raise NotPermitted()
    line.check_version(version)
    return line


def _line(
    work: UnitOfWork,
    kind: RequestKind,
    dossier: Dossier,
    reader: Actor,
    volume_ids: Collection[int] | None,
    visitor: str,
) -> RequestLine:
    _check_reader(work, kind, dossier, reader)
    line = RequestLine(dossier_id=dossier.id, reader_id=reader.id, kind=kind, state=LineState.DRAFT, visitor=visitor)
    if kind == RequestKind.READ:
        return line
    volumes = queries.volumes_to_lend(work.session, [dossier.id])
    if not volumes:
        raise Invalid(N_("Dossier %(number)s has no paper volume to lend."), number=dossier.number)
    chosen = [row for row in volumes if volume_ids is None or row.id in volume_ids]
    if not chosen:
        refuse("volume_ids", N_("Choose at least one volume."))
    line.volumes = [RequestedVolume(volume_id=row.id, outcome="wanted") for row in chosen]
    return line


def _refuse_foreign_volumes(lines: Sequence[RequestLine], volume_ids: Collection[int] | None) -> None:
    asked = {row.volume_id for line in lines for row in line.volumes}
    if not set(volume_ids or ()) <= asked:
        refuse("volume_ids", N_("One of the volumes does not belong to the dossier."))


def _check_reader(work: UnitOfWork, kind: RequestKind, dossier: Dossier, reader: Actor) -> None:
    if not knows(work.session, reader, dossier.id):
        _keep_to_oneself(work, reader)
        refuse("reader_id", N_("The reader may not know of this dossier."))
    if kind == RequestKind.READ and may_read(work, reader, dossier.id):
        _keep_to_oneself(work, reader)
        own = reader.id == work.person.id
        message = (
            N_("You may read this dossier already; there is nothing to ask for.")
            if own
            else N_("The reader may read this dossier already; there is nothing to ask for.")
        )
        raise Invalid(message, fields={"reader_id": Message(message)})


def _keep_to_oneself(work: UnitOfWork, reader: Actor) -> None:
    """Asking on behalf must not tell what a colleague may know, may read, holds or has asked for."""
    if reader.id != work.person.id and not work.person.may(Permission.LOANS_VIEW_ALL):
        raise Conflict(N_("This cannot be asked for on behalf of this colleague. They can ask themselves."))


def _send(work: UnitOfWork, line: RequestLine, reader: Actor) -> None:
    if queries.holds_overdue(work.session, reader.id, work.today):
        _keep_to_oneself(work, reader)
        raise ReaderOverdue()
    try:
        with work.session.begin_nested():
            advance(work, line, LineAction.SUBMIT)
            line.submitted_at = work.now
            line.expires_on = last_day_of_request(work)
            work.session.flush()
    except IntegrityError:  # Sent twice at the same moment: the partial unique index let one through.
        _keep_to_oneself(work, reader)
        raise AlreadyRequested() from None
    tell_signers(work, line)


def _check_not_asked_already(work: UnitOfWork, asked: queries.AskedOnce, reader: Actor) -> None:
    """AlreadyRequested where the same is asked for in an open line that has not lapsed."""
    before = queries.open_line(work.session, asked)
    if before is not None and not queries.has_lapsed(before, work.today):
        _keep_to_oneself(work, reader)
        raise AlreadyRequested(before.id)


def _clear_lapsed(work: UnitOfWork, lines: Sequence[RequestLine]) -> None:
    """Close what has lapsed and would bar these lines: the sweep has not come by yet."""
    before = (queries.open_line(work.session, queries.AskedOnce.by(line)) for line in lines)
    held = hold(work.session, RequestLine, [row.id for row in before if row is not None])
    _expire_all(work, [row for row in held.values() if queries.has_lapsed(row, work.today)])
