"""Where the paper of a dossier is: what the register tells every employee (R7), and the name to those who may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody
from portal.lending.queries.loans import holders, may_name_holder
from portal.policy.rules import is_overdue

_NEWS_FIRST = (
    Custody.ON_LOAN,
    Custody.MISSING,
    Custody.IN_REPAIR,
    Custody.BEING_SCANNED,
    Custody.RESERVED,
    Custody.ON_SHELF,
    Custody.DISPOSED,
)


@dataclass(frozen=True)
class VolumeWhereabouts:
    """Where one volume is. `holder` is None where the viewer may not know, or nobody has it."""

    volume_id: int
    ordinal: int
    barcode: str
    place: str
    custody: Custody
    due_on: date | None = None
    overdue: bool = False
    holder: str | None = None


@dataclass(frozen=True)
class Whereabouts:
    """Where the volumes of one dossier are, for its spine."""

    dossier_id: int
    volumes: tuple[VolumeWhereabouts, ...]

    @property
    def custody(self) -> Custody | None:
        """The custody most worth telling (out before on the shelf); None for a dossier without paper."""
        return min((row.custody for row in self.volumes), key=_NEWS_FIRST.index, default=None)

    @property
    def told(self) -> VolumeWhereabouts | None:
        """The volume to tell of: of that custody, the one due last, since only then all of it is back."""
        rows = [row for row in self.volumes if row.custody == self.custody]
        return max(rows, key=lambda row: (row.due_on or date.min, -row.ordinal), default=None)

    @property
    def overdue(self) -> bool:
        """Whether a volume should be back already."""
        return any(row.overdue for row in self.volumes)


def where_is(session: Session, actor: Actor, dossier_id: int, today: date) -> Whereabouts:
    """Where the dossier is; without volumes for one the actor may not know of."""
    return where_are(session, actor, [dossier_id], today)[dossier_id]


def where_are(session: Session, actor: Actor, dossier_ids: Collection[int], today: date) -> dict[int, Whereabouts]:
    """Where these dossiers are, by id: two queries however many."""
    volumes = session.scalars(
        select(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(Volume.dossier_id.in_(dossier_ids), known_to(actor, Dossier))
        .order_by(Volume.dossier_id, Volume.ordinal)
    ).all()
    loans = holders(session, [volume.id for volume in volumes])
    found: dict[int, list[VolumeWhereabouts]] = defaultdict(list)
    for volume in volumes:
        loan = loans.get(volume.id)
        found[volume.dossier_id].append(
            VolumeWhereabouts(
                volume.id,
                volume.ordinal,
                volume.barcode,
                volume.place,
                volume.custody,
                due_on=loan.due_on if loan else None,
                overdue=bool(loan and is_overdue(loan.due_on, today)),
                holder=loan.borrower.name if loan and may_name_holder(actor, loan.borrower_id) else None,
            )
        )
    return {dossier_id: Whereabouts(dossier_id, tuple(found[dossier_id])) for dossier_id in dossier_ids}
