"""Labels: who printed how many, on which sheets."""

from __future__ import annotations

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.printing.formats import LabelKind
from portal.printing.services.common import NOTHING
from portal.printing.sheets import Placing

MAY_PRINT: dict[LabelKind, Permission] = {
    LabelKind.SPINE: Permission.LABELS_PRINT,
    LabelKind.PLACE: Permission.LABELS_PRINT,
    LabelKind.CARD: Permission.CARDS_PRINT,
}


def record_labels(work: UnitOfWork, kind: LabelKind, count: int, placing: Placing) -> None:
    """Record that the acting person printed so many labels on such sheets. Invalid where there are none."""
    work.require(MAY_PRINT[kind])
    if not count:
        raise Invalid(NOTHING)
    work.record("label:print", f"labels:{kind.value}", details={"labels": count, "sheet_format": placing.format.size})
