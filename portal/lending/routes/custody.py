"""On the page of a volume: who has it, and what takes it out of circulation and back."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Invalid
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import Panel
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, Custody
from portal.http.edge import current_work, say
from portal.lending import queries, services
from portal.lending.forms import LineForm, OutOfCirculationForm, RepairedForm
from portal.lending.models import RequestLine
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
            "reserved_for": _reserved_for(work, volume),
            "named": bool(loan and may_name_holder(work.person, loan.borrower_id)),
            "handles": work.person.may(Permission.PLACE_MANAGE) and work.person.may(Permission.LOAN_RETURN),
            "out": OutOfCirculationForm(formdata=None, row_version=volume.row_version),
            "repaired": RepairedForm(
                formdata=None, data={"row_version": volume.row_version, "condition": volume.condition}
            ),
            "back": LineForm(formdata=None, row_version=volume.row_version),
        },
    )


def _reserved_for(work: UnitOfWork, volume: Volume) -> RequestLine | None:
    """Who would be told that it is away, for those who may see all requests."""
    if volume.custody != Custody.RESERVED or not queries.sees_all_requests(work.person):
        return None
    return queries.first_in_line(work.session, volume.id, work.today)


@lending.page("/volumes/<int:volume_id>/repair", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def send_to_repair(volume_id: int) -> ResponseReturnValue:
    """Out of circulation, to be mended."""
    return _send_out(volume_id, services.send_to_repair, N_("Volume %(volume)s is in repair. Requests for it wait."))


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
    sentence = N_("Volume %(volume)s is being scanned. Requests for it wait.")
    return _send_out(volume_id, services.send_to_scanning, sentence)


@lending.page("/volumes/<int:volume_id>/scanned", may=Permission.PLACE_MANAGE, methods=["POST"], once=True)
def end_scanning(volume_id: int) -> ResponseReturnValue:
    """Back from scanning."""
    return _back(services.end_scanning(current_work(), volume_id, LineForm().version()))


def _send_out(volume_id: int, send: Callable[..., Volume], sentence: str) -> ResponseReturnValue:
    """Take the volume out of circulation by `send`, and say so."""
    form = OutOfCirculationForm()
    if not form.validate_on_submit():
        raise Invalid(N_("Please say in a few words what is wrong with the paper or what it is taken for."))
    volume = send(current_work(), volume_id, form.version(), reason=form.remark.data or "")
    say(sentence, volume=volume.barcode)
    return _to(volume_id)


def _back(volume: Volume) -> ResponseReturnValue:
    say(N_("Volume %(volume)s is back. Its place is %(place)s."), volume=volume.barcode, place=volume.place or "—")
    return _to(volume.id)


def _to(volume_id: int) -> ResponseReturnValue:
    return redirect(url_for("dossiers.volume", volume_id=volume_id))
