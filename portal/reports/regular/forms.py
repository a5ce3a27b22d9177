"""Forms of regular reports."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.accounts.forms import LANGUAGE_NAMES
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES
from portal.core.permissions import LEVEL_NAMES, Level
from portal.http.forms import REQUIRED, Checkboxes, EditForm, OnceForm
from portal.http.safety import row_id
from portal.reports.forms import AUDIENCE_CHOICES
from portal.reports.regular.services.asking import LONGEST_PURPOSE, LONGEST_TITLE
from portal.reports.regular.services.signing import LONGEST_COMMENT
from portal.reports.regular.states import EVERY_NAMES
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import FIELDS, LIST_NAMES, ListOf, ListSpec

STATISTICS = "statistics"
_ALL = ("", _l("All"))


class WantedForm(FlaskForm):
    """What somebody wants regularly, read from the address, so that the page can show it before it is sent."""

    class Meta:
        csrf = False

    for_department = SelectField(_l("For which department"), coerce=row_id)
    what = SelectField(
        _l("What is reported"),
        choices=[(STATISTICS, _l("Statistics")), *((of.value, _l(name)) for of, name in LIST_NAMES.items())],
    )
    audience = SelectField(_l("For whom"), choices=AUDIENCE_CHOICES)
    field = Checkboxes(_l("Columns"))
    kind = SelectField(
        _l("Kind of client"), choices=[_ALL, *((one.value, _l(n)) for one, n in CLIENT_KIND_NAMES.items())]
    )
    rank = SelectField(_l("Rank"), choices=[_ALL, *((one.value, _l(n)) for one, n in CLIENT_RANK_NAMES.items())])
    department = SelectField(_l("Department of the dossier"))
    level = SelectField(_l("Level"))

    @classmethod
    def of_address(
        cls, given: MultiDict[str, str], asked_for: Sequence[tuple[int, str]], departments: Sequence[tuple[int, str]]
    ) -> WantedForm:
        """The form as an address fills it in. Without columns chosen, all are."""
        values = MultiDict(given)
        values.setdefault("for_department", str(asked_for[0][0]))
        values.setdefault("what", STATISTICS)
        values.setdefault("audience", Audience.EVERYONE.value)
        for name in ("kind", "rank", "department", "level"):
            values.setdefault(name, "")
        of = values["what"]
        fields = [one for one in FIELDS[ListOf(of)] if not one.always] if of in LIST_NAMES else []
        if not values.getlist("field"):
            values.setlist("field", [one.name for one in fields])
        form = cls(values)
        form.for_department.choices = list(asked_for)
        form.field.choices = [(one.name, _l(one.heading)) for one in fields]
        if values.get("shown", of) != of:  # Columns of another list: chosen before the list was.
            form.field.data = [one.name for one in fields]
        form.department.choices = [_ALL, *((str(key), name) for key, name in departments)]
        core = form.audience.data == Audience.CORE.value
        levels = [(one.value, _l(name)) for one, name in LEVEL_NAMES.items() if core or one is not Level.CORE]
        form.level.choices = [_ALL, *levels]
        if form.level.data == Level.CORE.value and not core:
            form.level.data = ""
        return form

    @property
    def for_audience(self) -> Audience:
        """For whom it is counted."""
        return Audience(self.audience.data)

    @property
    def spec(self) -> ListSpec | None:
        """What the list is of; None for statistics."""
        if self.what.data == STATISTICS:
            return None
        return ListSpec(
            ListOf(self.what.data),
            tuple(self.field.data or ()),
            kind=self.kind.data or "",
            rank=self.rank.data or "",
            department=self.department.data or "",
            level=self.level.data or "",
        )


class AskForm(OnceForm):
    """Ask for it, or set it up."""

    title = StringField(
        _l("Title"),
        [InputRequired(REQUIRED), Length(max=LONGEST_TITLE)],
        description=_l("It stands on every report. Name no client and no dossier of level core."),
    )
    every = SelectField(_l("Frequency"), choices=[(kind.value, _l(name)) for kind, name in EVERY_NAMES.items()])
    language = SelectField(_l("Language"), choices=list(LANGUAGE_NAMES.items()))
    purpose = TextAreaField(
        _l("What for"), [InputRequired(REQUIRED), Length(max=LONGEST_PURPOSE)], render_kw={"rows": 3}
    )
    recipients = Checkboxes(_l("Who receives it"), coerce=row_id)


class ScheduleForm(AskForm):
    """Set up statistics of the records department's own."""

    audience = SelectField(_l("For whom"), choices=AUDIENCE_CHOICES)
    preparer_id = SelectField(_l("Who prepares it"), [DataRequired(REQUIRED)], coerce=row_id)


class RegularForm(EditForm, OnceForm):
    """A button over a regular report as it was shown."""


class DecideForm(RegularForm):
    """Sign or refuse."""

    preparer_id = SelectField(_l("Who prepares it"), coerce=row_id)
    comment = TextAreaField(
        _l("Comment"),
        [Length(max=LONGEST_COMMENT)],
        description=_l("A refusal needs one: say why."),
        render_kw={"rows": 3},
    )


class HandOnForm(RegularForm):
    """Give it to a colleague."""

    person_id = SelectField(_l("To whom"), [DataRequired(REQUIRED)], coerce=row_id)


class PreparerForm(RegularForm):
    """Have somebody else prepare the drafts."""

    preparer_id = SelectField(_l("Who prepares it"), [DataRequired(REQUIRED)], coerce=row_id)


def people_offered(people: Sequence[object]) -> list[tuple[int, str]]:
    """Choices of people, with nobody chosen first."""
    return [(0, str(_l("Please choose"))), *((person.id, person.name) for person in people)]  # type: ignore[attr-defined]
