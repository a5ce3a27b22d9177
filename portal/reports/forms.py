"""The period of a report."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import InputRequired

from portal.http.forms import REQUIRED, sensible_year


class PeriodForm(FlaskForm):
    """From–to, both days included. Read from the address, so that a report can be linked to."""

    class Meta:
        csrf = False

    first = DateField(_l("From"), [InputRequired(REQUIRED), sensible_year])
    last = DateField(_l("To"), [InputRequired(REQUIRED), sensible_year])
