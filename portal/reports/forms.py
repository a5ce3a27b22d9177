"""The period and the audience of statistics, read from the address, so that what is shown can be linked to; and the
forms of a report on its way to issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.forms import LANGUAGE_NAMES
from portal.http.forms import REQUIRED, Checkboxes, EditForm, OnceForm, sensible_year
from portal.http.safety import row_id
from portal.reports.periods import PERIOD_KIND_NAMES, Period, PeriodKind
from portal.reports.services.loading import LONGEST_REMARK
from portal.reports.services.preparing import LONGEST_TITLE
from portal.reports.statistics.counted import Audience

AUDIENCE_CHOICES = [
    (Audience.EVERYONE.value, _l("Everyone: core dossiers are not counted")),
    (Audience.CORE.value, _l("Cleared for core: every dossier is counted")),
]


class PeriodForm(FlaskForm):
    """Which period, and for whom. A period of a calendar kind is the one in which the day `on` lies."""

    FIELDS = ("kind", "on", "first", "last", "audience")

    class Meta:
        csrf = False

    kind = SelectField(
        _l("Kind of period"), choices=[(kind.value, _l(name)) for kind, name in PERIOD_KIND_NAMES.items()]
    )
    on = DateField(_l("Which one"), [Optional(), sensible_year])
    first = DateField(_l("From"), [Optional(), sensible_year])
    last = DateField(_l("To"), [Optional(), sensible_year])
    audience = SelectField(_l("For whom"), choices=AUDIENCE_CHOICES)

    @classmethod
    def of_address(cls, given: MultiDict[str, str], today: date) -> PeriodForm:
        """The form as an address fills it in; without anything, this month for everyone. `first` alone means days."""
        values = MultiDict(given)
        values.setdefault("kind", PeriodKind.DAYS.value if "first" in values else PeriodKind.MONTH.value)
        values.setdefault("audience", Audience.EVERYONE.value)
        if values["kind"] != PeriodKind.DAYS.value and not values.get("on"):
            values["on"] = today.isoformat()
        return cls(values)

    def validate(self, extra_validators: Mapping[str, object] | None = None) -> bool:
        """Both days are needed where the period is from one to another."""
        sound = bool(super().validate(extra_validators))
        if self.kind.data == PeriodKind.DAYS.value:
            for field in (self.first, self.last):
                if field.data is None and not field.errors:
                    field.errors = [str(REQUIRED)]
                    sound = False
        return sound

    @property
    def period(self) -> Period:
        """The period of a form that is filled in well."""
        kind = PeriodKind(self.kind.data)
        if kind is PeriodKind.DAYS:
            return Period(kind, self.first.data, self.last.data)
        return Period.containing(kind, self.on.data)

    @property
    def for_audience(self) -> Audience:
        """The audience of a form that is filled in well."""
        return Audience(self.audience.data)


def as_address(period: Period, audience: Audience) -> dict[str, Any]:
    """The form's fields that stand for a period and an audience."""
    if period.kind is PeriodKind.DAYS:
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    else:
        days = {"on": period.first.isoformat()}
    return {"kind": period.kind.value, **days, "audience": audience.value}


def kind_name(kind: PeriodKind) -> str:
    """A kind of period in the reader's language."""
    return gettext(PERIOD_KIND_NAMES[kind])


class ReportForm(OnceForm):
    """What a report is called, and in which language it is issued."""

    title = StringField(
        _l("Title"),
        [Length(max=LONGEST_TITLE)],
        description=_l("Only where it needs one of its own; otherwise the period says it."),
    )
    language = SelectField(
        _l("Language of the PDF that is issued"), choices=list(LANGUAGE_NAMES.items()), validators=[InputRequired()]
    )


class DraftForm(ReportForm, EditForm):
    """Another title or language for a draft."""


class StepForm(EditForm, OnceForm):
    """A button over a report as it was shown."""


class SendBackForm(StepForm):
    """Do not sign, and say why."""

    remark = TextAreaField(
        _l("What is to be changed"), [InputRequired(REQUIRED), Length(max=LONGEST_REMARK)], render_kw={"rows": 4}
    )


class SuccessorForm(StepForm):
    """Which report takes the place of a withdrawn one."""

    successor_id = SelectField(_l("Replaced by"), coerce=row_id, validators=[Optional()])

    def offer(self, reports: Sequence[tuple[int, str]]) -> None:
        """Fill the choice of later reports."""
        self.successor_id.choices = [(0, _l("None yet")), *reports]


class WithdrawForm(SuccessorForm):
    """Withdraw an issued report."""

    remark = TextAreaField(
        _l("Why it is withdrawn"), [InputRequired(REQUIRED), Length(max=LONGEST_REMARK)], render_kw={"rows": 3}
    )


class HandOnForm(StepForm):
    """Give an unfinished report to a colleague."""

    person_id = SelectField(_l("Takes over"), coerce=row_id, validators=[Optional()])

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Fill the choice of colleagues."""
        self.person_id.choices = [(0, _l("Choose a colleague")), *people]


class RecipientsForm(OnceForm):
    """Put people on the distribution list."""

    people = Checkboxes(
        _l("Who receives the report"),
        [InputRequired(REQUIRED)],
        coerce=row_id,
        description=_l("Who is on the list is told when the report is issued."),
    )

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Fill the choice of those who are not on the list."""
        self.people.choices = list(people)
