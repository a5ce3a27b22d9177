"""Forms of the undertaking."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.http.forms import REQUIRED, EditForm, OnceForm, sensible_year
from portal.undertaking.services.breaches import LONGEST_NOTE
from portal.undertaking.services.versions import LONGEST_COMMENT
from portal.undertaking.states import BREACH_KIND_NAMES
from portal.undertaking.texts import LONGEST

_HINT = _l("An empty line divides paragraphs. A line that begins with # is a heading, one that begins with - a point.")
_TEXT = (InputRequired(REQUIRED), Length(max=LONGEST))


class AcceptForm(OnceForm):
    """Accept what is shown: the hidden fields say which words these were."""

    version_id = HiddenField()
    language = HiddenField()
    digest = HiddenField()
    accepted = BooleanField(
        _l("I have read these rules, and I accept them."),
        [InputRequired(_l("Please tick this box once you have read the rules. Without it nothing is accepted."))],
    )


class DraftForm(EditForm, OnceForm):
    """The three texts of a version."""

    en = TextAreaField("English", _TEXT, description=_HINT, render_kw={"rows": 18, "lang": "en"})
    es = TextAreaField("Español", _TEXT, render_kw={"rows": 18, "lang": "es"})
    zh = TextAreaField("中文", _TEXT, render_kw={"rows": 18, "lang": "zh-Hans"})

    def bodies(self) -> dict[str, str]:
        """The texts by language."""
        return {"en": self.en.data or "", "es": self.es.data or "", "zh": self.zh.data or ""}

    def over(self) -> int | None:
        """The row version of the draft the form was filled in over; None where there was none yet."""
        return self.version() if self.row_version.data else None


class VersionForm(EditForm, OnceForm):
    """A button over the draft as it was shown."""


class ApproveForm(VersionForm):
    """Put the draft in force."""

    from_on = DateField(
        _l("In force from"),
        [InputRequired(REQUIRED), sensible_year],
        description=_l("From that day on everybody has to accept it before they can go on working."),
    )


class SendBackForm(VersionForm):
    """Do not approve the draft."""

    comment = TextAreaField(_l("What is to be changed"), [InputRequired(REQUIRED), Length(max=LONGEST_COMMENT)])


_NOTE_HINT = _l("Name no client and no dossier of level core. The text can be erased later, the entry stays.")


class BreachForm(OnceForm):
    """Record a breach."""

    person_id = SelectField(_l("Person"), [DataRequired(REQUIRED)], coerce=int)
    kind = SelectField(
        _l("What was done"), choices=[(kind.value, _l(name)) for kind, name in BREACH_KIND_NAMES.items()]
    )
    happened_on = DateField(_l("Day it happened"), [InputRequired(REQUIRED), sensible_year])
    what = TextAreaField(
        _l("What happened"),
        [InputRequired(REQUIRED), Length(max=LONGEST_NOTE)],
        description=_NOTE_HINT,
        render_kw={"rows": 5},
    )

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Fill in whom it may be about."""
        self.person_id.choices = [(0, _l("Please choose")), *people]


class MeasureForm(EditForm, OnceForm):
    """Note a measure."""

    measure = TextAreaField(
        _l("What was done about it"),
        [InputRequired(REQUIRED), Length(max=LONGEST_NOTE)],
        description=_NOTE_HINT,
        render_kw={"rows": 4},
    )
