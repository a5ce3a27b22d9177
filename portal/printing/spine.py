"""The way to labels, covers and lists from the pages of dossiers, volumes and places (`portal.core.spine`)."""

from __future__ import annotations

from urllib.parse import urlencode

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import RegisterEntry, SpineAction
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Place, Volume

_LABEL, _LABELS = N_("Print its label"), N_("Print labels")


def dossier_cover(work: UnitOfWork, entry: RegisterEntry) -> list[SpineAction]:
    """The cover of a dossier."""
    if not entry.official or not work.person.may(Permission.LABELS_PRINT):
        return []
    return [SpineAction(N_("Print the cover of the dossier"), f"/dossiers/{entry.id}/cover.pdf")]


def dossier_labels(work: UnitOfWork, entry: RegisterEntry) -> list[SpineAction]:
    """The labels of a dossier's volumes."""
    if not entry.official or entry.number is None or not work.person.may(Permission.LABELS_PRINT):
        return []
    return [SpineAction(_LABELS, _address("volumes", dossier=entry.number))]


def volume_label(work: UnitOfWork, volume_id: int) -> list[SpineAction]:
    """The label of one volume."""
    volume = work.session.get(Volume, volume_id)
    if volume is None or not work.person.may(Permission.LABELS_PRINT):
        return []
    return [SpineAction(_LABEL, _address("volumes", barcodes=volume.barcode))]


def place_labels(work: UnitOfWork, place_id: int) -> list[SpineAction]:
    """The labels of a place and of those in it, and of the volumes that stand there."""
    place = work.session.get(Place, place_id)
    if place is None or place.closed_at is not None or not work.person.may(Permission.LABELS_PRINT):
        return []
    return [
        SpineAction(_LABELS, _address("places", within=place.barcode, itself="y")),
        SpineAction(N_("Print labels of its volumes"), _address("volumes", place=place.barcode)),
    ]


def _address(page: str, **query: str) -> str:
    return f"/labels/{page}?{urlencode(query)}"
