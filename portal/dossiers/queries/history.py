"""The history of volumes and places: their own moves, and those of the places they stood in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.access.queries import known_to
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier, Move, Place, Volume
from portal.dossiers.states import MoveKind

LINES = 50
"""Lines of history on the page of a place: the latest."""
_WITH_ALL = (joinedload(Move.moved_by), joinedload(Move.reason))


@dataclass(frozen=True)
class HistoryLine:
    """A line of history; `volume` is the one it is about, None where a place was moved."""

    move: Move
    volume: Volume | None


@dataclass(frozen=True)
class _Stay:
    """That something stood in a place, between two lines of the history (`until` is None for still)."""

    place_id: int
    after: int
    until: int | None

    def covers(self, move: Move) -> bool:
        """Whether the move took the place, and with it what stood there."""
        return move.place_id == self.place_id and self.after < move.id and (self.until is None or move.id < self.until)


def history_of_volume(session: Session, volume: Volume) -> Sequence[Move]:
    """All that moved the volume, newest first: itself, and the places it belonged to or was put down in."""
    own = session.scalars(_moves(Move.volume_id == volume.id)).all()
    found = {move.id: move for move in own}
    always = _Stay(0, 0, None)
    stays = [
        *_stays([move for move in own if move.kind == MoveKind.HOME], volume.home_place_id, always),
        *_stays([move for move in own if move.kind == MoveKind.PRESENT], volume.present_place_id, always),
    ]
    while stays:
        ids = {stay.place_id for stay in stays}
        rows = session.execute(
            select(Place.id, Place.parent_id, Move)
            .outerjoin(Move, Move.place_id == Place.id)
            .where(Place.id.in_(ids))
            .options(*_WITH_ALL)
            .order_by(Move.id)
        ).all()
        parents = {place_id: parent_id for place_id, parent_id, _ in rows}
        moves = [move for _, _, move in rows if move is not None]
        found |= {move.id: move for move in moves if any(stay.covers(move) for stay in stays)}
        stays = [
            outer
            for stay in stays
            for outer in _stays([m for m in moves if m.place_id == stay.place_id], parents[stay.place_id], stay)
        ]
    return sorted(found.values(), key=lambda move: move.id, reverse=True)


def history_of_place(session: Session, actor: Actor, place: Place) -> Sequence[HistoryLine]:
    """The latest moves of the place itself, and of what came into it or left it, newest first.

    Volumes whose register entry `actor` may not see are left out.
    """
    about = or_(Move.place_id == place.id, Move.from_place_id == place.id, Move.to_place_id == place.id)
    known = or_(Move.volume_id.is_(None), known_to(actor, Dossier))
    rows = session.execute(
        select(Move, Volume)
        .outerjoin(Volume, Volume.id == Move.volume_id)
        .outerjoin(Dossier, Dossier.id == Volume.dossier_id)
        .where(about, known)
        .options(*_WITH_ALL)
        .order_by(Move.id.desc())
        .limit(LINES)
    )
    return [HistoryLine(move, volume) for move, volume in rows]


def _moves(about: ColumnElement[bool]) -> Select[Move]:
    return select(Move).where(about).options(*_WITH_ALL).order_by(Move.id)


def _stays(moves: Sequence[Move], now: int | None, within: _Stay) -> Iterator[_Stay]:
    """Where something stood, as its moves tell (oldest first; it stands in `now`), as far as it was in `within`."""
    places = [moves[0].from_place_id, *(move.to_place_id for move in moves)] if moves else [now]
    turns = [0, *(move.id for move in moves)]
    for place_id, (after, until) in zip(places, pairwise([*turns, None]), strict=True):
        after = max(after or 0, within.after)
        ends = [end for end in (until, within.until) if end is not None]
        end = min(ends, default=None)
        if place_id is not None and (end is None or after < end):
            yield _Stay(place_id, after, end)
