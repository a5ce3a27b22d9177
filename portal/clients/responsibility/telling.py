"""Telling people which clients they look after from now on, and which they do no longer.

One notice for one client; one for several together, however many there are. Clients with nothing but core dossiers
are told of apart: whoever lacks clearance by the time they look is shown nothing of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


@dataclass(frozen=True)
class Files:
    """What stands for a client where a dossier is asked for, and whether it has core dossiers."""

    dossier_id: int
    core_only: bool
    has_core: bool


@dataclass(frozen=True)
class Change:
    """Somebody gained or lost a client; `row_id` is the responsibility that began or ended."""

    person_id: int
    client_id: int
    row_id: int


def tell_of_changes(
    work: UnitOfWork, gained: Sequence[Change], lost: Sequence[Change], files: Mapping[int, Files]
) -> None:
    """Tell whoever gained or lost clients, unless they did it themselves.

    Whoever only changes between first and second contact of a client is told nothing. `files`: by client.
    """
    had = {(row.person_id, row.client_id) for row in lost}
    has = {(row.person_id, row.client_id) for row in gained}
    for changes, other, one, several in (
        (gained, had, NoticeKind.CLIENT_GIVEN, NoticeKind.CLIENTS_GIVEN),
        (lost, has, NoticeKind.CLIENT_TAKEN, NoticeKind.CLIENTS_TAKEN),
    ):
        told: dict[tuple[int, bool], list[Change]] = defaultdict(list)
        for row in changes:
            if row.person_id != work.person.id and (row.person_id, row.client_id) not in other:
                told[row.person_id, files[row.client_id].core_only].append(row)
        for rows in told.values():
            _tell(work, rows, files, one, several)


def _tell(
    work: UnitOfWork, rows: Sequence[Change], files: Mapping[int, Files], one: NoticeKind, several: NoticeKind
) -> None:
    person_id, by, first = rows[0].person_id, work.person.id, files[rows[0].client_id]
    if len(rows) == 1:
        occasion = str(rows[0].row_id)
        notify(work, person_id, one, occasion, dossier_id=first.dossier_id, about_id=by, day=work.today)
        return
    ids = [row.row_id for row in rows]
    dossier_id = first.dossier_id if first.core_only else None
    occasion = f"{min(ids)}-{max(ids)}"
    notify(work, person_id, several, occasion, dossier_id=dossier_id, about_id=by, day=work.today, count=len(rows))
