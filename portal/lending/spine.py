"""What lending gives to the head of a dossier's pages (`portal.core.spine`)."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.messages import N_
from portal.core.spine import OutVolume, SpineTab
from portal.core.unit_of_work import UnitOfWork
from portal.lending.queries import where_are

LOANS_TAB = SpineTab("loans", N_("Loans"), "/dossiers/{id}/loans")


def out_volumes(work: UnitOfWork, dossier_ids: Sequence[int]) -> Sequence[OutVolume]:
    """The volumes of these dossiers that are lent now; `holder` is empty where the viewer may not know it."""
    found = where_are(work.session, work.person, dossier_ids, work.today)
    return [
        OutVolume(volume.volume_id, volume.holder or "", volume.due_on)
        for place in found.values()
        for volume in place.volumes
        if volume.due_on is not None
    ]
