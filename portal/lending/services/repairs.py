"""Volumes whose paper is mended: out of circulation meanwhile (D5)."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.services import LONGEST_REASON, load_volume
from portal.dossiers.states import Condition, CustodyAction
from portal.lending.services.common import checked_text, settle_volumes, withdraw_from_readers
from portal.lending.transitions import advance


def send_to_repair(work: UnitOfWork, volume_id: int, version: int, *, reason: str) -> Volume:
    """Take a volume that is in the house out of circulation, with what is wrong with it.

    Requests for it wait; whoever it was reserved for is told. Raises StaleVersion, Invalid, Conflict (not there).
    """
    work.require(Permission.LOAN_RETURN)
    reason = checked_text("remark", reason, LONGEST_REASON, required=True)
    volume = load_volume(work, volume_id, version)
    withdraw_from_readers(work, volume)
    advance(work, volume, CustodyAction.SEND_TO_REPAIR, reason)
    work.record("volume:to_repair", f"volumes:{volume.id}", dossier_id=volume.dossier_id, personal={"remark": reason})
    return volume


def end_repair(work: UnitOfWork, volume_id: int, version: int, *, condition: Condition) -> Volume:
    """The volume is back from repair, in this condition; it is kept for whoever waits, or goes to its place."""
    work.require(Permission.LOAN_RETURN)
    volume = load_volume(work, volume_id, version)
    advance(work, volume, CustodyAction.END_REPAIR)
    volume.condition = condition
    settle_volumes(work, [volume.id], came_in=[volume.id])
    work.record(
        "volume:repaired", f"volumes:{volume.id}", dossier_id=volume.dossier_id, details={"condition": condition.value}
    )
    return volume
