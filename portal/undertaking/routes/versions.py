"""The versions of the rules: read by everybody, written by the records manager, approved by the general manager."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.config import LANGUAGES
from portal.core.errors import Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say
from portal.http.guards import Open
from portal.http.language import choose_language
from portal.undertaking import queries, services
from portal.undertaking.forms import ApproveForm, DraftForm, SendBackForm, VersionForm
from portal.undertaking.models import UndertakingVersion
from portal.undertaking.routes.room import page, undertaking
from portal.undertaking.states import VersionState
from portal.undertaking.texts import DEFAULT_TEXTS, blocks_of


@undertaking.page("/undertaking/versions", may=Open.TO_LOGGED_IN)
def versions() -> ResponseReturnValue:
    """Every version that is, was or will be in force, and the ways to everything about the undertaking."""
    work = current_work()
    person = work.person
    force = queries.force_today(work.session, work.today)
    deals = person.may(Permission.UNDERTAKING_DRAFT) or person.may(Permission.UNDERTAKING_APPROVE)
    return page(
        "versions.html",
        versions=queries.approved_versions(work.session),
        force=force,
        today=work.today,
        acceptances=queries.acceptances_of(work.session, person.id),
        draft=queries.open_draft(work.session) if deals else None,
        sees_people=person.may(Permission.UNDERTAKING_VIEW_ALL) or bool(queries.departments_seen(person)),
        sees_breaches=queries.handles_breaches(work.session, person),
    )


@undertaking.page("/undertaking/versions/<int:version_id>", may=Open.TO_LOGGED_IN)
def version(version_id: int) -> ResponseReturnValue:
    """One version, in the reader's language."""
    work = current_work()
    row = queries.version_with_texts(work.session, version_id)
    if row is None or row.state != VersionState.APPROVED:
        raise NotFound()
    force = queries.force_today(work.session, work.today)
    return page("version.html", version=row, force=force, blocks=blocks_of(row.text_in(choose_language()).body))


@undertaking.page("/undertaking/draft", may=Permission.UNDERTAKING_DRAFT, methods=["GET", "POST"], once=True)
def draft() -> ResponseReturnValue:
    """Write the next version: beginning with the last one, or with the text the portal brings along."""
    work = current_work()
    row = queries.open_draft(work.session)
    form = DraftForm(**_first_words(row))
    if form.validate_on_submit():
        try:
            services.save_draft(work, form.bodies(), form.over())
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The draft is saved. Send it to the general manager when it is ready."))
            return redirect(url_for("undertaking.draft"))
    content = page(
        "draft.html",
        form=form,
        draft=row,
        button=VersionForm(formdata=None, row_version=row.row_version) if row else None,
        states=VersionState,
        first=row is None and queries.newest_approved(work.session) is None,
    )
    return content, 422 if form.is_submitted() else 200


def _first_words(row: UndertakingVersion | None) -> dict[str, object]:
    if row is not None:
        return {**_bodies(row), "row_version": row.row_version}
    newest = queries.newest_approved(current_work().session)
    return {**(_bodies(newest) if newest is not None else DEFAULT_TEXTS), "row_version": ""}


def _bodies(row: UndertakingVersion) -> dict[str, str]:
    return {text.language: text.body for text in row.texts}


@undertaking.page("/undertaking/draft/submit", may=Permission.UNDERTAKING_DRAFT, methods=["POST"], once=True)
def submit() -> ResponseReturnValue:
    """Send the draft to the general manager."""
    services.submit_draft(current_work(), VersionForm().version())
    say(N_("The draft is sent to the general manager."))
    return redirect(url_for("undertaking.draft"))


@undertaking.page("/undertaking/decide", may=Permission.UNDERTAKING_APPROVE)
def decide() -> ResponseReturnValue:
    """The draft that waits for approval, in all its languages."""
    return _decide_page()


def _decide_page(
    *, approve: ApproveForm | None = None, back: SendBackForm | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    row = queries.open_draft(work.session)
    over = {"row_version": row.row_version} if row is not None else {}
    if row is not None and row.state != VersionState.SUBMITTED:
        row = None
    content = page(
        "decide.html",
        draft=row,
        own=row is not None and work.person.id in {author.person_id for author in row.authors},
        texts=[(code, blocks_of(row.text_in(code).body)) for code in LANGUAGES] if row is not None else [],
        approve=approve or ApproveForm(formdata=None, from_on=work.today, **over),
        back=back or SendBackForm(formdata=None, **over),
    )
    return content, status


@undertaking.page("/undertaking/decide/approve", may=Permission.UNDERTAKING_APPROVE, methods=["POST"], once=True)
def approve() -> ResponseReturnValue:
    """Put the draft in force."""
    form = ApproveForm()
    if not form.validate_on_submit():
        return _decide_page(approve=form, status=422)
    try:
        row = services.approve_version(current_work(), form.version(), form.from_on.data)
    except Invalid as error:
        form.show_errors(error)
        return _decide_page(approve=form, status=422)
    say(N_("Version %(number)s is approved and in force from %(day)s."), number=row.number, day=row.from_on)
    return redirect(url_for("undertaking.versions"))


@undertaking.page("/undertaking/decide/send-back", may=Permission.UNDERTAKING_APPROVE, methods=["POST"], once=True)
def send_back() -> ResponseReturnValue:
    """Do not approve it, and say why."""
    form = SendBackForm()
    if not form.validate_on_submit():
        return _decide_page(back=form, status=422)
    try:
        services.send_back(current_work(), form.version(), form.comment.data or "")
    except Invalid as error:
        form.show_errors(error)
        return _decide_page(back=form, status=422)
    say(N_("The draft is sent back to the records manager."))
    return redirect(url_for("undertaking.versions"))
