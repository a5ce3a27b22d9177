"""Volumes whose paper is mended: out of circulation meanwhile (D5)."""

from __future__ import annotations

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, CustodyAction
from portal.lending import queries
from portal.lending.services.common import checked_text, drop_holds, lock_volume, settle_volumes
from portal.lending.transitions import advance


def send_to_repair(work: UnitOfWork, volume_id: int, version: int, *, remark: str) -> Volume:
    """Take a volume that is in the house out of circulation, with what is wrong with it; requests for it wait."""
    work.require(Permission.LOAN_RETURN)
    remark = checked_text("remark", remark, 500, required=True)
    volume = _load(work, volume_id, version)
    advance(work, volume, CustodyAction.SEND_TO_REPAIR)
    work.session.flush()
    drop_holds(work, volume.id)
    work.record("volume:to_repair", f"volumes:{volume.id}", dossier_id=volume.dossier_id, personal={"remark": remark})
    return volume


def end_repair(work: UnitOfWork, volume_id: int, version: int, *, condition: Condition) -> Volume:
    """The volume is back from repair, in this condition; it is kept for whoever waits, or goes to its place."""
    work.require(Permission.LOAN_RETURN)
    volume = _load(work, volume_id, version)
    advance(work, volume, CustodyAction.END_REPAIR)
    volume.condition = condition
    settle_volumes(work, [volume.id], came_in=[volume.id])
    work.record(
        "volume:repaired", f"volumes:{volume.id}", dossier_id=volume.dossier_id, details={"condition": condition.value}
    )
    return volume


def _load(work: UnitOfWork, volume_id: int, version: int) -> Volume:
    volume = queries.volume_for(work.session, work.person, volume_id)
    if volume is None:
        raise NotFound()
    volume.check_version(version)
    return lock_volume(work.session, volume.id)
