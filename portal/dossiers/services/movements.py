"""Where volumes belong and where they are: homes, putting down, repair and scanning, each with a line of history."""

from __future__ import annotations

from sqlalchemy import select

from portal.clients.rules import tidy
from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Move, Place, Volume
from portal.dossiers.queries import find_place, home_problem, known_dossier
from portal.dossiers.rules import AT_HOME
from portal.dossiers.states import Custody, MoveKind

LONGEST_REASON = 300
WITH_THE_ARCHIVE = (*AT_HOME, Custody.IN_REPAIR, Custody.BEING_SCANNED)
"""Custodies in which a volume can be put down somewhere."""


def set_home(work: UnitOfWork, volume: Volume, place: Place | None, reason: str = "") -> None:
    """Let a volume belong to `place` from now on. The caller has checked who may, and records it in the trail."""
    if volume.home_place_id == (place.id if place else None):
        return
    old = work.session.get(Place, volume.home_place_id) if volume.home_place_id else None
    _note(work, volume, MoveKind.HOME, old, place, reason)
    volume.home_place_id = place.id if place else None
    work.session.flush()


def chosen_place(work: UnitOfWork, text: str) -> Place | None:
    """The open place with this path or barcode, which stays open until the commit; None for an empty text.

    Raises Invalid (no such place, or one that volumes cannot stand in) and Conflict (closed at this moment).
    """
    if not text.strip():
        return None
    if problem := home_problem(work.session, text):
        raise Invalid(fields={"place": problem})
    place = find_place(work.session, text, lock=True)
    if place is None:
        raise Conflict()
    return place


def place_volume(work: UnitOfWork, volume_id: int, version: int, text: str, reason: str = "") -> Volume:
    """Give a volume another home: the place with this path or barcode. Raises StaleVersion, Invalid."""
    work.require(Permission.PLACE_MANAGE)
    volume = load_volume(work, volume_id, version)
    reason = checked_reason(reason)
    place = chosen_place(work, text)
    if place is None:
        raise Invalid(fields={"place": Message(N_("Please scan or type a place."))})
    old = volume.place
    if volume.home_place_id != place.id:
        set_home(work, volume, place, reason)
        _record(work, "volume:home", volume, old, place.path, reason)
    return volume


def put_volume(work: UnitOfWork, volume_id: int, version: int, text: str, reason: str = "") -> Volume:
    """Put a volume down in another place than its home, or back home where `text` is empty or names it.

    Raises StaleVersion, Invalid (no such place) and Conflict (on loan, missing or disposed: nobody has it at hand).
    """
    work.require(Permission.PLACE_MANAGE)
    volume = load_volume(work, volume_id, version)
    reason = checked_reason(reason)
    if volume.custody not in WITH_THE_ARCHIVE:
        raise Conflict(N_("The volume is not in the archive at present, so it cannot be put down anywhere."))
    place = chosen_place(work, text)
    if place and place.id == volume.home_place_id and volume.custody in AT_HOME:
        place = None
    if place is None and volume.present_place_id is None and volume.custody not in AT_HOME:
        raise Invalid(fields={"place": Message(N_("Please scan or type a place."))})
    old = volume.stands_at
    if volume.present_place_id != (place.id if place else None):
        _set_present(work, volume, place, reason)
        _record(work, "volume:put", volume, old, volume.stands_at, reason)
    return volume


def note_custody(work: UnitOfWork, volume: Volume, before: Custody, reason: str = "") -> None:
    """Write down that a volume came from the custody `before` into the one it has now.

    Whoever leaves the shelf leaves the place they were put down in; who comes back, stands at home.
    """
    if volume.present_place_id is not None and not (before in AT_HOME and volume.custody in AT_HOME):
        _set_present(work, volume, None, reason)
    move = _move(work, MoveKind.CUSTODY, reason)
    move.volume_id, move.custody = volume.id, volume.custody
    work.session.add(move)


def _set_present(work: UnitOfWork, volume: Volume, place: Place | None, reason: str) -> None:
    old = work.session.get(Place, volume.present_place_id) if volume.present_place_id else None
    _note(work, volume, MoveKind.PRESENT, old, place, reason)
    volume.present_place = place
    work.session.flush()


def _note(work: UnitOfWork, volume: Volume, kind: MoveKind, old: Place | None, new: Place | None, reason: str) -> None:
    move = _move(work, kind, reason)
    move.volume_id = volume.id
    if old is not None:
        move.from_place_id, move.from_path = old.id, old.path
    if new is not None:
        move.to_place_id, move.to_path = new.id, new.path
    work.session.add(move)


def _move(work: UnitOfWork, kind: MoveKind, reason: str) -> Move:
    by_id = work.actor.id if work.actor else None
    return Move(kind=kind, moved_at=work.now, moved_by_id=by_id, reason=ErasableText.of(reason))


def load_volume(work: UnitOfWork, volume_id: int, version: int) -> Volume:
    """The volume, kept from others until the commit, if the acting person may know of it.

    Raises NotFound and, over an older `version`, StaleVersion.
    """
    query = select(Volume).where(Volume.id == volume_id).with_for_update(key_share=True)
    volume = work.session.scalar(query.execution_options(populate_existing=True))
    if volume is None:
        raise NotFound()
    known_dossier(work.session, work.person, volume.dossier_id)
    volume.check_version(version)
    return volume


def checked_reason(text: str) -> str:
    """The reason on one line; Invalid where it is too long."""
    reason = tidy(text)
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": Message(N_("At most %(most)s characters, please."), {"most": LONGEST_REASON})})
    return reason


def _record(work: UnitOfWork, action: str, volume: Volume, old: str, new: str, reason: str) -> None:
    work.record(
        action,
        f"volumes:{volume.id}",
        dossier_id=volume.dossier_id,
        details={"changed": {"place": {"old": old, "new": new}}},
        personal={"reason": reason} if reason else None,
    )
