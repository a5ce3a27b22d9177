"""Asking for dossiers: to read, to borrow, to read in the reading room, for oneself or for a colleague."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries import active_people
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import CUSTODY_NAMES
from portal.http.edge import current_work, say, translate
from portal.http.safety import row_id
from portal.lending import queries, services
from portal.lending.errors import SeveralRefused
from portal.lending.forms import AskForm, RequestForm
from portal.lending.routes.chosen import forget
from portal.lending.routes.room import lending, page, refused
from portal.lending.services.requests import MOST_DOSSIERS
from portal.lending.states import PAPER_KINDS, RequestKind

_BETWEEN_NUMBERS = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True)
class Asked:
    """What the address asks for, and the form that adds to it. `unknown`: numbers that stand for nothing the person
    may know of; `added`: the ids of those that came in by number."""

    dossiers: list[Dossier]
    unknown: list[str]
    added: list[int]

    @property
    def ids(self) -> list[int]:
        """The ids of the dossiers."""
        return [dossier.id for dossier in self.dossiers]


@lending.page("/requests/new", may=Permission.REQUEST_FILE, methods=["GET", "POST"], once=True)
def new_request() -> ResponseReturnValue:
    """Ask to read or to borrow: `?kind=borrow&dossier=7`, `dossier` as often as there are dossiers, or `numbers`."""
    work = current_work()
    kind = _kind()
    asked = asked_for()
    form = _request_form(kind, asked)
    trouble: str | None = None
    reasons: list[tuple[str, str]] = []
    adjusted = is_adjusted()
    if asked.dossiers and not adjusted and form.validate_on_submit():
        draft = request.form.get("act") == "draft"
        try:
            filed = services.file_request(
                work,
                kind=kind,
                dossier_ids=asked.ids,
                object_=form.object.data or "",
                purpose=form.purpose.data or "",
                reason=form.reason.data or "",
                reader_id=form.reader_id.data,
                volume_ids=form.volume_ids.data if form.volume_ids else None,
                draft=draft,
            )
        except (Conflict, Invalid) as error:
            trouble, reasons = say_refusal(form, error)
        else:
            forget(asked.ids)
            if draft:
                say(N_("The draft is kept. Nobody else sees it until you send it."))
            else:
                say(N_("The request is sent. You can follow it here."))
            return redirect(where_filed([line.id for line in filed.lines]))
    content = page(
        "new_request.html",
        form=form,
        kind=kind,
        asked=asked,
        most=MOST_DOSSIERS,
        whereabouts=queries.where_are(work.session, work.person, asked.ids, work.today),
        open_lines=queries.open_lines(work.session, work.person.id, asked.ids, kind),
        readable=_readable(asked) if kind == RequestKind.READ else [],
        overdue=queries.holds_overdue(work.session, work.person.id, work.today),
        adjusted=adjusted,
        trouble=trouble,
        reasons=reasons,
    )
    return content, 422 if form.is_submitted() else 200


def asked_for(work: UnitOfWork | None = None) -> Asked:
    """The dossiers of the address, by id and by number, as the form changes them. NotFound for an id that stands for
    nothing one may know of."""
    work = work or current_work()
    ids = list(dict.fromkeys(request.args.getlist("dossier", type=row_id)))[: MOST_DOSSIERS + 1]
    dossiers = list(queries.dossiers_to_ask_for(work.session, work.person, ids))
    numbers = (text for text in _BETWEEN_NUMBERS.split(request.values.get("numbers", "")) if text)
    typed = list(dict.fromkeys(numbers))[: MOST_DOSSIERS + 1]
    if len(dossiers) < len(ids):
        raise NotFound()
    found = queries.dossiers_numbered(work.session, work.person, typed)
    added = [row.id for row in found.values() if row not in dossiers]
    dossiers = list(dict.fromkeys([*dossiers, *found.values()]))
    taken_off = request.form.get("take_off", type=row_id)
    unknown = [number for number in typed if number not in found]
    return Asked([row for row in dossiers if row.id != taken_off], unknown, added)


def is_adjusted() -> bool:
    """Whether the form was sent to add dossiers or to take one off: then it is shown again as it was filled in.

    Numbers that were typed and not added yet count too: nobody means to send a request without them.
    """
    act, numbers = request.form.get("act"), request.form.get("numbers", "")
    return act == "add" or "take_off" in request.form or bool(numbers.strip())


def tick_added(form: AskForm, asked: Asked) -> None:
    """Ask for the volumes of the dossiers that were just added, as for those of the others at first."""
    if is_adjusted() and form.volume_ids:
        volumes = queries.volumes_to_lend(current_work().session, asked.added)
        form.volume_ids.data = [*(form.volume_ids.data or []), *(volume.id for volume in volumes)]


def volume_choices(dossiers: Sequence[Dossier]) -> list[tuple[int, str]]:
    """The volumes of these dossiers that can be asked for, for a choice."""
    volumes = queries.volumes_to_lend(current_work().session, [dossier.id for dossier in dossiers])
    numbers = {dossier.id: dossier.number or "" for dossier in dossiers}
    several = len(dossiers) > 1
    return [(volume.id, _volume_label(volume, numbers[volume.dossier_id] if several else "")) for volume in volumes]


def say_refusal(form: AskForm, error: Conflict | Invalid) -> tuple[str | None, list[tuple[str, str]]]:
    """What stands on top of a form that was refused (None where it stands at its fields), and what stands against each
    of several dossiers: number and sentence."""
    if isinstance(error, Invalid):
        form.show_errors(error)
        return None if error.fields else refused(error), []
    reasons = error.reasons if isinstance(error, SeveralRefused) else ()
    return refused(error), [(number, translate(message)) for number, message in reasons]


def where_filed(line_ids: Sequence[int]) -> str:
    """Where a request is followed: its page, or, for several lines, the list of one's requests."""
    if len(line_ids) == 1:
        return url_for("lending.request_page", line_id=line_ids[0])
    return url_for("lending.requests")


def _kind() -> RequestKind:
    try:
        return RequestKind(request.args.get("kind", ""))
    except ValueError:
        raise NotFound() from None


def _request_form(kind: RequestKind, asked: Asked) -> RequestForm:
    work = current_work()
    volumes = volume_choices(asked.dossiers) if kind in PAPER_KINDS else []
    form = RequestForm(data={"reader_id": work.person.id, "volume_ids": [volume_id for volume_id, _ in volumes]})
    form.reader_id.choices = [(person.id, person.name) for person in active_people(work.session)]
    form.offer_volumes(volumes)
    tick_added(form, asked)
    return form


def _volume_label(volume: Volume, dossier_number: str) -> str:
    custody = gettext(CUSTODY_NAMES[volume.custody])
    if dossier_number:
        return gettext(
            "%(dossier)s, volume %(number)s (%(custody)s)",
            dossier=dossier_number,
            number=volume.ordinal,
            custody=custody,
        )
    return gettext("Volume %(number)s (%(custody)s)", number=volume.ordinal, custody=custody)


def _readable(asked: Asked) -> Sequence[Dossier]:
    work = current_work()
    return queries.readable_among(work.session, work.person, asked.ids, work.today)
