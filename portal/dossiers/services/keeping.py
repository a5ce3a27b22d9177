"""Keeping official dossiers in order: level, department, paper volumes. For the records department."""

from __future__ import annotations

from portal.access.models import GrantEnd
from portal.access.services import end_grants_of_dossier
from portal.accounts.models import Department
from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.queries import known_dossier
from portal.dossiers.services.movements import chosen_place, load_volume, set_home
from portal.dossiers.services.opening import VolumeData, check_volume, new_volume
from portal.dossiers.states import DossierState

_HEIGHT = {Level.GENERAL: 0, Level.IMPORTANT: 1, Level.CORE: 2}


def change_level(work: UnitOfWork, dossier_id: int, version: int, level: Level) -> Dossier:
    """Change how confidential a dossier is. Raising the level ends its open reading grants: they were signed
    for less. The number stays: it is written on paper. Raises StaleVersion, Invalid (no core clearance).
    """
    actor, dossier = _official(work, dossier_id, version)
    if Level.CORE in (level, dossier.level) and not actor.cleared_for_core:
        raise Invalid(
            fields={"level": Message(N_("Only people with core clearance make a dossier core, or take it back."))}
        )
    old = dossier.level
    if level == old:
        return dossier
    dossier.level = level
    ended = end_grants_of_dossier(work, dossier.id, GrantEnd.LEVEL_RAISED) if _HEIGHT[level] > _HEIGHT[old] else []
    _rights_changed(work, dossier, "dossier:level", {"old": old, "new": level, "grants_ended": ended})
    return dossier


def change_department(work: UnitOfWork, dossier_id: int, version: int, department_id: int) -> Dossier:
    """Move a dossier to another department."""
    _, dossier = _official(work, dossier_id, version)
    if work.session.get(Department, department_id) is None:
        raise Invalid(fields={"department_id": Message(N_("Please choose a department."))})
    old = dossier.department_id
    if department_id == old:
        return dossier
    dossier.department_id = department_id
    _rights_changed(work, dossier, "dossier:department", {"old": old, "new": department_id})
    return dossier


def add_volume(work: UnitOfWork, dossier_id: int, data: VolumeData) -> Volume:
    """Add a paper volume after the last one."""
    actor = work.require(Permission.DOSSIER_EDIT)
    dossier = known_dossier(work.session, actor, dossier_id, lock=True)
    check_volume(work.session, data)
    ordinal = max((volume.ordinal for volume in dossier.volumes), default=0) + 1
    volume = new_volume(dossier.id, ordinal, data)
    dossier.volumes.append(volume)
    work.session.flush()
    set_home(work, volume, chosen_place(work, data.place))
    work.record(
        "volume:add",
        f"volumes:{volume.id}",
        dossier_id=dossier.id,
        details={"ordinal": ordinal, "barcode": volume.barcode, "place": volume.place, "sheets": volume.sheets},
    )
    work.want("index", f"dossier:{dossier.id}")
    return volume


def edit_volume(work: UnitOfWork, volume_id: int, version: int, data: VolumeData) -> Volume:
    """Change the home place and the sheets of a volume."""
    work.require(Permission.DOSSIER_EDIT)
    volume = load_volume(work, volume_id, version)
    check_volume(work.session, data)
    home = chosen_place(work, data.place)
    old = (volume.place, volume.sheets)
    set_home(work, volume, home)
    volume.sheets = data.sheets
    work.session.flush()
    changed: dict[str, object] = {}
    for name, before, now in (("place", old[0], volume.place), ("sheets", old[1], volume.sheets)):
        if before != now:
            changed[name] = {"old": before, "new": now}
    if changed:
        work.record("volume:edit", f"volumes:{volume.id}", dossier_id=volume.dossier_id, details={"changed": changed})
    return volume


def _official(work: UnitOfWork, dossier_id: int, version: int) -> tuple[Actor, Dossier]:
    actor = work.require(Permission.DOSSIER_EDIT)
    dossier = known_dossier(work.session, actor, dossier_id, lock=True)
    if dossier.state != DossierState.OPEN:
        raise Conflict(N_("This dossier is not official yet: change its draft."))
    dossier.check_version(version)
    return actor, dossier


def _rights_changed(work: UnitOfWork, dossier: Dossier, action: str, details: dict[str, object]) -> None:
    """Until it is indexed again, the search leaves out a dossier whose rights changed."""
    dossier.rights_version += 1
    work.session.flush()
    work.record(action, f"dossiers:{dossier.id}", dossier_id=dossier.id, details=details)
    work.want("index", f"dossier:{dossier.id}")
