"""The statistics page: a period's figures, compared, drawn and divided."""

from __future__ import annotations

from datetime import date, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.config import LANGUAGES
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.http.language import choose_language
from portal.http.transactions import now_reading
from portal.reports.forms import PeriodForm, as_address, kind_name
from portal.reports.periods import Period, PeriodKind
from portal.reports.routes.room import reports
from portal.reports.routes.showing import Showing
from portal.reports.services.counting import count
from portal.reports.services.looking import count_one
from portal.reports.statistics.counted import AUDIENCE_NAMES, Audience, Statistics
from portal.reports.statistics.wording import period_text

_OFFERED = {PeriodKind.MONTH: 36, PeriodKind.QUARTER: 20, PeriodKind.HALF_YEAR: 12, PeriodKind.YEAR: 10}
"""How many periods back may be chosen from the list; older ones are reached from there."""


@reports.page("/reports/statistics", may=Permission.REPORT_MAKE)
def statistics() -> ResponseReturnValue:
    """The period's figures on a page."""
    work = now_reading()
    language = choose_language()
    form = PeriodForm.of_address(request.args, work.today)
    found: Statistics | None = None
    if form.validate():
        try:
            found = count(work, form.for_audience, form.period)
        except Invalid as error:
            _show_errors(form, error)
    picking = _picking(form, work.today, language)
    if found is None:
        return render_template("reports/statistics.html", form=form, picking=picking, statistics=None), 422
    return render_template(
        "reports/statistics.html",
        form=form,
        picking=picking,
        statistics=found,
        show=Showing(found, work.today, language),
        audience=AUDIENCE_NAMES[found.audience],
        languages=LANGUAGES,
        today=work.today,
    )


@reports.page("/reports/statistics/figures/<name>", may=Permission.REPORT_MAKE)
def statistics_figure(name: str) -> ResponseReturnValue:
    """What one figure means, its charts and their tables: a page, or the part of one that the script asks for."""
    work = now_reading()
    form = PeriodForm.of_address(request.args, work.today)
    if not form.validate():
        raise NotFound()
    try:
        found = count_one(work, form.for_audience, form.period, name)
    except Invalid:
        raise NotFound() from None
    return render_template(
        "reports/_figure.html" if request.headers.get("X-Part") else "reports/figure.html",
        figure=found.figure(name),
        show=Showing(found, work.today, choose_language()),
        audience=AUDIENCE_NAMES[found.audience],
        back=url_for("reports.statistics", **as_address(form.period, form.for_audience), _anchor=name),
    )


def _show_errors(form: PeriodForm, error: Invalid) -> None:
    calendar = form.kind.data != PeriodKind.DAYS.value
    for name, message in error.fields.items():
        field = form.on if calendar else form[name]
        field.errors = [*field.errors, gettext(message.id)]


def _picking(form: PeriodForm, today: date, language: str) -> dict[str, object]:
    """What the picker offers beside the form's fields: other kinds, other periods, the one before and after."""
    chosen = form.period if not form.errors else Period.containing(PeriodKind.MONTH, today)
    audience = form.for_audience if not form.audience.errors else Audience.EVERYONE
    anchor = max(min(chosen.last, today), chosen.first)
    kinds = [
        (
            kind_name(kind),
            as_address(
                Period(kind, chosen.first, anchor) if kind is PeriodKind.DAYS else Period.containing(kind, anchor),
                audience,
            ),
            kind.value == form.kind.data,
        )
        for kind in PeriodKind
    ]
    after = _after(chosen)
    return {
        "kinds": kinds,
        "periods": [
            (one.first.isoformat(), period_text(one, language=language, translate=gettext), one == chosen)
            for one in _offered(chosen, today)
        ],
        "by_days": form.kind.data == PeriodKind.DAYS.value,
        "before": as_address(chosen.before(), audience),
        "after": as_address(after, audience) if after.first <= today else None,
    }


def _after(period: Period) -> Period:
    """The period just after: the month after a month; of DAYS, as many days."""
    first = period.last + timedelta(days=1)
    if period.kind is PeriodKind.DAYS:
        return Period(period.kind, first, period.last + timedelta(days=period.days))
    return Period.containing(period.kind, first)


def _offered(chosen: Period, today: date) -> list[Period]:
    """The periods of a kind that one may choose, the newest first; the chosen one is among them."""
    if chosen.kind is PeriodKind.DAYS:
        return []
    one = Period.containing(chosen.kind, today)
    found = []
    for _ in range(_OFFERED[chosen.kind]):
        found.append(one)
        one = one.before()
    return found if chosen in found else sorted([*found, chosen], key=lambda each: each.first, reverse=True)
