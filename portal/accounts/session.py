"""The log-in of a request: what Flask-Login asks for, backed by the table of sessions."""

from __future__ import annotations

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin

from portal.accounts.models import LoginSession
from portal.accounts.queries import actor_of, session_by_token
from portal.core.permissions import Actor
from portal.extensions import db, login
from portal.http.edge import get_parts


class SessionUser(UserMixin):
    """The person behind a valid log-in; `get_id` is the session's token, not the person's id."""

    def __init__(self, token: str, row: LoginSession, actor: Actor) -> None:
        self.token = token
        self.session_id = row.id
        self.actor = actor
        self.language = row.person.language
        self.login = row.person.login
        self.gate_shut_from = row.gate_shut_from

    def get_id(self) -> str:
        return self.token


def register_log_in(app: Flask) -> None:
    """Teach Flask-Login the table of sessions."""
    login.init_app(app)
    login.user_loader(_load_user)
    login.unauthorized_handler(_to_log_in)


def _load_user(token: str) -> SessionUser | None:
    row = session_by_token(db.session, token, get_parts().clock.now())
    if row is None:
        session.clear()
        return None
    return SessionUser(token, row, actor_of(db.session, row.person))


def _to_log_in() -> ResponseReturnValue:
    return redirect(url_for("accounts.log_in", next=request.path))
