"""Keeping the index in step with the database: writing entries, rebuilding, comparing, mending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select

from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.parts import Parts
from portal.search.entries import Refresh, all_entries, refresh_of
from portal.search.rights import stale_dossiers
from portal.search.rules import read_key
from portal.search.services import note_indexed, note_rebuilt, want_rebuild
from search_index import DOSSIER, IndexDocument, IndexState

_NOTED_AT_A_TIME = 500
_CHANGING = -1


def write_entries(parts: Parts, key: str) -> Refresh:
    """Make the index say of `key` what the database says now. The caller holds the turn.

    :raises search_index.SearchIndexError: the index could not be written, all or in part
    """
    with parts.looking() as work:
        refresh = refresh_of(work.session, key)
        if refresh.removals:
            parts.index.write([], refresh.removals)
        for batch in refresh.batches:
            parts.index.write(batch)
    return refresh


def rebuild(parts: Parts) -> int:
    """Fill a new index from the database and let it take over; returns how many entries it holds.

    Dossiers whose rights nobody changed meanwhile are noted as indexed under them.

    :raises search_index.IndexBusy: another rebuild is under way
    """
    versions: dict[int, int] = {}

    def entries() -> Iterator[IndexDocument]:
        for dossier, entry in all_entries(parts.new_session):
            if versions.setdefault(dossier.id, dossier.rights_version) != dossier.rights_version:
                versions[dossier.id] = _CHANGING
            yield entry

    count = parts.index.rebuild(entries())
    noted = list(versions.items())
    for start in range(0, max(len(noted), 1), _NOTED_AT_A_TIME):
        with parts.writing() as work:
            note_rebuilt(work, dict(noted[start : start + _NOTED_AT_A_TIME]))
    return count


@dataclass(frozen=True)
class Comparison:
    """Database and index side by side: ids of entries that are missing from the index, are there with another
    content, or have no business there; and dossiers not yet indexed under their present rights."""

    state: IndexState
    entries: int = 0
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether there is nothing to mend."""
        return self.state == IndexState.OK and not (self.missing or self.stale or self.surplus or self.hidden)

    @property
    def wants_rebuild(self) -> bool:
        """Whether filling it anew is the better way: it is broken, or more than half of it differs."""
        differing = len(self.missing) + len(self.stale) + len(self.surplus)
        return self.state != IndexState.OK or differing * 2 > max(self.entries, 1)


def compare(parts: Parts) -> Comparison:
    """Compare every entry by its fingerprint. Differences are looked at twice, so that work which was being
    done in the meantime is not taken for one.

    :raises search_index.SearchIndexError: the index could not be read
    """
    state = parts.index.state()
    if state != IndexState.OK:
        return Comparison(state)
    held = dict(parts.index.ids())
    surplus = set(held)
    missing: list[str] = []
    stale: list[str] = []
    count = 0
    for _, entry in all_entries(parts.new_session):
        count += 1
        surplus.discard(entry.id)
        if entry.id not in held:
            missing.append(entry.id)
        elif held[entry.id] != entry.fingerprint():
            stale.append(entry.id)
    with parts.looking() as work:
        hidden = sorted(stale_dossiers(work.session))
    found = Comparison(state, count, tuple(missing), tuple(stale), tuple(sorted(surplus)), tuple(hidden))
    return found if found.wants_rebuild else _look_again(parts, found)


def _look_again(parts: Parts, first: Comparison) -> Comparison:
    suspects = (*first.missing, *first.stale, *first.surplus)
    held = dict(parts.index.ids()) if suspects else {}
    missing: list[str] = []
    stale: list[str] = []
    surplus: list[str] = []
    for key in suspects:
        with parts.looking() as work:
            entries = next(refresh_of(work.session, key).batches, [])
        if not entries:
            if key in held:
                surplus.append(key)
        elif key not in held:
            missing.append(key)
        elif held[key] != entries[0].fingerprint():
            stale.append(key)
    return replace(first, missing=tuple(missing), stale=tuple(stale), surplus=tuple(surplus))


def mend(parts: Parts, found: Comparison) -> int:
    """Bring the index in step where it was found to differ; returns how many entries or dossiers were written.

    :raises search_index.SearchIndexError: the index could not be written
    """
    if found.wants_rebuild:
        return rebuild(parts)
    keys = dict.fromkeys((*found.hidden, *found.missing, *found.stale, *found.surplus))
    for key in keys:
        with parts.index.turn():
            refreshed = write_entries(parts, key)
            if read_key(key)[0] == DOSSIER and refreshed.dossier_id is not None:
                with parts.writing() as work:
                    note_indexed(work, refreshed.dossier_id, refreshed.rights_version)
    return len(keys)


def heal(parts: Parts) -> bool:
    """Ask for a rebuild if the index cannot answer, was made by another version, or was thrown away; to be
    called when a server starts. Returns whether one was asked for."""
    state = parts.index.state()
    empty = state == IndexState.OK and next(parts.index.ids(), None) is None
    with parts.writing() as work:
        indexed = work.session.scalar(
            select(Dossier.id).where(Dossier.state == DossierState.OPEN, Dossier.indexed_rights != 0).limit(1)
        )
        if state == IndexState.OK and not (empty and indexed is not None):
            return False
        return want_rebuild(work)
