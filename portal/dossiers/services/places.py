"""Places: added, renamed, put in order, moved with all that is in them, closed. For the records department.

Whoever changes the tree waits for whoever else does: two who add at the same time would otherwise take one position,
and who renames while another moves would write paths that lead nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select

from portal.clients.rules import tidy
from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Move, Place, Volume
from portal.dossiers.numbers import hold_series, next_number
from portal.dossiers.queries import find_place
from portal.dossiers.rules import PLACE_SERIES, code_problem, place_barcode, sort_key, stands_in
from portal.dossiers.services.movements import checked_reason
from portal.dossiers.states import PLACE_KIND_NAMES, Custody, MoveKind, PlaceKind

LONGEST_NAME = 100
CLOSING_NEEDS_CLEARANCE = N_(
    "Only somebody with core clearance closes a place: nobody else sees everything that may stand in one."
)


@dataclass(frozen=True)
class PlaceData:
    """What is entered of a place. `position`: where it stands among its siblings, from 1; None for last."""

    code: str
    name: str = ""
    position: int | None = None


def add_place(work: UnitOfWork, kind: PlaceKind, data: PlaceData, parent_id: int | None = None) -> Place:
    """Add a place at the top (sites, rooms) or in another one. Raises Invalid, Conflict (the other is closed)."""
    work.require(Permission.PLACE_MANAGE)
    number = next_number(work.session, PLACE_SERIES, 0)  # And the tree is held.
    parent = _load(work, parent_id) if parent_id is not None else None
    if parent and parent.closed_at:
        raise Conflict(N_("This place is closed: nothing new goes into it."))
    wrong = _problems(work, data, parent.id if parent else None)
    if not stands_in(kind, parent.kind if parent else None):
        wrong["kind"] = _misplaced(kind, parent)
    if wrong:
        raise Invalid(fields=wrong)
    place = Place(
        kind=kind,
        parent_id=parent.id if parent else None,
        code=tidy(data.code),
        ordinal=_last_ordinal(work, parent.id if parent else None) + 1,
        name=tidy(data.name),
        barcode=place_barcode(number),
        path="",
        sort_key="",
    )
    _write_down(place, parent)
    work.session.add(place)
    work.session.flush()
    _stand_at(work, place, data.position)
    work.record(
        "place:add",
        f"places:{place.id}",
        details={"path": place.path, "kind": kind, "barcode": place.barcode, "name": place.name},
    )
    return place


def edit_place(work: UnitOfWork, place_id: int, version: int, data: PlaceData) -> Place:
    """Change code, name and position among the siblings; all that is in it goes by the new path.

    Raises StaleVersion, Invalid.
    """
    place = _load_to_change(work, place_id, version)
    wrong = _problems(work, data, place.parent_id, but=place.id)
    if wrong:
        raise Invalid(fields=wrong)
    changed: dict[str, object] = {}
    old_code, old_name, old_path, old_ordinal = place.code, place.name, place.path, place.ordinal
    place.name = tidy(data.name)
    if place.code != tidy(data.code):
        place.code = tidy(data.code)
        _carry(work, [place])
    _stand_at(work, place, data.position)
    for name, old, new in (
        ("code", old_code, place.code),
        ("name", old_name, place.name),
        ("path", old_path, place.path),
        ("position", old_ordinal, place.ordinal),
    ):
        if old != new:
            changed[name] = {"old": old, "new": new}
    if changed:
        work.session.flush()
        work.record("place:edit", f"places:{place.id}", details={"changed": changed})
    return place


def move_place(work: UnitOfWork, place_id: int, version: int, text: str, reason: str = "") -> Place:
    """Move a place with all that is in it into the place with this path or barcode; to the top where `text` is empty.

    One line of history: it is the history of the contents too. Raises StaleVersion, Invalid (no such place; into
    itself; a cabinet into a box), Conflict (closed).
    """
    place = _load_to_change(work, place_id, version)
    reason = checked_reason(reason)
    if place.closed_at:
        raise Conflict(N_("This place is closed. Open it again before you move it."))
    parent = find_place(work.session, text)
    if text.strip() and parent is None:
        raise Invalid(fields={"place": Message(N_("There is no such place. Scan its label, or type its path."))})
    if parent and parent.sort_key.startswith(place.sort_key):
        raise Invalid(fields={"place": Message(N_("A place cannot stand in itself."))})
    if not stands_in(place.kind, parent.kind if parent else None):
        raise Invalid(fields={"place": _misplaced(place.kind, parent)})
    parent_id = parent.id if parent else None
    if parent_id == place.parent_id:
        return place
    if taken := _same_code(work, place.code, parent_id):
        told = N_("%(path)s exists already. Give this one another code first, under Edit.")
        raise Invalid(fields={"place": Message(told, {"path": taken.path})})
    old = place.path
    move = Move(
        kind=MoveKind.PLACE,
        place_id=place.id,
        from_place_id=place.parent_id,
        to_place_id=parent_id,
        from_path=old,
        moved_at=work.now,
        moved_by_id=work.person.id,
        reason=ErasableText.of(reason),
    )
    place.parent_id, place.ordinal = parent_id, _last_ordinal(work, parent_id) + 1
    _carry(work, [place])
    move.to_path = place.path
    work.session.add(move)
    work.session.flush()
    work.record(
        "place:move",
        f"places:{place.id}",
        details={"changed": {"path": {"old": old, "new": place.path}}},
        personal={"reason": reason} if reason else None,
    )
    return place


def close_place(work: UnitOfWork, place_id: int, version: int) -> Place:
    """Give up a place that is empty: nothing stands in it or belongs there, and no open place is in it.

    Only with core clearance: a refusal tells that something stands there, and whoever sees nothing there would learn of
    a core volume. Closing it over that volume would lose it, and asking for the clearance only where one stands there
    would tell as much; so without it the answer is the same for every place, whatever stands in it.
    """
    if not work.require(Permission.PLACE_MANAGE).cleared_for_core:
        raise Conflict(CLOSING_NEEDS_CLEARANCE)
    place = _load_to_change(work, place_id, version)
    if place.closed_at:
        return place
    below = work.session.scalar(select(exists().where(Place.parent_id == place.id, Place.closed_at.is_(None))))
    holds = or_(Volume.home_place_id == place.id, Volume.present_place_id == place.id)
    if below or work.session.scalar(select(exists().where(holds, Volume.custody != Custody.DISPOSED))):
        raise Conflict(
            N_(
                "This place is not empty: something stands in it or belongs there. Move that first, or close the "
                "places in it."
            )
        )
    place.closed_at = work.now
    work.session.flush()
    work.record("place:close", f"places:{place.id}", details={"path": place.path})
    return place


def reopen_place(work: UnitOfWork, place_id: int, version: int) -> Place:
    """Use a closed place again. Conflict where the place it stands in is closed too."""
    place = _load_to_change(work, place_id, version)
    if place.closed_at is None:
        return place
    if place.parent_id is not None and work.session.get_one(Place, place.parent_id).closed_at:
        raise Conflict(N_("The place it stands in is closed. Open that one first."))
    place.closed_at = None
    work.session.flush()
    work.record("place:reopen", f"places:{place.id}", details={"path": place.path})
    return place


def _load_to_change(work: UnitOfWork, place_id: int, version: int) -> Place:
    work.require(Permission.PLACE_MANAGE)
    hold_series(work.session, PLACE_SERIES, 0)
    place = _load(work, place_id)
    place.check_version(version)
    return place


def _load(work: UnitOfWork, place_id: int) -> Place:
    """The place as it is now; volumes put into it at the same moment wait for what becomes of it."""
    query = select(Place).where(Place.id == place_id).with_for_update()
    place = work.session.scalar(query.execution_options(populate_existing=True))
    if place is None:
        raise NotFound()
    return place


def _problems(
    work: UnitOfWork, data: PlaceData, parent_id: int | None, *, but: int | None = None
) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    code = tidy(data.code)
    own = work.session.get(Place, but) if but is not None else None
    # A code that came from the time before places were a tree may be longer; it can be kept.
    if (own is None or own.code != code) and (problem := code_problem(code)):
        wrong["code"] = problem
    elif (taken := _same_code(work, code, parent_id)) and taken.id != but:
        wrong["code"] = _taken(taken)
    if len(tidy(data.name)) > LONGEST_NAME:
        wrong["name"] = Message(N_("At most %(most)s characters, please."), {"most": LONGEST_NAME})
    if data.position is not None and data.position < 1:
        wrong["position"] = Message(N_("Positions are counted from 1."))
    return wrong


def _same_code(work: UnitOfWork, code: str, parent_id: int | None) -> Place | None:
    same = func.lower(Place.code) == code.lower()
    return work.session.scalar(select(Place).where(Place.parent_id == parent_id, same).limit(1))


def _taken(place: Place) -> Message:
    if place.closed_at:
        return Message(N_("There was a place %(path)s. It is closed: open it again."), {"path": place.path})
    return Message(N_("There is a place %(path)s already."), {"path": place.path})


def _misplaced(kind: PlaceKind, parent: Place | None) -> Message:
    what = Message(PLACE_KIND_NAMES[kind])
    if parent is None:
        return Message(N_("“%(kind)s” does not stand at the top: only sites and rooms do."), {"kind": what})
    return Message(
        N_("“%(kind)s” does not stand in “%(other)s”: it goes into something wider."),
        {"kind": what, "other": Message(PLACE_KIND_NAMES[parent.kind])},
    )


def _last_ordinal(work: UnitOfWork, parent_id: int | None) -> int:
    return work.session.scalar(select(func.max(Place.ordinal)).where(Place.parent_id == parent_id)) or 0


def _stand_at(work: UnitOfWork, place: Place, position: int | None) -> None:
    """Put a place at this position among its siblings; those behind it step aside."""
    if position is None:
        return
    siblings = list(
        work.session.scalars(select(Place).where(Place.parent_id == place.parent_id).order_by(Place.ordinal))
    )
    siblings.remove(place)
    siblings.insert(position - 1, place)
    moved = [row for ordinal, row in enumerate(siblings, start=1) if row.ordinal != ordinal]
    for ordinal, row in enumerate(siblings, start=1):
        row.ordinal = ordinal
    _carry(work, moved)


def _carry(work: UnitOfWork, places: Collection[Place]) -> None:
    """Write down path and sort key of these places and of all that is in them, level by level."""
    level: Collection[Place] = places
    while level:
        for place in level:
            _write_down(place, work.session.get_one(Place, place.parent_id) if place.parent_id else None)
        work.session.flush()
        level = work.session.scalars(select(Place).where(Place.parent_id.in_([place.id for place in level]))).all()
    for row in work.session.identity_map.values():
        if isinstance(row, Volume):
            work.session.expire(row, ["place", "shelf_key"])


def _write_down(place: Place, parent: Place | None) -> None:
    place.path = f"{parent.path}-{place.code}" if parent else place.code
    place.sort_key = sort_key(parent.sort_key if parent else "", place.ordinal)
