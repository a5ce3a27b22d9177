"""The office calendar: everybody may look at it; who may change it sees first what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_skeleton, get_day_names
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say
from portal.http.forms import OnceButton
from portal.http.guards import Open, Room
from portal.policy import queries, services
from portal.policy.forms import OPEN_WORDS, DaysForm, RulesForm
from portal.policy.models import CalendarException
from portal.policy.national_days import countries
from portal.policy.rules import (
    CLOSED_DAY_NAMES,
    COUNTED_NAMES,
    DAY_KIND_NAMES,
    RULE_NAMES,
    WEEKDAY_NAMES,
    due_date,
    years_without_data,
)
from portal.policy.services import CalendarRules, Dependents, Moved
from portal.policy.year import days_of_year, months_of, set_apart

policy = Room("policy", __name__)

DEPENDENTS = "legajo_calendar_dependents"
"""Where `create_app` puts what is reckoned by the calendar (`portal.policy.services.Dependents`)."""
_CHANGES_SHOWN = 20
_YEARS = range(1970, 2101)


@policy.page("/calendar", may=Open.TO_LOGGED_IN)
def calendar() -> ResponseReturnValue:
    """A year of the office: open and closed days and why; for who may change it, what was changed."""
    work = current_work()
    year = request.args.get("year", work.today.year, type=int)
    if year not in _YEARS:
        raise NotFound()
    rules = queries.current_policy(work.session)
    office = queries.office_calendar(work.session, rules)
    exceptions = queries.exceptions_between(work.session, date(year, 1, 1), date(year, 12, 31))
    days = days_of_year(office, year, _reasons(exceptions), _language())
    manages = work.person.may(Permission.CALENDAR_MANAGE)
    return render_template(
        "policy/calendar.html",
        year=year,
        years=_YEARS,
        today=work.today,
        months=months_of(days),
        apart=set_apart(days),
        exceptions=exceptions,
        rules=rules,
        country=_country_names().get(rules.holiday_country, ""),
        due_on=due_date(work.today, rules, office),
        without_data=sorted({*years_without_data(office, work.today), *([year] if office.lacks_data(year) else [])}),
        manages=manages,
        changes=_latest_changes(work.session) if manages else [],
        month_name=lambda first: format_skeleton("yMMMM", first, locale=get_locale()),
        weekday_letters=get_day_names("narrow", "stand-alone", get_locale()),
        kind_names=DAY_KIND_NAMES,
        weekday_names=WEEKDAY_NAMES,
        counted_names=COUNTED_NAMES,
        closed_day_names=CLOSED_DAY_NAMES,
    )


@policy.page("/calendar/days", may=Permission.CALENDAR_MANAGE, methods=["GET", "POST"])
def set_days() -> ResponseReturnValue:
    """Set days apart: the form, and what it would move. Nothing is changed yet."""
    form = DaysForm()
    if form.validate_on_submit():
        try:
            moved = services.preview_days(current_work(), form.days(), _dependents())
        except Invalid as error:
            form.show_errors(error)
        else:
            return _preview_days(form, moved)
    return render_template("policy/days.html", form=form), 422 if form.is_submitted() else 200


@policy.page("/calendar/days/confirm", may=Permission.CALENDAR_MANAGE, methods=["POST"], once=True)
def confirm_days() -> ResponseReturnValue:
    """Set days apart, as it was shown."""
    form = DaysForm()
    if not form.validate_on_submit():
        raise Invalid()
    row = services.set_days(current_work(), form.days(), _dependents())
    if row.is_open:
        say(N_("The office is open on these days. Due dates of open loans follow the calendar."))
    else:
        say(N_("The office is closed on these days. Due dates of open loans follow the calendar."))
    return redirect(url_for("policy.calendar", year=row.from_day.year))


def _preview_days(form: DaysForm, moved: Sequence[Moved]) -> str:
    days = form.days()
    return render_template(
        "policy/confirm_days.html",
        days=days,
        office=OPEN_WORDS["open" if days.is_open else "closed"],
        moved=moved,
        form=DaysForm(
            formdata=None,
            data={
                "from_day": days.from_day,
                "until_day": days.until_day,
                "office": form.office.data,
                "reason": days.reason,
            },
        ),
    )


@policy.page("/calendar/days/<int:exception_id>/undo", may=Permission.CALENDAR_MANAGE)
def undo_days(exception_id: int) -> ResponseReturnValue:
    """What would move if these days followed the week again. Nothing is changed yet."""
    work = current_work()
    moved = services.preview_undo(work, exception_id, _dependents())
    row = queries.exception_in_force(work.session, exception_id)
    return render_template("policy/confirm_undo.html", row=row, moved=moved, form=OnceButton())


@policy.page("/calendar/days/<int:exception_id>/undo", may=Permission.CALENDAR_MANAGE, methods=["POST"], once=True)
def confirm_undo(exception_id: int) -> ResponseReturnValue:
    """Let the days follow the week again."""
    row = services.undo_days(current_work(), exception_id, _dependents())
    say(N_("These days follow the week and the holidays again. Due dates of open loans follow the calendar."))
    return redirect(url_for("policy.calendar", year=row.from_day.year))


@policy.page("/calendar/rules", may=Permission.CALENDAR_MANAGE, methods=["GET", "POST"])
def change_rules() -> ResponseReturnValue:
    """The week, the country and how due dates follow: the form, and what it would move. Nothing is changed yet."""
    work = current_work()
    present = CalendarRules.of(queries.current_policy(work.session))
    form = RulesForm(obj=present, row_version=queries.policy_version(work.session))
    form.offer(_country_names())
    if form.validate_on_submit():
        try:
            services.check_policy_version(work, form.version())
            moved = services.preview_rules(work, form.rules(), _dependents())
        except Invalid as error:
            form.show_errors(error)
        else:
            return _preview_rules(form, present, moved)
    return render_template("policy/rules.html", form=form), 422 if form.is_submitted() else 200


@policy.page("/calendar/rules/confirm", may=Permission.CALENDAR_MANAGE, methods=["POST"], once=True)
def confirm_rules() -> ResponseReturnValue:
    """Change the rules, as it was shown."""
    form = RulesForm()
    form.offer(_country_names())
    if not form.validate_on_submit():
        raise Invalid()
    services.change_rules(current_work(), form.version(), form.rules(), _dependents())
    say(N_("The rules of the calendar are changed. Due dates of open loans follow them."))
    return redirect(url_for("policy.calendar"))


def _preview_rules(form: RulesForm, present: CalendarRules, moved: Sequence[Moved]) -> str:
    wanted = form.rules()
    if wanted == present:
        raise Conflict(N_("These rules are in force already; nothing was changed."))
    again = RulesForm(formdata=None, obj=wanted, row_version=form.row_version.data)
    again.offer(_country_names())
    changes = [
        (gettext(label), _change_words(name, getattr(present, name)), _change_words(name, getattr(wanted, name)))
        for name, label in RULE_NAMES.items()
        if getattr(present, name) != getattr(wanted, name)
    ]
    return render_template("policy/confirm_rules.html", form=again, wanted=wanted, changes=changes, moved=moved)


def _dependents() -> Dependents:
    found: Dependents = current_app.extensions[DEPENDENTS]
    return found


def _language() -> str:
    return str(get_locale() or "en")[:2]


def _country_names() -> dict[str, str]:
    """The countries whose holidays are known, by name in the reader's language."""
    territories = get_locale().territories  # type: ignore[union-attr]
    return dict(sorted(((code, territories.get(code, code)) for code in countries()), key=lambda pair: pair[1]))


