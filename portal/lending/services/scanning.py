"""Volumes that are taken apart to be scanned: out of circulation meanwhile (D5)."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.services import checked_reason, load_volume
from portal.dossiers.states import CustodyAction
from portal.lending.services.common import settle_volumes, withdraw_from_readers
from portal.lending.transitions import advance


def send_to_scanning(work: UnitOfWork, volume_id: int, version: int, *, reason: str = "") -> Volume:
    """Take a volume from its shelf to be scanned; whoever it was reserved for is told, and waits.

    Raises StaleVersion, Invalid, Conflict (it is not there).
    """
    work.require(Permission.PLACE_MANAGE)
    reason = checked_reason(reason)
    volume = load_volume(work, volume_id, version)
    withdraw_from_readers(work, volume)
    advance(work, volume, CustodyAction.SEND_TO_SCANNING, reason)
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
    volume = load_volume(work, volume_id, version)
    advance(work, volume, CustodyAction.END_SCANNING)
    settle_volumes(work, [volume.id], came_in=[volume.id])
    work.record("volume:scanned", f"volumes:{volume.id}", dossier_id=volume.dossier_id)
    return volume
