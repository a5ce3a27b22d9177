"""Telling the clients who follows: the list, the letters, their text."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.forms import LANGUAGE_NAMES
from portal.clients.responsibility.queries import part
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.handover.forms import HandoverForm, LetterTextForm
from portal.handover.letters.filing import as_letter
from portal.handover.letters.texts import DEFAULTS, PLACES, Text
from portal.handover.models import Handover
from portal.handover.papers.client_letter import letters_pdf
from portal.handover.queries import stands
from portal.handover.routes.room import handover, render, shown_handover
from portal.handover.rules import may_manage
from portal.handover.services.letters import clients_to_tell, newest_text, text_in, write_letters, write_text
from portal.handover.states import LETTER_CHANNEL_NAMES, LetterChannel
from portal.http.edge import current_work, get_parts, say

MOST_PRINTED = 500
"""Letters in one PDF."""


def _managed(handover_id: int) -> Handover:
    work, found = current_work(), shown_handover(handover_id)
    if not may_manage(work.person, stands(work.session, work.person, found.person, found.from_department)):
        raise NotPermitted()
    return found


@handover.page("/handovers/<int:handover_id>/letters", may=Permission.REGISTER_VIEW)
def letters(handover_id: int) -> ResponseReturnValue:
    """Each client that was handed over: who follows, and whether, when and how it was told."""
    return _letters_page(handover_id)


def _letters_page(handover_id: int, *, trouble: str = "", status: int = 200) -> ResponseReturnValue:
    work, found = current_work(), _managed(handover_id)
    rows = clients_to_tell(work, found)
    untold = [row for row in rows if row.letter is None and row.dossier_id is not None]
    on_paper = sum(row.letter is not None and row.letter.channel == LetterChannel.PRINT for row in rows)
    content = render(
        "letters.html",
        handover=found,
        rows=part(rows, request.args.get("page", 1, type=int), 50),
        told=sum(row.letter is not None for row in rows),
        filed=sum(row.letter is not None and row.letter.document_id is not None for row in rows),
        untold=len(untold),
        with_address=sum(bool(row.client.email) for row in untold),
        can_mail=get_parts().settings.mail is not None,
        parts=-(-on_paper // MOST_PRINTED),
        channel_names=LETTER_CHANNEL_NAMES,
        languages=LANGUAGE_NAMES,
        button=HandoverForm(formdata=None, row_version=found.row_version),
        trouble=trouble,
    )
    return content, status


@handover.page("/handovers/<int:handover_id>/letters", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def write(handover_id: int) -> ResponseReturnValue:
    """Write to one client, or to all that were not told yet."""
    _managed(handover_id)
    try:
        channel = LetterChannel(request.form.get("channel", ""))
    except ValueError:
        raise NotFound() from None
    if channel == LetterChannel.MAIL and get_parts().settings.mail is None:
        raise NotFound()
    one = request.form.get("client_id", 0, type=int)
    language = request.form.get("language") or None
    if language is not None and language not in LANGUAGE_NAMES:
        raise NotFound()
    try:
        count = write_letters(current_work(), handover_id, channel, [one] if one else None, language)
    except Conflict as error:
        current_work().session.rollback()
        return _letters_page(handover_id, trouble=error.message.id, status=error.status)
    say(N_("Letters written: %(count)s. Each is filed in its dossier in a moment."), count=count)
    return redirect(url_for("handover.letters", handover_id=handover_id))


@handover.page("/handovers/<int:handover_id>/letters.pdf", may=Permission.REGISTER_VIEW, writes=True)
def print_letters(handover_id: int) -> ResponseReturnValue:
    """The letters that go on paper, those the acting person may read of, as PDFs of 500; or one of them. Recorded."""
    work, found = current_work(), _managed(handover_id)
    one = request.args.get("client", 0, type=int)
    chosen = [
        as_letter(work, row.letter, row.client)
        for row in clients_to_tell(work, found)
        if row.letter is not None
        and row.dossier_id is not None
        and (row.client.id == one if one else row.letter.channel == LetterChannel.PRINT)
    ]
    start = (max(request.args.get("part", 1, type=int), 1) - 1) * MOST_PRINTED
    if not (printed := chosen[start : start + MOST_PRINTED]):
        raise NotFound()
    work.record("letter:print", f"handovers:{found.id}", details={"letters": len(printed)})
    data = letters_pdf(printed)
    name = f"handover-{found.id}-letters.pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@handover.page(
    "/handovers/letter-text/<language>", may=Permission.HANDOVER_MANAGE, methods=["GET", "POST"], endpoint="letter_text"
)
def edit_text(language: str) -> ResponseReturnValue:
    """The text of the letter in one language."""
    if language not in DEFAULTS:
        raise NotFound()
    work = current_work()
    text, newest = text_in(work, language), newest_text(work, language)
    form = LetterTextForm(subject=text.subject, body=text.body, row_version=newest.id if newest else 0)
    if form.validate_on_submit():
        try:
            write_text(work, language, Text(form.subject.data, form.body.data), form.version())
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The text is in force for the letters written from now on."))
            return redirect(url_for("handover.letter_text", language=language))
    content = render(
        "letter_text.html", form=form, language_shown=language, languages=LANGUAGE_NAMES, places_named=PLACES
    )
    return content, 422 if form.is_submitted() else 200
