"""Pages that wait for a person: the list, and the form that corrects or accepts a page's text."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import departments
from portal.core.errors import Invalid, StaleVersion
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.documents import queries, services
from portal.documents.doubtful import CHECK_REASON_NAMES, CheckFilter, CheckReason, pages_to_check
from portal.documents.forms import CorrectionForm
from portal.documents.models import TEXT_SOURCE_NAMES, DocumentKind
from portal.documents.reading.kinds import FileKind
from portal.documents.routes.images import picture_of, turns_of
from portal.documents.routes.room import documents, names, office_time
from portal.documents.rules import SURE_ENOUGH
from portal.http.edge import current_work, say, translate
from portal.http.forms import OnceForm
from portal.http.safety import row_id


@documents.page("/documents/to-check", may=Permission.DOCUMENT_CORRECT)
def to_check() -> ResponseReturnValue:
    """Pages that could not be read, or not with confidence, oldest first."""
    work = current_work()
    wanted = CheckFilter(
        reason=request.args.get("why", type=CheckReason),
        kind=request.args.get("kind", type=DocumentKind),
        department_id=request.args.get("department", type=row_id),
    )
    return render_template(
        "documents/to_check.html",
        page=pages_to_check(work, wanted, request.args.get("page", 1, type=int)),
        wanted=wanted,
        departments=departments(work.session),
        reason_names=CHECK_REASON_NAMES,
        sure_enough=round(100 * SURE_ENOUGH),
        **names(),
    )


@documents.page(
    "/documents/<int:document_id>/pages/<int:number>/text",
    may=Permission.DOCUMENT_CORRECT,
    methods=["GET", "POST"],
    writes=True,
)
def correct_text(document_id: int, number: int) -> ResponseReturnValue:
    """Correct the text of a page, with its image beside it; the look is recorded."""
    work = current_work()
    form = CorrectionForm()
    if not form.is_submitted():
        return _text_page(document_id, number)
    # A page that shows the text again is answered with 200: otherwise the look would be rolled back.
    if not form.validate():
        return _text_page(document_id, number, form)
    try:
        services.correct_text(work, document_id, number, form.text.data or "", form.version())
    except Invalid as error:
        form.show_errors(error)
        return _text_page(document_id, number, form)
    except StaleVersion as error:
        return _text_page(document_id, number, stale=error, unsaved=form.text.data or "")
    say(N_("The text of page %(number)s is saved and can be searched in a moment."), number=number)
    return redirect(url_for("documents.to_check"))


@documents.page(
    "/documents/<int:document_id>/pages/<int:number>/text/accept", may=Permission.DOCUMENT_CORRECT, methods=["POST"]
)
def accept_text(document_id: int, number: int) -> ResponseReturnValue:
    """The text of a page is right as it is."""
    form = CorrectionForm()
    form.validate_on_submit()
    services.accept_text(current_work(), document_id, number, form.version())
    say(N_("The text of page %(number)s stays as it is."), number=number)
    return redirect(url_for("documents.to_check"))


def _text_page(
    document_id: int,
    number: int,
    form: CorrectionForm | None = None,
    stale: StaleVersion | None = None,
    unsaved: str = "",
) -> str:
    """The form; over a newer text it shows that one, and beside it what the person had typed."""
    work = current_work()
    document, page = queries.readable_page(work, document_id, number)
    pictured = FileKind(page.version.file_kind).has_page_images
    services.record_look(work, document_id, number, "page" if pictured else "text")
    values: dict[str, Any] = {"text": page.text, "row_version": page.text_number}
    return render_template(
        "documents/correct_text.html",
        document=document,
        page=page,
        form=form or CorrectionForm(formdata=None, data=values),
        accept_form=CorrectionForm(formdata=None, data=values),
        retry_form=OnceForm(formdata=None),
        may_retry=queries.may_retry_page(work, document, page),
        doubtful=queries.is_doubtful(page),
        history=queries.history_of(work.session, page),
        source_names=TEXT_SOURCE_NAMES,
        picture=picture_of(work, document, page) if pictured else None,
        turns=turns_of(page),
        stale=translate(stale.message) if stale else "",
        unsaved=unsaved,
        shown_at=office_time(work),
        **names(),
    )
