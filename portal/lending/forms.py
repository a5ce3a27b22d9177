"""Forms of requests and of the counter."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.http.forms import REQUIRED, EditForm, OnceForm


class _Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RequestForm(OnceForm):
    """Ask to read or to borrow (R9)."""

    volume_ids = _Checkboxes(_l("Volumes"), coerce=int)
    object = StringField(
        _l("What you are looking for"),
        [InputRequired(REQUIRED), Length(max=300)],
        description=_l("The document or the matter, for instance: the supply contract of 2024."),
    )
    purpose = StringField(_l("Purpose"), [InputRequired(REQUIRED), Length(max=300)])
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(REQUIRED), Length(max=1000)],
        description=_l("Why it has to be this dossier. Whoever signs decides by this."),
    )
    reader_id = SelectField(
        _l("Reader"),
        coerce=int,
        description=_l("You, or a colleague on whose behalf you ask. The reader alone may see the file."),
    )

    def offer(self, people: Sequence[tuple[int, str]], volumes: Sequence[tuple[int, str]]) -> None:
        """Fill the choices; without volumes the form asks to read."""
        self.reader_id.choices = list(people)
        if volumes:
            self.volume_ids.choices = list(volumes)
        else:
            del self.volume_ids


class LineForm(EditForm, OnceForm):
    """A button over a request, a loan or a volume as it was shown."""


class DecisionForm(LineForm):
    """Approve or reject."""

    comment = TextAreaField(
        _l("Comment"), [Optional(), Length(max=500)], description=_l("Needed where you reject; the reader sees it.")
    )


class IssueForm(LineForm):
    """Hand out the volumes shown."""

    volume_ids = _Checkboxes(_l("Volumes"), coerce=int, validate_choice=False)
    confirmed = BooleanField(_l("I have looked at this and hand the volumes out"))


class ReturnForm(LineForm):
    """Take a volume back."""

    sheets = IntegerField(
        _l("Sheets counted"),
        [InputRequired(_l("Please count the sheets.")), NumberRange(min=0, max=100_000)],
    )
    returned_on = DateField(
        _l("Came back on"), [InputRequired(REQUIRED)], description=_l("Today, or the earlier day it was handed in.")
    )
    remark = TextAreaField(
        _l("Remark"), [Optional(), Length(max=500)], description=_l("Needed where the count differs.")
    )


class ReasonForm(LineForm):
    """Close a loan in another way than by a return: lost, or entered by mistake."""

    reason = TextAreaField(_l("What happened"), [InputRequired(REQUIRED), Length(max=500)])
