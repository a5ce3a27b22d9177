"""The page everybody is led to, what they have accepted, and the gate that leads them there."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.core.errors import NotFound
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.http.edge import can_be_opened, current_work, get_parts, say
from portal.http.guards import Open
from portal.http.language import choose_language
from portal.http.safety import is_own_path
from portal.undertaking import queries, services
from portal.undertaking.forms import AcceptForm
from portal.undertaking.models import UndertakingText
from portal.undertaking.routes.room import page, undertaking
from portal.undertaking.rules import good_until
from portal.undertaking.texts import blocks_of


@undertaking.page("/undertaking", may=Open.TO_LOGGED_IN, methods=["GET", "POST"], once=True, before_gate=True)
def own() -> ResponseReturnValue:
    """The rules in force: to read, to accept when that is due, and to see until when one has."""
    work = current_work()
    force = queries.force_today(work.session, work.today)
    version = queries.version_with_texts(work.session, force.version_id)
    form = AcceptForm()
    if version is not None and form.validate_on_submit():
        services.accept(work, _number(form.version_id.data), form.language.data or "", form.digest.data or "")
        say(N_("You have accepted the rules. The confirmation stands under House rules, to be printed at any time."))
        return redirect(_where_to())
    asked_from = services.asked_from_on(work, work.person.id, force) if version is not None else None
    text = version.text_in(choose_language()) if version is not None else None
    if text is not None:
        _show_in(form, text)
    content = page(
        "own.html",
        version=version,
        blocks=blocks_of(text.body) if text else (),
        form=form,
        asking=_asking(work, asked_from),
        held=asked_from is not None and asked_from <= work.today,
        acceptances=queries.acceptances_of(work.session, work.person.id),
        good_until=asked_from - timedelta(days=1) if asked_from else None,
        **_quiet_frame(asked_from is not None and asked_from <= work.today),
    )
    return content, 422 if form.is_submitted() else 200


def _quiet_frame(held: bool) -> dict[str, object]:
    """For whom nothing else opens, the frame offers nothing else."""
    return {"places": [], "inbox_count": 0} if held else {}


def _asking(work: UnitOfWork, asked_from: date | None) -> bool:
    """Whether the form is shown: when it is due, and in the last days of the year before."""
    if asked_from is None:
        return False
    days = get_parts().policy(work.session).undertaking_remind_days
    return asked_from <= work.today + timedelta(days=days)


def _show_in(form: AcceptForm, text: UndertakingText) -> None:
    """Have the form say which words the page shows, whatever an earlier one said."""
    form.version_id.data, form.language.data, form.digest.data = str(text.version_id), text.language, text.digest


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _where_to() -> str:
    """Where the person wanted to go before they were led here."""
    target = request.args.get("next", "")
    return target if is_own_path(target) else url_for("home.front_page")


@undertaking.page("/undertaking/acceptances/<int:acceptance_id>", may=Open.TO_LOGGED_IN)
def confirmation(acceptance_id: int) -> ResponseReturnValue:
    """That somebody accepted, with the words they read: to be printed."""
    work = current_work()
    row = queries.acceptance_of(work.session, work.person, acceptance_id)
    if row is None:
        raise NotFound()
    version = queries.version_with_texts(work.session, row.version_id)
    text = version.text_in(row.language) if version is not None else None
    months = get_parts().policy(work.session).undertaking_months
    return page(
        "confirmation.html",
        row=row,
        blocks=blocks_of(text.body) if text else (),
        until=good_until(row.accepted_on, months),
    )


def lead_to_undertaking() -> ResponseReturnValue:
    """The gate: a page leads to the rules and from there back; a script is told, so that it does not take the page of
    the rules for the answer it waits for."""
    if request.accept_mimetypes["application/json"] > request.accept_mimetypes["text/html"]:
        return page("held.html", **_quiet_frame(True)), 403
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("undertaking.own", next=request.full_path.rstrip("?")))
    flash(gettext(N_("Nothing was saved: the rules have to be accepted first. Then please do it again.")), "warning")
    there = request.path if can_be_opened(request.path) else None
    return redirect(url_for("undertaking.own", next=there), 303)
