"""Reads about places: by what is typed or scanned, the tree, what stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.access.queries import known_to
from portal.clients.rules import tidy
from portal.core.errors import NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.queries.shelves import in_shelf_order
from portal.dossiers.rules import as_barcode
from portal.dossiers.states import Custody, PlaceKind

ROWS = 50
"""Volumes on one page of a place."""


@dataclass(frozen=True)
class VolumePage:
    """One page of the volumes of a place, and how many there are in all."""

    rows: Sequence[Volume]
    total: int
    number: int
    pages: int


def find_place(session: Session, text: str, *, lock: bool = False) -> Place | None:
    """The open place with this barcode or path, whatever the case of its letters; None for none.

    With `lock` it stays open until the transaction ends.
    """
    wanted = tidy(text).lower()
    if not wanted:
        return None
    # By its barcode first, which has an index: a path is looked for among all places.
    return _open_place(session, Place.barcode == as_barcode(text), lock) or _open_place(
        session, func.lower(Place.path) == wanted, lock
    )


def _open_place(session: Session, where: ColumnElement[bool], lock: bool) -> Place | None:
    query = select(Place).where(where, Place.closed_at.is_(None)).order_by(Place.id).limit(1)
    return session.scalar(query.with_for_update() if lock else query)


def home_problem(session: Session, text: str) -> Message | None:
    """Why volumes cannot stand in the place of this path or barcode, or None."""
    place = find_place(session, text)
    if place is None:
        return Message(
            N_("There is no place “%(place)s”. Add it under Storage places first, or check the label."),
            {"place": tidy(text)[:60]},
        )
    if place.kind == PlaceKind.SITE:
        return Message(N_("A site holds rooms, not volumes. Please name a room or something in it."))
    return None


def place_by_id(session: Session, place_id: int) -> Place:
    """The place, closed or not; NotFound for none."""
    place = session.get(Place, place_id)
    if place is None:
        raise NotFound()
    return place


def ancestors(session: Session, place: Place) -> list[Place]:
    """What the place stands in, from the top down."""
    above: list[Place] = []
    while place.parent_id is not None:
        place = session.get_one(Place, place.parent_id)
        above.insert(0, place)
    return above


def volumes_in(actor: Actor, place: Place) -> Select[Volume]:
    """The volumes that stand in the place or below it (or will again, when they are back), in shelf order.

    Only those whose register entry `actor` may see; dossier and client are loaded.
    """
    return (
        select(Volume)
        .join(Volume.dossier)
        .join(Dossier.client)
        .where(*_standing(actor, place))
        .options(contains_eager(Volume.dossier).contains_eager(Dossier.client), joinedload(Volume.present_place))
        .order_by(*in_shelf_order())
    )


def volume_page(session: Session, actor: Actor, place: Place, number: int, rows: int = ROWS) -> VolumePage:
    """Page `number` (from 1; the last one if there are fewer) of the volumes in the place, `rows` on each."""
    counting = select(func.count()).select_from(Volume).join(Dossier, Dossier.id == Volume.dossier_id)
    total = session.scalar(counting.where(*_standing(actor, place))) or 0
    pages = max(1, -(-total // rows))
    number = min(max(number, 1), pages)
    # First which, then what: else every volume of the site is read to show fifty of them.
    shown = (
        select(Volume.id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(*_standing(actor, place))
        .order_by(*in_shelf_order())
        .limit(rows)
        .offset((number - 1) * rows)
    )
    found = session.scalars(volumes_in(actor, place).where(Volume.id.in_(session.scalars(shown).all()))).all()
    return VolumePage(found, total, number, pages)


def _standing(actor: Actor, place: Place) -> list[ColumnElement[bool]]:
    inside = select(Place.id).where(Place.sort_key.startswith(place.sort_key))
    here = or_(
        Volume.present_place_id.in_(inside), and_(Volume.present_place_id.is_(None), Volume.home_place_id.in_(inside))
    )
    return [known_to(actor, Dossier), Volume.custody != Custody.DISPOSED, here]


def known_volume(session: Session, actor: Actor, volume_id: int) -> Volume:
    """A volume of a dossier whose register entry `actor` may see, with dossier and client; otherwise NotFound."""
    volume = session.scalar(_known_volumes(actor).where(Volume.id == volume_id))
    if volume is None:
        raise NotFound()
    return volume


def volume_with_barcode(session: Session, actor: Actor, barcode: str) -> Volume | None:
    """The volume with this barcode, whatever the case of its letters, if `actor` may know of it."""
    return session.scalar(_known_volumes(actor).where(Volume.barcode == as_barcode(barcode)))


def _known_volumes(actor: Actor) -> Select[Volume]:
    return (
        select(Volume)
        .join(Volume.dossier)
        .join(Dossier.client)
        .where(known_to(actor, Dossier))
        .options(
            contains_eager(Volume.dossier).contains_eager(Dossier.client),
            joinedload(Volume.home_place),
            joinedload(Volume.present_place),
        )
    )
