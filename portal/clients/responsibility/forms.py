"""Forms of who looks after a client. Who may be chosen, and whether it is allowed, is said by the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from portal.access.models import RESPONSIBILITY_REASON_NAMES, ResponsibilityReason
from portal.clients.responsibility.queries import Load, Present
from portal.clients.responsibility.rules import RANKS
from portal.clients.responsibility.services import Assignment
from portal.core.errors import StaleVersion
from portal.http.forms import REQUIRED, OnceForm

_CHOSEN_BY_PEOPLE = (
    ResponsibilityReason.WORKLOAD,
    ResponsibilityReason.HANDOVER,
    ResponsibilityReason.ABSENCE,
    ResponsibilityReason.CLIENT,
    ResponsibilityReason.CORRECTION,
    ResponsibilityReason.OTHER,
)


class ResponsibleForm(OnceForm):
    """First and second responsible employee of one client; says who they were when it was filled in."""

    first = SelectField(_l("Responsible employee"), coerce=int)
    second = SelectField(_l("Second responsible employee"), coerce=int)
    seen_first = HiddenField()
    seen_second = HiddenField()
    reason = SelectField(_l("Why"))
    remark = StringField(
        _l("Remark"), description=_l("Kept in the trail, for those who may read it."), render_kw={"maxlength": 300}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [(why.value, _l(RESPONSIBILITY_REASON_NAMES[why])) for why in _CHOSEN_BY_PEOPLE]

    def offer(self, people: Sequence[Load], present: Sequence[Present]) -> None:
        """Fill the choices: nobody, those who may be named, and whoever is there now."""
        names = {row.person_id: load_label(row) for row in people}
        for row in present:
            names.setdefault(row.person_id, row.name)
        self.first.choices = self.second.choices = [(0, _l("Nobody")), *names.items()]

    def show(self, present: Sequence[Present]) -> None:
        """Fill in who looks after the client now."""
        by_rank = {row.rank: row.person_id for row in present}
        self.first.data, self.second.data = (by_rank.get(rank, 0) for rank in RANKS)
        self.seen_first.data, self.seen_second.data = (str(by_rank.get(rank, 0)) for rank in RANKS)

    def assignments(self, client_id: int) -> list[Assignment]:
        """Both ranks, as the services take them. Raises StaleVersion where it does not say who was there."""
        return [
            Assignment(client_id, 1, self.first.data or None, _seen(self.seen_first.data)),
            Assignment(client_id, 2, self.second.data or None, _seen(self.seen_second.data)),
        ]


class TakeForm(OnceForm):
    """One person takes over the marked clients."""

    person = SelectField(_l("Who looks after them"), [InputRequired(REQUIRED)], coerce=int)

    def offer(self, people: Sequence[Load]) -> None:
        """Fill the choices with those who may be named."""
        self.person.choices = [(row.person_id, load_label(row)) for row in people]


def load_label(load: Load) -> str:
    """A person in a list of choices, with what they have already."""
    return f"{load.name} · {load.department} · {load.total}"


def _seen(text: str | None) -> int | None:
    if not (text or "").isdecimal():
        raise StaleVersion()
    return int(text or "0") or None
