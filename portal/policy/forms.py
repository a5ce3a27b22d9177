"""Forms of the office calendar."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.http.forms import REQUIRED, Checkboxes, EditForm, OnceForm, sensible_year
from portal.policy.rules import CLOSED_DAY_NAMES, COUNTED_NAMES, RULE_NAMES, WEEKDAY_NAMES
from portal.policy.services import CalendarRules, DaysApart

_LABELS = {name: _l(label) for name, label in RULE_NAMES.items()}
OPEN_WORDS = {"closed": _l("Closed"), "open": _l("Open")}


class DaysForm(OnceForm):
    """Set days apart from the week."""

    from_day = DateField(_l("First day"), [InputRequired(REQUIRED), sensible_year])
    until_day = DateField(
        _l("Last day"), [Optional(), sensible_year], description=_l("Leave it empty for a single day.")
    )
    office = SelectField(_l("The office is"), choices=list(OPEN_WORDS.items()), default="closed")
    reason = StringField(
        _l("Reason"),
        [InputRequired(REQUIRED), Length(max=120)],
        description=_l("For instance: stocktaking. Everyone who looks at the calendar reads it."),
    )

    def days(self) -> DaysApart:
        """What the form asks for."""
        first = self.from_day.data
        return DaysApart(first, self.until_day.data or first, self.office.data == "open", self.reason.data or "")


class RulesForm(EditForm, OnceForm):
    """The week, the holidays, and how due dates follow them. `row_version` is that of the policy."""

    open_weekdays = Checkboxes(
        _LABELS["open_weekdays"],
        coerce=int,
        choices=[(int(day), _l(name)) for day, name in WEEKDAY_NAMES.items()],
    )
    holiday_country = SelectField(
        _LABELS["holiday_country"],
        description=_l("Holidays of a region or a town are entered as days on which the office is closed."),
    )
    loan_days_counted = SelectField(
        _LABELS["loan_days_counted"], choices=[(word, _l(name)) for word, name in COUNTED_NAMES.items()]
    )
    closed_day_moves = SelectField(
        _LABELS["closed_day_moves"],
        choices=[(word, _l(name)) for word, name in CLOSED_DAY_NAMES.items()],
        description=_l("Where only open days are counted, no due date falls on a closed day."),
    )

    def offer(self, countries: Mapping[str, str]) -> None:
        """Fill in the countries: ISO code and name in the reader's language."""
        self.holiday_country.choices = [("", _l("None: only the week counts")), *countries.items()]

    def rules(self) -> CalendarRules:
        """What the form asks for."""
        return CalendarRules(
            tuple(sorted(self.open_weekdays.data or ())),
            self.holiday_country.data,
            self.loan_days_counted.data,
            self.closed_day_moves.data,
        )
