"""Bases of forms: row version, idempotency key, errors from services in place."""

from __future__ import annotations

import secrets
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.errors import Invalid, StaleVersion
from portal.http.edge import translate


class Checkboxes(SelectMultipleField):
    """Several of a few choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PortalForm(FlaskForm):
    """A form in the reader's language."""

    def show_errors(self, error: Invalid) -> None:
        """Put a service's field errors where the person can see them."""
        for name, message in error.fields.items():
            field = self._fields.get(name)
            if field is not None:
                field.errors = [*field.errors, translate(message)]


class EditForm(PortalForm):
    """A form over a stored row: carries the version it was filled in over."""

    row_version = HiddenField()

    def version(self) -> int:
        """The row version the form was filled in over; StaleVersion when it is missing or not a number."""
        try:
            return int(self.row_version.data or "")
        except ValueError:
            raise StaleVersion() from None


class OnceForm(PortalForm):
    """A form that acts once: carries an idempotency key (`Room.page(..., once=True)`)."""

    once = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.once.data:
            self.once.data = self.new_key()

    @staticmethod
    def new_key() -> str:
        """An idempotency key, for a form that a template writes without such an object: a long list of buttons."""
        return secrets.token_urlsafe(24)


class OnceButton(OnceForm):
    """A form that is only a button."""


REQUIRED = lazy_gettext("Please fill in this field.")


def sensible_year(_form: object, field: object) -> None:
    """A validator for dates: years no calendar of an office knows only break what is computed from them."""
    day = getattr(field, "data", None)
    if day is not None and not 1900 <= day.year <= 2999:
        raise ValidationError(gettext("Please give a year from 1900 to 2999."))
