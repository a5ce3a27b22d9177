"""Forms of requests and of the counter."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.dossiers.states import CONDITION_NAMES, Condition
from portal.http.forms import REQUIRED, Checkboxes, EditForm, OnceForm, sensible_year

_SCANS = ".pdf,.tif,.tiff,.jpg,.jpeg,.png"
"""What the browser's file dialogue offers; the server judges by content."""


class AskForm(OnceForm):
    """What every request says, for one dossier or several (R9)."""

    volume_ids = Checkboxes(_l("Volumes"), coerce=int)
    object = StringField(
        _l("What you are looking for"),
        [InputRequired(REQUIRED), Length(max=300)],
        description=_l("The document or the matter, for instance: the supply contract of 2024."),
    )
    purpose = StringField(
        _l("Purpose"),
        [InputRequired(REQUIRED), Length(max=300)],
        description=_l("What you will do with what you find, for instance: answer a complaint."),
    )
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(REQUIRED), Length(max=1000)],
        description=_l("Why it has to be this dossier. Whoever signs decides by this."),
    )

    def offer_volumes(self, volumes: Sequence[tuple[int, str]]) -> None:
        """Fill the choice of volumes; without any the form asks to read."""
        if volumes:
            self.volume_ids.choices = list(volumes)
        else:
            del self.volume_ids


class RequestForm(AskForm):
    """Ask to read or to borrow, for oneself or for a colleague."""

    reader_id = SelectField(
        _l("Reader"),
        coerce=int,
        description=_l("You, or a colleague on whose behalf you ask. The reader alone may see the file."),
    )


class OutsideForm(AskForm):
    """Ask for somebody from outside, who reads in the reading room; whoever asks is their host."""

    outside_name = StringField(_l("Name of the outside reader"), [InputRequired(REQUIRED), Length(max=120)])
    organisation = StringField(
        _l("Organisation"), [InputRequired(REQUIRED), Length(max=200)], description=_l("On whose behalf they come.")
    )
    visit_on = DateField(_l("Day of the visit"), [InputRequired(REQUIRED), sensible_year])
    letter = FileField(
        _l("Letter of introduction"),
        [FileRequired(REQUIRED)],
        description=_l("Scanned, as PDF, TIFF, JPEG or PNG."),
        render_kw={"accept": _SCANS},
    )
    identity = FileField(
        _l("Identity document"),
        [FileRequired(REQUIRED)],
        description=_l(
            "Scanned, as PDF, TIFF, JPEG or PNG. You, whoever signs and the records department see these papers; "
            "each look is recorded."
        ),
        render_kw={"accept": _SCANS},
    )


class LineForm(EditForm, OnceForm):
    """A button over a request, a loan or a volume as it was shown."""


class DecisionForm(LineForm):
    """Approve or reject."""

    comment = TextAreaField(
        _l("Comment"), [Optional(), Length(max=500)], description=_l("Needed where you reject; the reader sees it.")
    )
    leave_out = Checkboxes(
        _l("Leave out"),
        coerce=int,
        validate_choice=False,
        description=_l("Approve the request without the volumes you mark here."),
    )


class IssueForm(LineForm):
    """Hand out the volumes shown."""

    volume_ids = Checkboxes(_l("Volumes"), coerce=int, validate_choice=False)
    confirmed = HiddenField()
    """The keys of the questions that were shown with the button."""
    in_reading_room = BooleanField(_l("To be read in the reading room, back today"))
    override_reason = StringField(
        _l("Reason"), [Optional(), Length(max=500)], description=_l("Why nothing else will do. It is recorded.")
    )


def _condition() -> SelectField:
    choices = [(key, _l(name)) for key, name in CONDITION_NAMES.items()]
    return SelectField(_l("Condition"), coerce=Condition, choices=choices)


class ReturnForm(LineForm):
    """Take a volume back."""

    sheets = IntegerField(
        _l("Sheets counted"),
        [InputRequired(_l("Please count the sheets.")), NumberRange(min=0, max=100_000)],
    )
    returned_on = DateField(
        _l("Came back on"), [InputRequired(REQUIRED)], description=_l("Today, or the earlier day it was handed in.")
    )
    condition = _condition()
    remark = TextAreaField(
        _l("Remark"),
        [Optional(), Length(max=500)],
        description=_l("Needed where the count differs or the paper has suffered."),
    )
    to_repair = BooleanField(_l("Send it to repair"))


class DeskReturnForm(LineForm):
    """Take a volume back at the counter: today, as it was handed out unless something else is entered."""

    sheets = ReturnForm.sheets
    condition = _condition()
    remark = StringField(_l("Remark"), [Optional(), Length(max=500)])
    to_repair = BooleanField(_l("Send it to repair"))


class DeskHandOnForm(DeskReturnForm):
    """Take a volume back and hand it to the next in line at once."""

    line_version = HiddenField()


class OutOfCirculationForm(LineForm):
    """A volume goes to repair or to scanning."""

    remark = StringField(
        _l("What for"),
        [InputRequired(REQUIRED), Length(max=300)],
        description=_l("What is wrong with the paper, or why it is scanned."),
    )


class RepairedForm(LineForm):
    """A volume is back from repair."""

    condition = _condition()


class ReasonForm(LineForm):
    """Close a loan in another way than by a return: lost, or entered by mistake."""

    reason = TextAreaField(_l("What happened"), [InputRequired(REQUIRED), Length(max=500)])


class RevokeForm(OnceForm):
    """Take a reading grant back."""

    reason = TextAreaField(
        _l("Reason"), [InputRequired(REQUIRED), Length(max=500)], description=_l("The reader sees it.")
    )
