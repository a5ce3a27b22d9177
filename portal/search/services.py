"""What the search changes in the database: notes on what is indexed, and wishes for a rebuild."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from search_index import IndexDamaged, IndexOutdated, SearchIndexError

INDEX = "index"
"""Outbox kind: refresh one entry. The key is the entry's id; a dossier's stands for all it holds."""
REBUILD_INDEX = "rebuild_index"
"""Outbox kind: fill the index anew from the database."""
_THE_INDEX = "index"


def want_rebuild(work: UnitOfWork) -> bool:
    """Ask for a rebuild, unless one is waiting or under way; returns whether this call asked."""
    waiting = work.session.scalar(
        select(OutboxRow.id).where(
            OutboxRow.kind == REBUILD_INDEX,
            OutboxRow.key == _THE_INDEX,
            OutboxRow.wanted > OutboxRow.done,
            OutboxRow.attempts < MAX_ATTEMPTS,
        )
    )
    if waiting is not None:
        return False
    work.want(REBUILD_INDEX, _THE_INDEX)
    return True


def needs_rebuild(error: SearchIndexError) -> bool:
    """Whether a rebuild is what mends this."""
    return isinstance(error, IndexDamaged | IndexOutdated)


def note_indexed(work: UnitOfWork, dossier_id: int, rights_version: int) -> None:
    """Note that the index holds the dossier and all its documents under this version of its rights.

    If the rights have changed since they were read, the dossier stays left out of searches: its versions
    differ, and the change has asked for another refresh. Version 0: it is not in the index.
    """
    work.session.execute(
        update(Dossier)
        .where(Dossier.id == dossier_id, Dossier.indexed_rights != rights_version)
        .values(indexed_rights=rights_version)
        .execution_options(synchronize_session=False)
    )


def note_rebuilt(work: UnitOfWork, rights_versions: dict[int, int]) -> None:
    """Note what a rebuild has put into the index (dossier id → version of its rights), where that still holds.

    A refresh that had failed too often meanwhile gets new attempts.
    """
    for dossier_id, version in rights_versions.items():
        work.session.execute(
            update(Dossier)
            .where(
                Dossier.id == dossier_id,
                Dossier.rights_version == version,
                Dossier.indexed_rights != version,
            )
            .values(indexed_rights=version)
            .execution_options(synchronize_session=False)
        )
    resting = select(OutboxRow.key).where(
        OutboxRow.kind == INDEX, OutboxRow.wanted > OutboxRow.done, OutboxRow.attempts >= MAX_ATTEMPTS
    )
    for key in work.session.scalars(resting).all():
        work.want(INDEX, key)
