"""Forms of arrivals: placing one, discarding one, checking one, printing a cover sheet."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.documents.forms import DIRECTIONS, KINDS, FactsForm
from portal.http.forms import REQUIRED, EditForm, OnceForm, PortalForm, sensible_year


class _ActingForm(EditForm, OnceForm):
    """A form over a stored row that acts once."""


class PlaceForm(FactsForm, _ActingForm):
    """Where something of the tray belongs, and what it is."""

    number = StringField(_l("Dossier number"), [InputRequired(REQUIRED), Length(max=40)])
    again = BooleanField(_l("File again what is in this dossier already"))


class CheckForm(FactsForm, _ActingForm):
    """What a document is that the folder filed."""


class DiscardForm(_ActingForm):
    """Why something of the tray is not filed."""

    remark = TextAreaField(
        _l("Reason"), [InputRequired(REQUIRED), Length(max=500)], description=_l("It stays in the trail.")
    )


class SheetForm(PortalForm):
    """What a cover sheet says of the document it leads; sent by GET, it changes nothing."""

    class Meta:
        """Nothing to protect: the answer is a page to print."""

        csrf = False

    kind = SelectField(
        _l("Kind"), [Optional()], description=_l("Left open, the document is filed as “Other document”, to be checked.")
    )
    direction = SelectField(_l("Direction"), [Optional()])
    dated = DateField(
        _l("Date"),
        [Optional(), sensible_year],
        description=_l("The date that stands on the document. Left open, the day of scanning is taken."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", _l("Left open")), *KINDS]
        self.direction.choices = DIRECTIONS
