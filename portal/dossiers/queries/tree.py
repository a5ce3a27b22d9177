"""The tree of places as it is walked down: some places open, the others closed, with how much stands in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.rules import STEP
from portal.dossiers.states import Custody

PLACES = 50
"""Places in a list: those of one page, and those shown of one open place."""
MOST_OPENED = 60
"""Places that can be open at the same time."""
_OPENED_AT_FIRST = 60
"""As many rows the tree shows when nobody has opened or closed anything."""


@dataclass(frozen=True)
class PlaceRow:
    """A place in a list.

    `depth`: how deep it stands in the tree, from 0. `volumes`: what it holds with all below it, as far as the viewer
    may know of it. `inside`: how many places stand directly in it, of which `left_out` are not shown although it is
    `opened`.
    """

    place: Place
    depth: int
    volumes: int
    inside: int
    opened: bool = False

    @property
    def left_out(self) -> int:
        """Places in it that a list does not show although it is open."""
        return max(0, self.inside - PLACES) if self.opened else 0


@dataclass(frozen=True)
class PlacePage:
    """One page of places, and how many there are in all; of a tree, its uppermost places are counted."""

    rows: Sequence[PlaceRow]
    total: int
    number: int
    pages: int

    @property
    def opened(self) -> list[int]:
        """The ids of the places that are open."""
        return [row.place.id for row in self.rows if row.opened]


def place_tree(
    session: Session, actor: Actor, opened: Collection[int] | None = None, *, closed: bool = False, number: int = 1
) -> PlacePage:
    """The places without anything above them, page `number` of them, and below those that are `opened` what is in them.

    Without `opened` as many levels are open as fit on a page. `closed`: with the places that were given up.
    """
    shown = true() if closed else Place.closed_at.is_(None)
    if opened is None:
        opened = _opened_at_first(session, shown)
    roots = _page_of(session, [Place.parent_id.is_(None), shown], number)
    found, level = list(roots.places), roots.places
    while level := _children(session, {place.id for place in level} & set(opened), shown):
        found += level
    rows = _rows(session, actor, sorted(found, key=lambda place: place.sort_key), shown, opened)
    return PlacePage(rows, roots.total, roots.number, roots.pages)


def places_in(session: Session, actor: Actor, place: Place, number: int = 1) -> PlacePage:
    """Page `number` (from 1) of the places directly in this one, closed ones included, in shelf order."""
    found = _page_of(session, [Place.parent_id == place.id], number)
    return PlacePage(_rows(session, actor, found.places, true(), ()), found.total, found.number, found.pages)


@dataclass(frozen=True)
class _Found:
    places: Sequence[Place]
    total: int
    number: int
    pages: int


def _page_of(session: Session, where: Sequence[ColumnElement[bool]], number: int) -> _Found:
    total = session.scalar(select(func.count()).select_from(Place).where(*where)) or 0
    pages = max(1, -(-total // PLACES))
    number = min(max(number, 1), pages)
    query = select(Place).where(*where).order_by(Place.sort_key).limit(PLACES).offset((number - 1) * PLACES)
    return _Found(session.scalars(query).all(), total, number, pages)


def _opened_at_first(session: Session, shown: ColumnElement[bool]) -> Sequence[int]:
    """The places above the deepest level down to which everything fits on a page."""
    depth = func.length(Place.sort_key)
    total, fits = 0, 0
    for length, places in session.execute(select(depth, func.count()).where(shown).group_by(depth).order_by(depth)):
        total += places
        if total > _OPENED_AT_FIRST:
            break
        fits = length
    return session.scalars(select(Place.id).where(depth < fits, shown).limit(MOST_OPENED)).all()


def _children(session: Session, parents: Collection[int], shown: ColumnElement[bool]) -> Sequence[Place]:
    if not parents:
        return ()
    row = func.row_number().over(partition_by=Place.parent_id, order_by=Place.sort_key).label("row")
    numbered = select(Place.id, row).where(Place.parent_id.in_(parents), shown).subquery()
    return session.scalars(
        select(Place).join(numbered, numbered.c.id == Place.id).where(numbered.c.row <= PLACES)
    ).all()


def _rows(
    session: Session, actor: Actor, places: Sequence[Place], shown: ColumnElement[bool], opened: Collection[int]
) -> list[PlaceRow]:
    ids = [place.id for place in places]
    volumes = _volumes_in(session, actor, places)
    children = select(Place.parent_id, func.count()).where(Place.parent_id.in_(ids), shown).group_by(Place.parent_id)
    inside = {row[0]: row[1] for row in session.execute(children)}
    return [
        PlaceRow(
            place,
            depth=len(place.sort_key) // STEP - 1,
            volumes=volumes.get(place.id, 0),
            inside=inside.get(place.id, 0),
            opened=place.id in opened and place.id in inside,
        )
        for place in places
    ]


def _volumes_in(session: Session, actor: Actor, places: Sequence[Place]) -> Mapping[int, int]:
    """How many volumes known to `actor` stand in each of these places or below it."""
    by_key = {place.sort_key: place.id for place in places}
    deepest = max(map(len, by_key), default=0)
    key = func.substr(Place.sort_key, 1, deepest)
    standing = (
        select(key, func.count())
        .select_from(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Place, Place.id == func.coalesce(Volume.present_place_id, Volume.home_place_id))
        .where(known_to(actor, Dossier), Volume.custody != Custody.DISPOSED)
        .group_by(key)
    )
    counts: dict[int, int] = defaultdict(int)
    for found, volumes in session.execute(standing):
        for end in range(STEP, len(found) + 1, STEP):
            if place_id := by_key.get(found[:end]):
                counts[place_id] += volumes
    return counts
