"""How errors look: in the reader's language, saying what happened, that nothing was lost, and what to do."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from portal.core.errors import NotFound, NotPermitted, PortalError, StaleVersion
from portal.core.messages import N_
from portal.extensions import db
from portal.http.edge import actor_from_session, can_be_opened, get_parts, translate

log = logging.getLogger(__name__)

_HTTP_MESSAGES = {
    400: N_("The request could not be understood. Nothing was changed. Go back, reload the page and try again."),
    403: N_("This page is not for you. If you need it, ask the administrator."),
    404: N_("There is nothing here, or it is not for you to see."),
    405: N_("This page cannot be used that way. Nothing was changed."),
    413: N_("The upload is larger than the archive accepts. Nothing was kept. Send fewer or smaller files."),
}
_UNEXPECTED = N_("Something failed on our side. Nothing was changed. The administrator finds it in the log.")
_LOGGED_OUT = N_("You are logged out, so nothing was changed. Log in, go back to the form and send it again.")
_STALE_FORM = N_(
    "This form is too old or was opened in another log-in. Nothing was changed. Reload the page and send it again."
)


def register_error_pages(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(StaleDataError, _lost_race)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _page(message: str, status: int) -> tuple[str, int]:
    again = request.path if status in (400, 409) and can_be_opened(request.path) else None
    return render_template("errors/error.html", message=message, status=status, again=again), status


def _portal_error(error: PortalError) -> tuple[str, int]:
    db.session.rollback()
    if isinstance(error, NotPermitted) or (isinstance(error, NotFound) and actor_from_session()):
        _record_refusal(str(error.message.id))
    return _page(translate(error.message), error.status)


def _lost_race(error: StaleDataError) -> tuple[str, int]:
    db.session.rollback()
    return _page(translate(StaleVersion().message), StaleVersion.status)


def _stale_form(error: CSRFError) -> tuple[str, int]:
    db.session.rollback()
    logged_out = actor_from_session() is None and request.endpoint != "accounts.log_in"
    return _page(gettext(_LOGGED_OUT) if logged_out else gettext(_STALE_FORM), 400)


def _http_error(error: HTTPException) -> tuple[str, int]:
    db.session.rollback()
    status = error.code or 500
    message = _HTTP_MESSAGES.get(status, _UNEXPECTED if status >= 500 else _HTTP_MESSAGES[400])
    return _page(gettext(message), status)


def _unexpected(error: Exception) -> tuple[str, int]:
    db.session.rollback()
    log.exception("unexpected error at %s %s", request.method, request.path)
    return _page(gettext(_UNEXPECTED), 500)


def _record_refusal(why: str) -> None:
    """A refusal is recorded in a small transaction of its own: the one it happened in is rolled back."""
    actor = actor_from_session()
    with get_parts().writing(actor) as refusal:
        refusal.address = request.remote_addr
        refusal.record(
            "access:refused",
            "page",
            details={"method": request.method, "path": request.path[:200], "why": why},
            dossier_id=(request.view_args or {}).get("dossier_id"),
        )
