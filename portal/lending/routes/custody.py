"""On the page of a volume: who has it, and what takes it out of circulation and back."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Invalid
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import Panel
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition
from portal.http.edge import current_work, say
from portal.lending import queries, services
from portal.lending.forms import LineForm, OutOfCirculationForm, RepairedForm
from portal.lending.queries import may_name_holder
from portal.lending.routes.room import lending


def custody_panel(work: UnitOfWork, volume_id: int) -> Panel:
    """Who has the volume, for those who may know it; buttons for those who send it to repair and to scanning."""
    volume = work.session.get_one(Volume, volume_id)
    loan = queries.open_loan_of_volume(work.session, volume_id)
    return Panel(
        "lending/_volume_custody.html",
        {
            "volume": volume,
            "loan": loan,
            "named": bool(loan and may_name_holder(work.person, loan.borrower_id)),
            "handles": work.person.may(Permission.PLACE_MANAGE) and work.person.may(Permission.LOAN_RETURN),
            "out": OutOfCirculationForm(formdata=None, row_version=volume.row_version),
            "repaired": RepairedForm(
                formdata=None, data={"row_version": volume.row_version, "condition": volume.condition}
            ),
            "back": LineForm(formdata=None, row_version=volume.row_version),
        },
    )


@lending.page("/volumes/<int:volume_id>/repair", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def send_to_repair(volume_id: int) -> ResponseReturnValue:
    """Out of circulation, to be mended."""
    form = _sent()
    volume = services.send_to_repair(current_work(), volume_id, form.version(), remark=form.remark.data or "")
    say(N_("Volume %(volume)s is in repair. Requests for it wait."), volume=volume.barcode)
    return _to(volume_id)


@lending.page("/volumes/<int:volume_id>/repaired", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def end_repair(volume_id: int) -> ResponseReturnValue:
    """Back from repair."""
    form = RepairedForm()
    if not form.validate_on_submit():
        raise Invalid()
    condition = Condition(form.condition.data)
    volume = services.end_repair(current_work(), volume_id, form.version(), condition=condition)
    return _back(volume)


@lending.page("/volumes/<int:volume_id>/scanning", may=Permission.PLACE_MANAGE, methods=["POST"], once=True)
def send_to_scanning(volume_id: int) -> ResponseReturnValue:
    """Out of circulation, to be scanned."""
    form = _sent()
    volume = services.send_to_scanning(current_work(), volume_id, form.version(), reason=form.remark.data or "")
    say(N_("Volume %(volume)s is being scanned. Requests for it wait."), volume=volume.barcode)
    return _to(volume_id)


@lending.page("/volumes/<int:volume_id>/scanned", may=Permission.PLACE_MANAGE, methods=["POST"], once=True)
def end_scanning(volume_id: int) -> ResponseReturnValue:
    """Back from scanning."""
    return _back(services.end_scanning(current_work(), volume_id, LineForm().version()))


def _sent() -> OutOfCirculationForm:
    form = OutOfCirculationForm()
    if not form.validate_on_submit():
        raise Invalid(N_("Please say in a few words what is wrong with the paper or what it is taken for."))
    return form


def _back(volume: Volume) -> ResponseReturnValue:
    say(N_("Volume %(volume)s is back. Its place is %(place)s."), volume=volume.barcode, place=volume.place or "—")
    return _to(volume.id)


def _to(volume_id: int) -> ResponseReturnValue:
    return redirect(url_for("dossiers.volume", volume_id=volume_id))
