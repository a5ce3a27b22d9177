"""The forms of the search."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.http.forms import REQUIRED, OnceForm


class SaveForm(OnceForm):
    """A name for the question that was just asked."""

    name = StringField(_l("Name of the saved search"), [InputRequired(REQUIRED), Length(max=80)])
    question = HiddenField(validators=[InputRequired(REQUIRED), Length(max=2000)])
    narrowing = HiddenField(validators=[Length(max=2000)])
