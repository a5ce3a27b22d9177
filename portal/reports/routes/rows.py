"""The rows behind a number of the statistics."""

from __future__ import annotations

from math import ceil
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.core.errors import Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work
from portal.http.language import choose_language
from portal.reports.forms import PeriodForm, as_address
from portal.reports.periods import Period
from portal.reports.queries.listings.shape import Link
from portal.reports.routes.room import reports
from portal.reports.routes.showing import WHEN
from portal.reports.services.looking import Behind, look_behind
from portal.reports.statistics.counted import AUDIENCE_NAMES, Cell, Column, Name
from portal.reports.statistics.wording import cell_text, name_text, period_text, value_text

PER_PAGE = 50
LAST_PAGE = 1_000_000
"""No list has as many; a larger number is no page's."""
NOT_A_DIMENSION = frozenset({*PeriodForm.FIELDS, "when", "page"})
"""What else stands in the address; the rest is dimensions and their keys."""
_LABELS = {WHEN[0]: N_("This period"), WHEN[1]: N_("Previous period"), WHEN[2]: N_("Same period last year")}


@reports.page("/reports/statistics/rows/<name>", may=Permission.REPORT_MAKE)
def statistics_rows(name: str) -> ResponseReturnValue:
    """A figure, or one cell of it, with what it was counted from."""
    work = current_work()
    language = choose_language()
    form = PeriodForm.of_address(request.args, work.today)
    when = request.args.get("when", WHEN[0])
    number = request.args.get("page", 1, type=int)
    if not form.validate() or when not in WHEN or not 1 <= number <= LAST_PAGE:
        raise NotFound()
    keys = {key: value for key, value in request.args.items() if key not in NOT_A_DIMENSION}
    try:
        found = look_behind(
            work,
            form.for_audience,
            form.period,
            name,
            place=WHEN.index(when),
            keys=keys,
            offset=(number - 1) * PER_PAGE,
            limit=PER_PAGE,
        )
    except Invalid:
        raise NotFound() from None
    kept = {**keys, **as_address(form.period, form.for_audience)}

    def text(cell: Cell | Name, column: Column) -> str:
        if isinstance(cell, Name):
            return name_text(cell, language=language, translate=gettext)
        return cell_text(cell, column.shape, language=language, translate=gettext, zone=work.zone)

    return render_template(
        "reports/rows.html",
        found=found,
        shown=found.shown,
        audience=AUDIENCE_NAMES[form.for_audience],
        period=period_text(found.period, language=language, translate=gettext),
        periods=[
            (gettext(label), period_text(one, language=language, translate=gettext), address, one == found.period)
            for label, one, address in _compared(found, name, kept)
        ],
        text=text,
        name=lambda one: name_text(one, language=language, translate=gettext),
        value=lambda value: value_text(value, found.figure.unit, language=language, translate=gettext),
        href=_href,
        number=number,
        pages=ceil(found.shown.total / PER_PAGE),
        to_page=lambda page: _rows_address(name, kept, when, page=str(page)),
        back=url_for("reports.statistics", **as_address(form.period, form.for_audience), _anchor=name),
    )


def _compared(found: Behind, name: str, kept: dict[str, Any]) -> list[tuple[str, Period, str]]:
    """The same rows of the three periods, with where they are; of a year, two of the three are one."""
    if not found.comparable:
        return []
    ways = [
        (_LABELS[which], one, _rows_address(name, kept, which)) for which, one in zip(WHEN, found.periods, strict=True)
    ]
    return ways[: 1 + found.periods.beside]


def _rows_address(name: str, kept: dict[str, Any], when: str, **more: str) -> str:
    return url_for("reports.statistics_rows", name=name, **{**kept, "when": when, **more})


def _href(link: Link) -> str:
    match link.to:
        case "dossier":
            return url_for("dossiers.contents", dossier_id=link.id)
        case "client":
            return url_for("clients.client_tab", dossier_id=link.id)
        case "document":
            return url_for("documents.document", document_id=link.id)
        case "page":
            return url_for("documents.page", document_id=link.id, number=link.number)
        case "volume":
            return url_for("dossiers.volume", volume_id=link.id)
        case "loan":
            return url_for("lending.loan_page", loan_id=link.id)
        case "handover":
            return url_for("handover.page", handover_id=link.id)
