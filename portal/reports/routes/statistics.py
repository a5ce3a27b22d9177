"""The statistics page and its PDF."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from portal.config import LANGUAGES
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.http.edge import current_work, translate, translator
from portal.http.language import choose_language
from portal.reports import services
from portal.reports.charts import loans_chart, loans_chart_svg
from portal.reports.figures import cell_text, figure_tables, key_figures, period_text
from portal.reports.forms import PeriodForm
from portal.reports.routes.room import reports


@reports.page("/reports/statistics", may=Permission.REPORT_MAKE)
def statistics() -> ResponseReturnValue:
    """The period's figures on a page."""
    work = current_work()
    language = choose_language()
    periods = _usual_periods(work.today)
    form = PeriodForm(request.args if "first" in request.args else MultiDict(_as_query(*periods[0][1:])))
    report = None
    if form.validate():
        try:
            report = services.make_statistics(work, form.first.data, form.last.data)
        except Invalid as error:
            for name, message in error.fields.items():
                form[name].errors = [translate(message)]
    if report is None:
        return render_template("reports/statistics.html", form=form, periods=periods, report=None), 422
    chart = loans_chart(report, language=language, translate=gettext)
    return render_template(
        "reports/statistics.html",
        form=form,
        periods=periods,
        report=report,
        period=period_text(report, language=language, translate=gettext),
        key_figures=key_figures(report),
        tables=figure_tables(report),
        cell=lambda cell, column: cell_text(cell, column.shape, language=language, translate=gettext),
        chart=chart,
        # Drawn by ReportLab from numbers and translated labels, which it escapes.
        chart_svg=Markup(loans_chart_svg(chart)),  # noqa: S704
        languages=LANGUAGES,
    )


@reports.page("/reports/statistics.pdf", may=Permission.REPORT_MAKE, writes=True)
def statistics_pdf() -> ResponseReturnValue:
    """The same figures as PDF, in the language asked for."""
    work = current_work()
    form = PeriodForm(request.args)
    language = request.args.get("language", choose_language())
    if not form.validate() or language not in LANGUAGES:
        raise Invalid()
    pdf = services.print_statistics(
        work, form.first.data, form.last.data, language=language, translate=translator(language)
    )
    name = f"statistics-{form.first.data:%Y%m%d}-{form.last.data:%Y%m%d}-{language}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _usual_periods(today: date) -> list[tuple[str, date, date]]:
    """Name, first and last day of the periods one usually wants; the first is the one shown at once."""
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    half = date(today.year, 1 if today.month <= 6 else 7, 1)
    return [
        (gettext("This month"), month, today),
        (gettext("Last month"), last_month_end.replace(day=1), last_month_end),
        (gettext("This quarter"), quarter, today),
        (gettext("This half-year"), half, today),
        (gettext("This year"), date(today.year, 1, 1), today),
        (gettext("Last year"), date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]


def _as_query(first: date, last: date) -> dict[str, str]:
    return {"first": first.isoformat(), "last": last.isoformat()}
