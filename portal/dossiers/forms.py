"""Forms of dossiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.accounts.models import Department, Person
from portal.clients.forms import ClientFields
from portal.core.permissions import LEVEL_NAMES, Level
from portal.dossiers.rules import MOST_SHEETS, MOST_VOLUMES, stands_in
from portal.dossiers.services import DraftData, PlaceData, VolumeData
from portal.dossiers.services.movements import LONGEST_REASON
from portal.dossiers.states import PLACE_KIND_NAMES, PlaceKind
from portal.http.forms import REQUIRED, EditForm, OnceForm, PortalForm


class DraftFields(PortalForm):
    """What is entered about the dossier itself."""

    title = StringField(_l("Title"), description=_l("What the dossier is about, where the client has several."))
    level = SelectField(_l("Confidentiality"), [InputRequired(REQUIRED)])
    department_id = SelectField(
        _l("Department"), [InputRequired(REQUIRED)], coerce=int, description=_l("Its head approves the opening.")
    )

    def offer(self, departments: Sequence[Department], *, core: bool) -> None:
        """Fill the choices; core only for those with clearance."""
        self.department_id.choices = [(row.id, row.name) for row in departments]
        self.level.choices = level_choices(core=core)

    def draft_data(self) -> DraftData:
        """The fields as the services take them."""
        return DraftData(
            department_id=self.department_id.data, level=Level(self.level.data), title=self.title.data or ""
        )


def level_choices(*, core: bool) -> list[tuple[str, str]]:
    """Levels to choose from."""
    return [(level.value, _l(name)) for level, name in LEVEL_NAMES.items() if core or level != Level.CORE]


class DraftForm(EditForm, DraftFields):
    """A stored draft."""


class _NewVolumes(PortalForm):
    volumes = IntegerField(
        _l("Paper volumes"),
        [InputRequired(REQUIRED), NumberRange(1, MOST_VOLUMES)],
        default=1,
        render_kw={"min": 1, "max": MOST_VOLUMES},
    )

    def volume_data(self) -> list[VolumeData]:
        """As many volumes as asked for; their places and sheets are entered by the records department."""
        return [VolumeData() for _ in range(self.volumes.data)]


class FurtherDossierForm(OnceForm, DraftFields, _NewVolumes):
    """A further dossier of a client that is in the register."""


class NewDossierForm(OnceForm, ClientFields, DraftFields, _NewVolumes):
    """A new client and its dossier."""

    responsible = SelectField(
        _l("Responsible employee"),
        [InputRequired(REQUIRED)],
        coerce=int,
        description=_l("First contact: looks after the client and reads the dossier."),
    )
    second_responsible = SelectField(
        _l("Second responsible employee"),
        coerce=int,
        description=_l("Key and promising new clients have at least two."),
    )

    def offer_people(self, people: Sequence[Person]) -> None:
        """Fill the choices of responsible employees."""
        names = [(person.id, person.name) for person in people]
        self.responsible.choices = names
        self.second_responsible.choices = [(0, "—"), *names]

    def responsible_ids(self) -> list[int]:
        """First contact first."""
        return [self.responsible.data, *filter(None, [self.second_responsible.data])]


class DecisionForm(EditForm):
    """Approve an opening or send it back."""

    comment = TextAreaField(
        _l("Comment"), description=_l("Needed when the opening is sent back."), render_kw={"rows": 2}
    )


class LevelForm(EditForm):
    """How confidential a dossier is."""

    level = SelectField(_l("Confidentiality"), [InputRequired(REQUIRED)])

    def __init__(self, *args: Any, core: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = level_choices(core=core)


class DepartmentForm(EditForm):
    """The department a dossier belongs to."""

    department_id = SelectField(_l("Department"), [InputRequired(REQUIRED)], coerce=int)


_SCAN = _l("Scan the label of the place, or type its path, as in A-03-2-14.")


class _VolumeFields(PortalForm):
    place = StringField(_l("Home place"), [Length(max=120)], description=_SCAN)
    sheets = IntegerField(
        _l("Sheets"), [InputRequired(REQUIRED), NumberRange(0, MOST_SHEETS)], default=0, render_kw={"min": 0}
    )

    def volume_data(self) -> VolumeData:
        """The fields as the services take them."""
        return VolumeData(place=self.place.data or "", sheets=self.sheets.data)


class VolumeForm(EditForm, _VolumeFields):
    """A stored volume."""


class NewVolumeForm(OnceForm, _VolumeFields):
    """A further volume."""


class _Reason(PortalForm):
    reason = StringField(_l("Reason"), [Length(max=LONGEST_REASON)])


class PutDownForm(EditForm, _Reason):
    """A volume is put down somewhere else than at home; back home where the place is left empty."""

    place = StringField(
        _l("Place"),
        [Length(max=120)],
        description=_l("Scan its label, or type its path, as in A-03-2-14. Left empty: back to its home place."),
    )


class PlaceVolumesForm(PortalForm):
    """A volume is scanned into a place: it belongs there from now on, or stands there for the time being."""

    barcode = StringField(_l("Barcode of the volume"), [InputRequired(REQUIRED), Length(max=40)])
    stays = SelectField(
        _l("The volume"),
        choices=[("home", _l("belongs here from now on")), ("present", _l("is put down here for the time being"))],
    )


class _PlaceFields(PortalForm):
    code = StringField(
        _l("Code"),
        [InputRequired(REQUIRED), Length(max=60)],
        description=_l("What is written on it: letters and digits, as in A or 03."),
    )
    name = StringField(_l("Name of the place"), [Length(max=100)])
    position = IntegerField(
        _l("Order"),
        [Optional(), NumberRange(1, 9999)],
        description=_l("Counted from the left and from the top, from 1. Left empty: after the last."),
        render_kw={"min": 1},
    )

    def place_data(self) -> PlaceData:
        """The fields as the services take them."""
        return PlaceData(self.code.data or "", self.name.data or "", self.position.data)


class PlaceForm(EditForm, _PlaceFields):
    """A stored place."""


class NewPlaceForm(OnceForm, _PlaceFields):
    """A further place."""

    kind = SelectField(_l("Kind"), [InputRequired(REQUIRED)])

    def offer(self, parent: PlaceKind | None) -> None:
        """Fill the choices with what may stand in a place of this kind (None: at the top)."""
        self.kind.choices = [
            (kind.value, _l(name)) for kind, name in PLACE_KIND_NAMES.items() if stands_in(kind, parent)
        ]


class MovePlaceForm(EditForm, _Reason):
    """A place is moved with all that is in it."""

    place = StringField(_l("Into which place"), [Length(max=120)], description=_l("Scan its label, or type its path."))
