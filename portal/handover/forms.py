"""Forms of a handover."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.clients.responsibility.queries import Load
from portal.core.messages import Message
from portal.handover.states import HANDOVER_KIND_NAMES, HandoverKind
from portal.http.edge import translate
from portal.http.forms import REQUIRED, EditForm, OnceForm, sensible_year


class OpenForm(OnceForm):
    """Open the handover of somebody who leaves or moves."""

    person_id = SelectField(_l("Who leaves"), [DataRequired(_l("Choose who leaves."))], coerce=int)
    kind = RadioField(_l("Why"), default=HandoverKind.LEAVING.value)
    last_day = DateField(
        _l("Last day"),
        [InputRequired(REQUIRED), sensible_year],
        description=_l("The last day in the department. For somebody who is already gone, choose today."),
    )
    to_department_id = SelectField(_l("To department"), coerce=int, description=_l("Only for somebody who moves."))
    sudden = BooleanField(
        _l("No longer there to help"),
        description=_l("Their log-ins end at once and their password is good no longer. Others close what is open."),
    )

    def offer(self, people: list[tuple[int, str]], departments: list[tuple[int, str]]) -> None:
        """Fill the choices."""
        self.person_id.choices = [(0, _l("Choose a person")), *people]
        self.kind.choices = [(kind.value, translate(Message(name))) for kind, name in HANDOVER_KIND_NAMES.items()]
        self.to_department_id.choices = [(0, "–"), *departments]


class HandoverForm(EditForm, OnceForm):
    """A button over a handover as it was shown."""


class DayForm(HandoverForm):
    """Another last day."""

    last_day = DateField(_l("Last day"), [InputRequired(REQUIRED), sensible_year])


class SuccessorForm(OnceForm):
    """Who takes something over."""

    person_id = SelectField(_l("Takes over"), coerce=int, validators=[Optional()])

    def offer(self, people: list[tuple[int, str]]) -> None:
        """Fill the choice of colleagues who stay."""
        self.person_id.choices = [(0, _l("Choose a colleague")), *people]


class LetterTextForm(EditForm):
    """The letter to clients in one language."""

    subject = StringField(_l("Subject"), [InputRequired(REQUIRED), Length(max=200)])
    body = TextAreaField(
        _l("Text"),
        [InputRequired(REQUIRED), Length(max=4000)],
        description=_l("An empty line begins a new paragraph. Names stand in braces; they are put in for each client."),
    )


class ClientsForm(OnceForm):
    """To whom clients are handed."""

    CHOICE_OPEN = -1
    """Nothing was chosen yet."""

    person_id = SelectField(
        _l("Successor"),
        coerce=int,
        default=CHOICE_OPEN,
        validators=[Optional()],
        description=_l(
            "With how many clients each looks after already. Nobody: the common pool, for the heads to share out."
        ),
    )

    def offer(self, people: Sequence[Load]) -> None:
        """Fill the choice: those who stay, with their load, and the common pool."""
        self.person_id.choices = [
            (self.CHOICE_OPEN, _l("Choose a successor")),
            (0, _l("Nobody: to the common pool")),
            *((row.person_id, f"{row.name}, {row.department} ({row.total})") for row in people),
        ]
