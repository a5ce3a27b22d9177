"""Volumes that are taken apart to be scanned: out of circulation meanwhile (D5)."""

from __future__ import annotations

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.services import checked_reason
from portal.dossiers.states import CustodyAction
from portal.lending import queries
from portal.lending.services.common import drop_holds, lock_volume, settle_volumes
from portal.lending.transitions import advance


def send_to_scanning(work: UnitOfWork, volume_id: int, version: int, *, reason: str = "") -> Volume:
    """Take a volume from its shelf to be scanned. Raises StaleVersion, Conflict (it is not there, or is reserved)."""
    work.require(Permission.PLACE_MANAGE)
    reason = checked_reason(reason)
    volume = _load(work, volume_id, version)
    advance(work, volume, CustodyAction.SEND_TO_SCANNING, reason)
    work.session.flush()
    drop_holds(work, volume.id)
    work.record(
        "volume:to_scanning",
        f"volumes:{volume.id}",
        dossier_id=volume.dossier_id,
        personal={"reason": reason} if reason else None,
    )
    return volume


def end_scanning(work: UnitOfWork, volume_id: int, version: int) -> Volume:
    """The volume is back from scanning; it is kept for whoever waits, or goes to its place."""
    work.require(Permission.PLACE_MANAGE)
    volume = _load(work, volume_id, version)
    advance(work, volume, CustodyAction.END_SCANNING)
    settle_volumes(work, [volume.id], came_in=[volume.id])
    work.record("volume:scanned", f"volumes:{volume.id}", dossier_id=volume.dossier_id)
    return volume


def _load(work: UnitOfWork, volume_id: int, version: int) -> Volume:
    if queries.volume_for(work.session, work.person, volume_id) is None:
        raise NotFound()
    volume = lock_volume(work.session, volume_id)
    volume.check_version(version)
    return volume