def _reasons(exceptions: Sequence[CalendarException]) -> dict[date, str]:
    reasons = {}
    for row in sorted(exceptions, key=lambda row: row.id):
        for ahead in range((row.until_day - row.from_day).days + 1):
            reasons[row.from_day + timedelta(days=ahead)] = row.reason
    return reasons


@dataclass(frozen=True)
class Change:
    """A line of the calendar's history: the days it is about, or the name of a rule, and what was done."""

    at: datetime
    by: str
    what: str
    first: date | None = None
    last: date | None = None


def _latest_changes(session: Session) -> Sequence[Change]:
    """The newest changes, newest first."""
    found = []
    for row in queries.latest_exceptions(session, _CHANGES_SHOWN):
        days = {"first": row.from_day, "last": row.until_day}
        if row.set_by and row.set_at:
            what = gettext("Open") if row.is_open else gettext("Closed")
            found.append(Change(row.set_at, row.set_by.name, f"{what} · {row.reason}", **days))
        if row.undone_by and row.undone_at:
            what = gettext("Follow the week again")
            found.append(Change(row.undone_at, row.undone_by.name, f"{what} · {row.reason}", **days))
    for change in queries.latest_policy_changes(session, _CHANGES_SHOWN):
        words = f"{_change_words(change.name, change.old)} → {_change_words(change.name, change.new)}"
        label = gettext(RULE_NAMES.get(change.name, change.name))
        found.append(Change(change.changed_at, change.changed_by.name, f"{label}: {words}"))
    return sorted(found, key=lambda change: change.at, reverse=True)[:_CHANGES_SHOWN]


def _change_words(name: str, value: object) -> str:
    """A value of the rules in the reader's words."""
    if name == "open_weekdays" and isinstance(value, list | tuple):
        return ", ".join(gettext(WEEKDAY_NAMES[str(day)]) for day in value)
    if name == "holiday_country":
        return _country_names().get(str(value)) or gettext(N_("None: only the week counts"))
    names = {**COUNTED_NAMES, **CLOSED_DAY_NAMES}
    return gettext(names.get(str(value), str(value)))
