"""Forms of log-in and accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import Email, EqualTo, InputRequired, Length, Optional

from portal.config import LANGUAGES
from portal.core.permissions import LEVEL_NAMES, ROLE_NAMES
from portal.http.forms import REQUIRED, Checkboxes, EditForm, OnceForm, PortalForm

LANGUAGE_NAMES = {"en": "English", "es": "Español", "zh": "中文"}


class LogInForm(PortalForm):
    """Name and password."""

    login = StringField(_l("Log-in name"), [InputRequired(REQUIRED), Length(max=60)])
    password = PasswordField(_l("Password"), [InputRequired(REQUIRED), Length(max=500)])


class PasswordForm(PortalForm):
    """Change one's own password."""

    old = PasswordField(_l("Present password"), [InputRequired(REQUIRED), Length(max=500)])
    new = PasswordField(_l("New password"), [InputRequired(REQUIRED), Length(max=500)])
    again = PasswordField(
        _l("New password again"),
        [InputRequired(REQUIRED), EqualTo("new", _l("The two new passwords differ."))],
    )


class CardForm(EditForm, OnceForm):
    """The button that ends a card and gives another."""


class RightsForm(EditForm):
    """Roles, department and clearance of a person."""

    roles = Checkboxes(_l("Roles"))
    department_id = SelectField(_l("Department"), coerce=int)
    clearance = SelectField(
        _l("Clearance"), description=_l("Core dossiers are not even named to people without core clearance.")
    )

    def offer(self, departments: list[tuple[int, str]]) -> None:
        """Fill the choices, in the reader's language."""
        self.roles.choices = [(role.value, _l(name)) for role, name in ROLE_NAMES.items()]
        self.department_id.choices = departments
        self.clearance.choices = [(level.value, _l(name)) for level, name in LEVEL_NAMES.items()]


class LeadersForm(EditForm):
    """Head and deputy of a department."""

    head_id = SelectField(
        _l("Head"),
        coerce=int,
        description=_l("Signs the requests of the department; reads what its people look after."),
    )
    deputy_id = SelectField(
        _l("Deputy"), coerce=int, description=_l("Signs where the head may not, for instance the head's own requests.")
    )

    def offer(self, people: list[tuple[int, str]]) -> None:
        """Fill the choices; 0 stands for nobody."""
        self.head_id.choices = self.deputy_id.choices = [(0, _l("Nobody")), *people]


class NewPersonForm(RightsForm):
    """A new account."""

    login = StringField(_l("Log-in name"), [InputRequired(REQUIRED), Length(max=60)])
    name = StringField(_l("Name"), [InputRequired(REQUIRED), Length(max=120)])
    email = StringField(_l("E-mail"), [Optional(), Email(), Length(max=254)])
    language = SelectField(_l("Language"), choices=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES])
    password = PasswordField(
        _l("First password"),
        [InputRequired(REQUIRED), Length(max=500)],
        description=_l("At least 10 characters. The person changes it after the first log-in, under their name above."),
    )
