"""The forms that file documents, replace their scans and correct their text."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES, Direction
from portal.documents.services import DocumentFacts
from portal.http.forms import REQUIRED, EditForm, OnceForm, PortalForm, sensible_year

KINDS = [(kind.value, _l(name)) for kind, name in DOCUMENT_KIND_NAMES.items()]
DIRECTIONS = [(way.value, _l(name)) for way, name in DIRECTION_NAMES.items()]
"""What may be chosen, in the reader's language."""

ACCEPTED = ".pdf,.tif,.tiff,.jpg,.jpeg,.png,.docx,.xlsx,.eml,.msg,.txt,application/pdf,image/tiff,image/jpeg,image/png"
"""What the browser's file dialogue offers; the server judges by content."""


class FactsForm(PortalForm):
    """What is said of a document."""

    kind = SelectField(_l("Kind"), [InputRequired(REQUIRED)])
    direction = SelectField(_l("Direction"), [InputRequired(REQUIRED)])
    dated = DateField(
        _l("Date"), [InputRequired(REQUIRED), sensible_year], description=_l("The date that stands on the document.")
    )
    subject = StringField(
        _l("Subject"), [Length(max=300)], description=_l("Left empty, the file name says what it is about.")
    )
    correspondent = StringField(
        _l("Correspondent"), [Length(max=200)], description=_l("Who wrote it, or to whom it went.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", _l("Choose a kind")), *KINDS]
        self.direction.choices = DIRECTIONS

    @property
    def facts(self) -> DocumentFacts:
        """What the person said of the document."""
        return DocumentFacts(
            kind=self.kind.data,
            direction=self.direction.data,
            dated=self.dated.data,
            subject=self.subject.data or "",
            correspondent=self.correspondent.data or "",
        )


class UploadForm(FactsForm, OnceForm):
    """Files, and what is said of all of them."""

    files = MultipleFileField(
        _l("Files"),
        [FileRequired(_l("Choose at least one file."))],
        description=_l(
            "PDF, TIFF, JPEG, PNG, Word, Excel, mail or plain text; several at once are possible. "
            "Each becomes a document of its own."
        ),
    )
    again = BooleanField(_l("File again what is in this dossier already"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files.render_kw = {"accept": ACCEPTED}
        self.subject.description = _l("Left empty, the subject of a mail or the file name says what it is about.")
        self.correspondent.description = _l("Who wrote it, or to whom it went. Left empty, a mail says so itself.")
        if not self.is_submitted():
            self.direction.data = Direction.INCOMING.value


class VersionForm(OnceForm):
    """The file that takes the place of a document's scan."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("PDF, TIFF, JPEG, PNG, Word, Excel, mail or plain text."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file.render_kw = {"accept": ACCEPTED}


class CorrectionForm(EditForm):
    """The text of a page; its row version is the number of the text that the person saw."""

    text = TextAreaField(
        _l("Text of the page"),
        description=_l("Line by line as it stands on the page. Empty for a page without any text."),
    )
