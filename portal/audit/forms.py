"""What one looks for in the trail."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from portal.audit.names import AREA_NAMES
from portal.audit.queries import TrailFilter
from portal.http.forms import PortalForm, sensible_year


class TrailForm(PortalForm):
    """The filter of the trail. Read from the address, so that a view can be linked to."""

    class Meta:
        csrf = False

    person = SelectField(_l("Person"), [Optional()])
    area = SelectField(_l("What happened"), [Optional()])
    number = StringField(_l("Dossier number"), [Optional(), Length(max=40)])
    first = DateField(_l("From"), [Optional(), sensible_year])
    last = DateField(_l("To"), [Optional(), sensible_year])

    def offer(self, people: Mapping[int, str]) -> None:
        """Fill the choices, in the reader's language."""
        self.person.choices = [("", gettext("Everyone")), *((str(number), name) for number, name in people.items())]
        self.area.choices = [("", gettext("Everything")), *((area, gettext(name)) for area, name in AREA_NAMES.items())]

    def wanted(self) -> TrailFilter:
        """The filter as filled in; call after `validate`."""
        return TrailFilter(
            person_id=int(self.person.data) if self.person.data else None,
            area=self.area.data or None,
            number=(self.number.data or "").strip() or None,
            first=self.first.data,
            last=self.last.data,
        )
