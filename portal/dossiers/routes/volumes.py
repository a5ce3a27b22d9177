"""The paper volumes of a dossier: listed, added, edited; the page of one volume, with where it has been."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Conflict, Invalid, StaleVersion
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import SpineAction
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers import queries, services
from portal.dossiers.forms import NewVolumeForm, PutDownForm, VolumeForm
from portal.dossiers.models import Volume
from portal.dossiers.pages import register_entry, spine, spine_parts
from portal.dossiers.routes.room import dossiers, edit_page
from portal.dossiers.services.movements import WITH_THE_ARCHIVE
from portal.dossiers.states import CONDITION_NAMES, CUSTODY_NAMES
from portal.http.edge import current_work, say, translate


@dossiers.page("/dossiers/<int:dossier_id>/volumes", may=Permission.REGISTER_VIEW)
def volumes(dossier_id: int) -> ResponseReturnValue:
    """The paper volumes with place, sheets and custody."""
    work = current_work()
    dossier = queries.readable_dossier(work.session, work.person, dossier_id, work.today)
    return render_template(
        "dossiers/volumes.html",
        spine=spine(work, dossier_id),
        tab="volumes",
        volumes=dossier.volumes,
        custody_names=CUSTODY_NAMES,
    )


@dossiers.page(
    "/dossiers/<int:dossier_id>/volumes/add", may=Permission.DOSSIER_EDIT, methods=["GET", "POST"], once=True
)
def add_volume(dossier_id: int) -> ResponseReturnValue:
    """Add a paper volume."""
    work = current_work()
    form = NewVolumeForm()
    if form.validate_on_submit():
        try:
            volume = services.add_volume(work, dossier_id, form.volume_data())
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("Volume %(ordinal)s is added."), ordinal=volume.ordinal)
            return redirect(url_for("dossiers.volumes", dossier_id=dossier_id))
    return edit_page(dossier_id, form, "dossiers/new_volume.html", tab="volumes")


@dossiers.page("/volumes/<int:volume_id>/edit", may=Permission.DOSSIER_EDIT, methods=["GET", "POST"])
def edit_volume(volume_id: int) -> ResponseReturnValue:
    """Place and sheets of a volume."""
    work = current_work()
    volume = queries.known_volume(work.session, work.person, volume_id)
    dossier = volume.dossier

    def make(**options: Any) -> VolumeForm:
        present = {"place": volume.place, "sheets": volume.sheets, "row_version": volume.row_version}
        return VolumeForm(data=present, **options)

    form = make()
    if form.validate_on_submit():
        try:
            services.edit_volume(work, volume_id, form.version(), form.volume_data())
        except StaleVersion as error:
            fresh = make(formdata=None)
            return edit_page(dossier.id, fresh, "dossiers/edit_volume.html", stale=error, tab="volumes", volume=volume)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("Volume %(ordinal)s is saved."), ordinal=volume.ordinal)
            return redirect(url_for("dossiers.volumes", dossier_id=dossier.id))
    return edit_page(dossier.id, form, "dossiers/edit_volume.html", tab="volumes", volume=volume)


@dossiers.page("/volumes/<int:volume_id>", may=Permission.REGISTER_VIEW)
def volume(volume_id: int) -> ResponseReturnValue:
    """One volume: what the register tells of it; for those who may read or handle it, where it is and has been."""
    return _volume_page(volume_id, PutDownForm(formdata=None))


@dossiers.page("/volumes/<int:volume_id>/put", may=Permission.PLACE_MANAGE, methods=["POST"])
def put_volume(volume_id: int) -> ResponseReturnValue:
    """Put it down somewhere else than at home; back home where no place is named."""
    return _moved(volume_id, home=False)


@dossiers.page("/volumes/<int:volume_id>/home", may=Permission.PLACE_MANAGE, methods=["POST"])
def place_volume(volume_id: int) -> ResponseReturnValue:
    """Let it belong to another place from now on."""
    return _moved(volume_id, home=True)


def _moved(volume_id: int, *, home: bool) -> ResponseReturnValue:
    work, form, status = current_work(), PutDownForm(), 422
    trouble = ""
    if form.validate_on_submit():
        change = services.place_volume if home else services.put_volume
        try:
            volume = change(work, volume_id, form.version(), form.place.data or "", form.reason.data or "")
        except Invalid as error:
            form.show_errors(error)
        except Conflict as error:
            # What the form was filled in over is shown anew beside it.
            form.row_version.data, status, trouble = None, error.status, translate(error.message)
        else:
            if home:
                say(N_("Volume %(volume)s belongs to %(place)s now."), volume=volume.barcode, place=volume.place)
            else:
                say(N_("Volume %(volume)s stands at %(place)s now."), volume=volume.barcode, place=volume.stands_at)
            return redirect(url_for("dossiers.volume", volume_id=volume_id))
    return _volume_page(volume_id, form, trouble), status


def _volume_page(volume_id: int, form: PutDownForm, trouble: str = "") -> str:
    work = current_work()
    volume = queries.known_volume(work.session, work.person, volume_id)
    entry = register_entry(work, volume.dossier)
    handles = work.person.may(Permission.PLACE_MANAGE)
    inside = entry.readable or handles
    if form.row_version.data is None:
        form.row_version.data = volume.row_version
    parts = spine_parts()
    return render_template(
        "dossiers/volume.html",
        volume=volume,
        entry=entry,
        inside=inside,
        handles=handles,
        at_hand=volume.custody in WITH_THE_ARCHIVE,
        form=form,
        trouble=trouble,
        actions=_volume_actions(work, volume) if handles else (),
        custody=parts.custody(work, volume.id) if parts.custody and inside else None,
        history=queries.history_of_volume(work.session, volume) if inside else (),
        custody_names=CUSTODY_NAMES,
        condition_names=CONDITION_NAMES,
    )


def _volume_actions(work: UnitOfWork, volume: Volume) -> list[SpineAction]:
    return [action for source in spine_parts().volume_actions for action in source(work, volume.id)]
