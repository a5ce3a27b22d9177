"""What is to be printed, and on which labels. Sent by GET, so that a choice can be linked to and kept."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from portal.dossiers.states import PLACE_KIND_NAMES, PlaceKind
from portal.printing.formats import FARTHEST_SHIFT, FORMATS, USUAL_FORMATS, LabelKind
from portal.printing.queries import MOST_LABELS, VolumeChoice
from portal.printing.sheets import Placing

_WITHIN = NumberRange(-FARTHEST_SHIFT, FARTHEST_SHIFT, _l("From −10 to 10 millimetres."))


def _shift(form: Any, field: Any) -> None:
    """A number of millimetres; what is called a number and is none (sNaN) makes WTForms' own check fail."""
    if field.data is not None and not field.data.is_finite():
        raise ValidationError(_WITHIN.message)
    _WITHIN(form, field)


class SheetForm(FlaskForm):
    """The sheet of labels: its format, its first free label, and by how much the print is moved."""

    class Meta:
        csrf = False  # Sent by GET: it changes nothing, and its address may be shared.

    sheet = SelectField(_l("Sheet of labels"))
    first = IntegerField(
        _l("First free label"),
        [Optional()],
        description=_l("Counted from the upper left, row by row: for a sheet of which some labels are gone."),
    )
    right = DecimalField(_l("Move to the right, in mm"), [Optional(), _shift], places=1)
    down = DecimalField(_l("Move down, in mm"), [Optional(), _shift], places=1)

    kind: LabelKind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet.choices = [
            (key, f"{item.columns} × {item.rows} = {item.count}, {item.size}") for key, item in FORMATS.items()
        ]
        self.sheet.data = self.sheet.data or USUAL_FORMATS[self.kind]
        for field, usual in ((self.first, 1), (self.right, 0), (self.down, 0)):
            if field.data is None and not field.raw_data:
                field.data = usual

    def validate_first(self, field: IntegerField) -> None:
        """The first label is one of the sheet."""
        chosen = FORMATS.get(self.sheet.data or "")
        if chosen is not None and field.data is not None and not 1 <= field.data <= chosen.count:
            raise ValidationError(gettext("This sheet has the labels 1 to %(count)s.", count=chosen.count))

    def placing(self) -> Placing:
        """Where the labels go. Only after the form was found valid."""
        return Placing(
            FORMATS[self.sheet.data], self.first.data or 1, float(self.right.data or 0), float(self.down.data or 0)
        )


class VolumesForm(SheetForm):
    """Which volumes get a label."""

    kind = LabelKind.SPINE

    dossier = StringField(_l("Number of a dossier"), [Length(max=60)])
    place = StringField(_l("Place"), [Length(max=120)], description=_l("Its path or barcode: what stands in it."))
    new_today = BooleanField(_l("Today's new volumes"))
    barcodes = TextAreaField(
        _l("Barcodes"), [Length(max=20 * MOST_LABELS)], description=_l("Scanned or typed, one below the other.")
    )

    def choice(self) -> VolumeChoice:
        """What was chosen."""
        typed = re.split(r"[\s,;]+", self.barcodes.data or "")
        return VolumeChoice(
            dossier=self.dossier.data or "",
            place=self.place.data or "",
            new_today=bool(self.new_today.data),
            barcodes=tuple(dict.fromkeys(code for code in typed if code))[:MOST_LABELS],
        )


class PlacesForm(SheetForm):
    """Which places get a label."""

    kind = LabelKind.PLACE

    within = StringField(
        _l("In the place"), [Length(max=120)], description=_l("Path or barcode; left empty, all places.")
    )
    place_kind = SelectField(_l("Kind of place"))
    itself = BooleanField(_l("The place itself too"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place_kind.choices = [
            ("", _l("All")),
            *((kind.value, _l(name)) for kind, name in PLACE_KIND_NAMES.items()),
        ]

        self.place_kind.data = self.place_kind.data or ""

    def chosen_kind(self) -> PlaceKind | None:
        """The kind of places, or None for all."""
        return PlaceKind(self.place_kind.data) if self.place_kind.data else None


class CardsForm(SheetForm):
    """Who gets a card."""

    kind = LabelKind.CARD

    department_id = SelectField(_l("Everyone of the department"), coerce=int)
    people = SelectMultipleField(
        _l("Single people"), coerce=int, description=_l("Several with the Ctrl key held down.")
    )

    def offer(self, departments: list[tuple[int, str]], people: list[tuple[int, str]]) -> None:
        """Fill the choices; 0 stands for no department."""
        self.department_id.choices = [(0, _l("None")), *departments]
        self.department_id.data = self.department_id.data or 0
        self.people.choices = people
