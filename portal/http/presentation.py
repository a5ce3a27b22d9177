"""What every template may use: dates and numbers in the reader's language, the frame's places, chips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal
from flask import Flask, current_app, request
from flask_babel import get_locale, gettext
from flask_login import current_user

from portal.accounts.forms import LANGUAGE_NAMES
from portal.core.messages import N_, Message
from portal.core.permissions import LEVEL_NAMES, Actor, Permission
from portal.http.edge import get_parts, translate
from portal.http.forms import OnceButton, PortalForm


def register_presentation(app: Flask) -> None:
    """Add filters and globals to the templates."""
    app.add_template_filter(_day, "day")
    app.add_template_filter(_deadline, "deadline")
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_number, "number")
    app.add_template_filter(_word, "word")
    app.jinja_env.globals.update(P=Permission, LEVEL_NAMES=LEVEL_NAMES, LANGUAGE_NAMES=LANGUAGE_NAMES)
    app.context_processor(_frame)


def _leads_or_leaves(actor: Actor) -> bool:
    """Whether a handover may be theirs to open or to close, without the permission to see all of them."""
    return actor.leaving or bool(actor.headed_departments or actor.deputised_departments)


@dataclass(frozen=True)
class Place:
    """One of the places at the left of every page; `paths` are the beginnings of the addresses that belong to it.

    Shown to those who have the permission `may`, and to those of whom `also` is true.
    """

    endpoint: str
    label: str
    may: Permission
    paths: tuple[str, ...]
    also: Callable[[Actor], bool] | None = None

    def open_to(self, actor: Actor) -> bool:
        """Whether the acting person finds something of theirs there."""
        return actor.may(self.may) or (self.also is not None and self.also(actor))

    @property
    def here(self) -> bool:
        """Whether the page shown belongs to this place."""
        return request.path.startswith(self.paths)


PLACES = (
    Place("search.results", N_("Search"), Permission.SEARCH_USE, ("/search",)),
    Place("dossiers.register", N_("Dossiers"), Permission.REGISTER_VIEW, ("/dossiers", "/clients", "/documents")),
    Place("lending.requests", N_("Requests"), Permission.REQUEST_FILE, ("/requests", "/grants")),
    Place(
        "lending.desk",
        N_("Desk"),
        Permission.LOAN_ISSUE,
        ("/desk", "/loans", "/volumes", "/places", "/labels", "/slips"),
    ),
    Place("arrivals.tray", N_("Arrivals"), Permission.ARRIVAL_HANDLE, ("/arrivals",)),
    Place("handover.handovers", N_("Handovers"), Permission.HANDOVER_VIEW, ("/handovers",), _leads_or_leaves),
    Place("reports.index", N_("Reports"), Permission.REGISTER_VIEW, ("/reports",)),
    Place("policy.calendar", N_("Calendar"), Permission.CALENDAR_MANAGE, ("/calendar",)),
    Place("undertaking.versions", N_("House rules"), Permission.REGISTER_VIEW, ("/undertaking",)),
    Place("accounts.people", N_("People"), Permission.PEOPLE_MANAGE, ("/people",)),
    Place("audit.entries", N_("Trail"), Permission.TRAIL_VIEW, ("/audit",)),
)


def _frame() -> dict[str, object]:
    actor = current_user.actor if current_user.is_authenticated else None
    places = [
        place
        for place in PLACES
        if actor is not None and place.open_to(actor) and place.endpoint in current_app.view_functions
    ]
    count_inbox = current_app.extensions.get("legajo_inbox")
    return {
        "actor": actor,
        "places": places,
        "inbox_count": count_inbox() if actor and count_inbox else 0,
        "language": str(get_locale() or "en"),
        "here": request.full_path.rstrip("?") if request else "/",
        "button_form": PortalForm,
        "once_button_form": OnceButton,
    }


def _day(value: date | None) -> str:
    """A date as the office writes it."""
    return format_date(value, "medium", locale=get_locale()) if value else ""


def _deadline(value: date | None) -> str:
    """A date with its weekday, where a deadline is meant."""
    return format_skeleton("yMMMEd", value, locale=get_locale()) if value else ""


def _moment(value: datetime | None) -> str:
    """A moment in the office's zone: its day written as days are, with the month's name, and the time in minutes."""
    if value is None:
        return ""
    locale, there = get_locale(), value.astimezone(get_parts().settings.zone)
    together = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return together.format(format_time(there, "short", locale=locale), format_date(there, "medium", locale=locale))


def _number(value: float | None) -> str:
    return "" if value is None else format_decimal(value, locale=get_locale())


def _word(value: str | Message | None) -> str:
    """A message id (state names, levels, kinds) in the reader's language."""
    if isinstance(value, Message):
        return translate(value)
    return gettext(value) if value else ""
