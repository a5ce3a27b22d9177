"""The front page: what this person asked for, holds, owes and must decide."""

from __future__ import annotations

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.documents.queries import reading_progress
from portal.extensions import db
from portal.home import inbox as inbox_of
from portal.home import queries
from portal.http.edge import actor_from_session, current_work, get_parts, say
from portal.http.guards import Open, Room
from portal.http.language import choose_language
from portal.http.safety import row_id
from portal.lending.forms import LineForm
from portal.lending.states import LINE_STATE_NAMES, REQUEST_KIND_NAMES
from portal.notices.services import mark_all_read, mark_read
from portal.policy.queries import calendar_of, current_policy
from portal.policy.rules import years_without_data
from portal.reports.periods import Period
from portal.reports.states import REPORT_KIND_NAMES
from portal.reports.statistics.wording import period_text

home = Room("home", __name__)


@home.page("/", may=Open.TO_LOGGED_IN)
def front_page() -> ResponseReturnValue:
    """What waits for me, newest trouble first."""
    work = current_work()
    page = queries.front_page(work.session, work.person, work.now, work.today)
    g.waiting = page.waiting
    return render_template(
        "home/front_page.html",
        page=page,
        button_over=lambda loan: LineForm(formdata=None, row_version=loan.row_version),
        line_state_names=LINE_STATE_NAMES,
        kind_names=REQUEST_KIND_NAMES,
        report_kind_names=REPORT_KIND_NAMES,
        period_words=_period_words,
        today=work.today,
        unknown_years=_unknown_years(),
    )


def _period_words(period: Period) -> str:
    """The period of a report, as in "October 2026"."""
    return period_text(period, language=choose_language(), translate=gettext)


def _unknown_years() -> list[int]:
    """Years whose holidays whoever keeps the calendar has to see to."""
    work = current_work()
    if not work.person.may(Permission.CALENDAR_MANAGE):
        return []
    return years_without_data(calendar_of(current_policy(work.session), []), work.today)


@home.page("/reading-progress", may=Open.TO_LOGGED_IN)
def progress() -> ResponseReturnValue:
    """How far the reading of scans has come: a part of the front page that renews itself."""
    work = current_work()
    reading = reading_progress(work.session, work.person, work.today)
    response = make_response(render_template("home/_reading.html", reading=reading))
    if not reading.waiting:
        response.headers["X-Done"] = "yes"
    return response


@home.page("/inbox", may=Open.TO_LOGGED_IN)
def inbox() -> ResponseReturnValue:
    """What the person has been told, newest first, under what waits for them."""
    work = current_work()
    found, rows = inbox_of.inbox_page(work.session, work.person, request.args.get("page", 1, type=int), work.today)
    g.waiting = queries.what_waits(work.session, work.person, work.today)
    return render_template("home/inbox.html", found=found, rows=rows, waiting=g.waiting)


@home.page("/inbox/<int:notice_id>", may=Open.TO_LOGGED_IN, writes=True)
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Where a notice leads, from the inbox or from a mail; with that it is read."""
    work = current_work()
    target = inbox_of.target_of(work, mark_read(work, notice_id))
    return redirect(url_for(target.endpoint, **target.values) if target else url_for("home.inbox"))


@home.page("/inbox/<int:notice_id>/read", may=Open.TO_LOGGED_IN, methods=["POST"])
def read_notice(notice_id: int) -> ResponseReturnValue:
    """The person has read one notice where it stands."""
    mark_read(current_work(), notice_id)
    return redirect(url_for("home.inbox", page=request.form.get("page", type=int)))


@home.page("/inbox/read", may=Open.TO_LOGGED_IN, methods=["POST"])
def read_all() -> ResponseReturnValue:
    """The person has read everything that was shown when they pressed the button."""
    work = current_work()
    newest = request.form.get("newest", "")
    if newest.isascii() and newest.isdigit():
        mark_all_read(work, row_id(newest), inbox_of.shown_notices(work.person))
        say(N_("All notices are marked as read."))
    return redirect(url_for("home.inbox"))


def count_inbox() -> int:
    """The number beside "Inbox" in the frame of every page; pages that list what waits have asked before."""
    if "waiting" in g:
        return int(g.waiting.total)
    work = g.get("work") or get_parts().unit(db.session, actor_from_session())  # Error pages have no unit yet.
    return queries.inbox_count(work.session, work.person, work.today)
