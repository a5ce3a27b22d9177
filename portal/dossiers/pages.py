"""The frame of a dossier's pages: its spine and tabs. Used by every feature that has a page of a dossier.

Such a page extends `dossiers/tab.html`, fills the block `tab`, and is rendered with
`spine=spine(work, dossier_id)` and `tab="loans"` (the key of its tab).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import current_app

from portal.clients.queries import is_editable
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import OutVolume, RegisterEntry, SpineAction, SpineParts, SpineTab
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.dossiers.queries import is_readable, known_dossier, may_decide_opening, may_edit_draft
from portal.dossiers.rules import CustodyCount, custody_summary
from portal.dossiers.states import DOSSIER_STATE_NAMES, DossierState

SPINE_PARTS = "legajo_spine"
"""Key in `app.extensions` of the `SpineParts` that `create_app` gathers."""

_OWN_TABS = (
    SpineTab("contents", N_("Contents"), "/dossiers/{id}"),
    SpineTab("client", N_("Client"), "/dossiers/{id}/client"),
    SpineTab("volumes", N_("Volumes"), "/dossiers/{id}/volumes"),
)


@dataclass(frozen=True)
class Spine:
    """The head of a dossier's pages. `main` is the one main action; tabs are empty when not readable."""

    entry: RegisterEntry
    title: str
    department: str
    state: DossierState
    row_version: int
    custody: Sequence[CustodyCount]
    places: Sequence[str]
    out: Sequence[OutVolume]
    main: SpineAction | None
    others: Sequence[SpineAction]
    tabs: Sequence[SpineTab]

    @property
    def state_name(self) -> str:
        """The word for the state, a message id."""
        return DOSSIER_STATE_NAMES[self.state]


def spine_parts() -> SpineParts:
    """What the other features contribute."""
    parts: SpineParts = current_app.extensions.get(SPINE_PARTS, SpineParts())
    return parts


def spine(work: UnitOfWork, dossier_id: int) -> Spine:
    """The spine for the acting person; NotFound when the dossier is not known to them.

    What is shown of a dossier that may not be read is the register entry: no title, no place, no holder.
    """
    dossier = known_dossier(work.session, work.person, dossier_id)
    entry = register_entry(work, dossier)
    actions = list(_actions(work, dossier, entry))
    parts = spine_parts()
    return Spine(
        entry=entry,
        title=dossier.title if entry.readable else "",
        department=dossier.department.name,
        state=dossier.state,
        row_version=dossier.row_version,
        custody=custody_summary(volume.custody for volume in dossier.volumes),
        places=[volume.stands_at for volume in dossier.volumes if volume.stands_at] if entry.readable else (),
        out=parts.loans(work, [dossier.id]) if parts.loans else (),
        main=actions[0] if actions else None,
        others=actions[1:],
        tabs=[*_OWN_TABS, *parts.tabs] if entry.readable else (),
    )


def register_entry(work: UnitOfWork, dossier: Dossier) -> RegisterEntry:
    """What the register says of a dossier the acting person knows."""
    return RegisterEntry(
        id=dossier.id,
        number=dossier.number,
        client_id=dossier.client_id,
        client_name=dossier.client.name,
        level=dossier.level,
        official=dossier.state == DossierState.OPEN,
        readable=is_readable(work.session, work.person, dossier.id, work.today),
    )


def _actions(work: UnitOfWork, dossier: Dossier, entry: RegisterEntry) -> Iterator[SpineAction]:
    here = f"/dossiers/{dossier.id}"
    actor = work.person
    if dossier.state == DossierState.SUBMITTED and may_decide_opening(work.session, actor, dossier):
        yield SpineAction(N_("Decide on the opening"), f"{here}/decide")
    keeper = actor.may(Permission.DOSSIER_EDIT)
    if dossier.state == DossierState.DRAFT and may_edit_draft(work.session, actor, dossier):
        yield SpineAction(N_("Submit for approval"), f"{here}/submit", acts=True)
        yield SpineAction(N_("Edit the draft"), f"{here}/edit")
    if entry.readable:
        for source in spine_parts().actions:
            yield from source(work, entry)
    if entry.official:
        if not entry.readable:
            yield SpineAction(N_("Ask to read"), f"/requests/new?dossier={dossier.id}&kind=read")
        yield SpineAction(N_("Ask to borrow"), f"/requests/new?dossier={dossier.id}&kind=borrow")
        if actor.may(Permission.REQUEST_FILE):
            yield SpineAction(N_("Add to my request"), f"/requests/chosen?dossier={dossier.id}", acts=True)
        if keeper:
            yield SpineAction(N_("Change the level"), f"{here}/level")
            yield SpineAction(N_("Change the department"), f"{here}/department")
    if entry.readable and is_editable(work.session, actor, dossier.client_id, work.today, Dossier):
        yield SpineAction(N_("Open a further dossier"), f"/dossiers/new?client={dossier.client_id}")
